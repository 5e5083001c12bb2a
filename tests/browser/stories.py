"""The whole first visit, of its parts.

Next: `test_browser_first_visit.py` looks at it closely, `screenshots.py` takes pictures of it.
"""

from tests.browser.story_joining import create_account
from tests.browser.story_leaving import ask_for_help, come_back, forget_the_password, leave, look_at_the_settings
from tests.browser.story_paying import pay_the_first_bill
from tests.browser.walker import Walker


async def first_visit(me: Walker) -> None:
    """From the front door to a paid bill, out, and in again with a new password."""
    await create_account(me)
    await pay_the_first_bill(me)
    await ask_for_help(me)
    await look_at_the_settings(me)
    await leave(me)
    await forget_the_password(me)
    await come_back(me)

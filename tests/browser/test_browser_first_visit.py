"""The first visit as people make it, in both languages, on a phone and on a desk, with JavaScript and without.

At every step the page is looked at: axe finds nothing, nothing is cut off, the console is silent, no secret is shown.
"""

import pytest

from tests.browser.conftest import SitDown
from tests.browser.story_joining import create_account
from tests.browser.story_leaving import ask_for_help, come_back, forget_the_password, leave, look_at_the_settings
from tests.browser.story_paying import pay_the_first_bill
from tests.browser.walker import Setting, Walker

pytestmark = pytest.mark.timeout(300)
SETTINGS = [
    Setting(language, width, scripts) for scripts in (True, False) for language in ("en", "es") for width in (1280, 360)
]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
async def test_the_whole_first_visit(at_a_browser: SitDown, setting: Setting) -> None:
    """From the front door to a paid bill, out, and in again with a new password."""
    me = await at_a_browser(setting)
    await first_visit(me)


async def first_visit(me: Walker) -> None:
    """The whole story."""
    await create_account(me)
    await pay_the_first_bill(me)
    await ask_for_help(me)
    await look_at_the_settings(me)
    await leave(me)
    await forget_the_password(me)
    await come_back(me)

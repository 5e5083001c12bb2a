"""Pages that come when something is wrong or stands as it seldom does: they are looked at as closely as all others.

Their services are stand-ins (`tests/browser/stand_ins.py`): a portal that is well shows none of these.
"""

import pytest

from tests.browser.launching import open_browser
from tests.browser.stand_ins import sit_down_at_stand_ins
from tests.browser.story_rare import see_rare_pages
from tests.browser.walker import Setting

pytestmark = pytest.mark.timeout(300)
SETTINGS = [Setting("en", 360), Setting("en", 1280), Setting("es", 360), Setting("es", 1280)]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
async def test_rare_pages_have_no_fault(setting: Setting) -> None:
    """Failures, waits, refusals and every standing of a policy, in both languages, on a phone and on a desk."""
    async with open_browser() as browser, sit_down_at_stand_ins(browser, setting) as there:
        await see_rare_pages(there)

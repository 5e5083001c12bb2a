"""The first visit as people make it, in both languages, on a phone and on a desk, with JavaScript and without.

At every step the page is looked at: axe finds nothing, nothing is cut off, the console is silent, no secret is shown.
"""

import pytest

from tests.browser.conftest import SitDown
from tests.browser.stories import first_visit
from tests.browser.walker import Setting

pytestmark = pytest.mark.timeout(300)
SETTINGS = [
    Setting(language, width, scripts) for scripts in (True, False) for language in ("en", "es") for width in (1280, 360)
]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
async def test_the_whole_first_visit(at_a_browser: SitDown, setting: Setting) -> None:
    """From the front door to a paid bill, out, and in again with a new password; each step done wrong once before."""
    await first_visit(await at_a_browser(setting))

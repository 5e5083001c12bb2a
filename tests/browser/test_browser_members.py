"""The pages of members in every state of the demo data: past due, declined, with a long history, with two policies.

And the page that describes the API, for those who write programs.
"""

import pytest
from playwright.async_api import expect

from deploy.local.demo_people import PEOPLE, Person, Progress
from tests.browser.conftest import SitDown
from tests.browser.story_states import PAGES, VERIFIED, look_around
from tests.browser.walker import Setting

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("person", VERIFIED, ids=lambda person: person.username)
async def test_every_state_is_shown_without_a_fault(at_a_browser: SitDown, person: Person) -> None:
    """On a phone, in the member's language."""
    await look_around(await at_a_browser(Setting(person.language, 360), person=person))


async def test_who_is_not_verified_yet_gets_no_further(at_a_browser: SitDown) -> None:
    """Every page with bills or money leads to the questions."""
    [unverified] = [person for person in PEOPLE if person.progress is Progress.UNVERIFIED]
    me = await at_a_browser(Setting("en", 360), person=unverified)
    for path in PAGES:
        if path != "help":
            await me.open(f"/{path}")
            await me.at("Verify your identity", path)


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_description_of_the_api_can_be_read_by_everybody(at_a_browser: SitDown, width: int) -> None:
    """Closed, and with a call of each kind opened."""
    me = await at_a_browser(Setting("en", width))
    await me.open("/docs")
    calls = me.page.locator(".opblock-summary-control")
    await expect(calls.first).to_be_visible()
    await me.look("docs")
    for method in ("get", "post", "put", "delete"):
        await me.page.locator(f".opblock-{method} .opblock-summary-control").first.click()
    await expect(me.page.locator(".opblock-body")).to_have_count(4)
    await me.look("docs-opened")

"""Somebody at a browser: goes where links and buttons lead, types into fields, and looks at each page.

Fields, buttons and headings are found by the names that people read, and hear from a screen reader.
Next: the stories (`story_….py`), told with these verbs.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin

from playwright.async_api import Locator, Page, expect

from deploy.local.demo_people import PASSWORD, Person
from tests.browser.labels import Words
from tests.e2e.portal import Visitor

Look = Callable[["Walker", str], Awaitable[None]]

AFTER_DRAWING = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass(frozen=True, slots=True)
class Setting:
    """How somebody looks at the portal."""

    language: str
    width: int
    scripts: bool = True

    @property
    def name(self) -> str:
        """As a test's name."""
        return f"{self.language}-{self.width}{'' if self.scripts else '-no-scripts'}"

    @property
    def is_phone(self) -> bool:
        """Whether it is a touch screen."""
        return self.width < 600


@dataclass
class Walker:
    """A person in front of a page. `look` is called with a name at every step; `api` is the same person by API."""

    page: Page
    portal: str
    setting: Setting
    person: Person
    api: Visitor
    look_at: Look
    words: Words = field(init=False)
    reference: str = ""

    def __post_init__(self) -> None:
        self.words = Words(self.setting.language)

    async def look(self, name: str) -> None:
        """Look at the page closely, once the form of the card processor is there too."""
        if self.setting.scripts and await self.page.locator("[data-card-frame]").is_visible():
            await self.card_form_is_there()
            await self.page.evaluate(AFTER_DRAWING)
        await self.look_at(self, name)

    async def open(self, path: str) -> None:
        """Type an address."""
        await self.page.goto(urljoin(self.portal, path))

    async def at(self, heading: str, name: str, /, **values: str) -> None:
        """Wait for a page by its main heading, which begins so, and look at it."""
        await expect(self.heading).to_have_text(self.words.beginning(heading, **values))
        await self.look(name)

    @property
    def heading(self) -> Locator:
        """The main heading."""
        return self.page.locator("h1")

    async def follow(self, link: str) -> None:
        """Choose a link of the page's content."""
        await self.page.get_by_role("main").get_by_role("link", name=self.words(link), exact=True).first.click()

    async def go_to(self, place: str) -> None:
        """Choose a place in the menu, which a phone has folded away."""
        await self._menu()
        await self.page.get_by_role("navigation").get_by_role("link", name=self.words(place), exact=True).click()

    async def log_out(self) -> None:
        """Choose Log out in the menu."""
        await self._menu()
        await self.page.get_by_role("navigation").get_by_role("button", name=self.words("Log out")).click()

    async def _menu(self) -> None:
        folded = self.page.locator("details.portal-menu > summary")
        if await folded.is_visible():
            await folded.click()

    async def fill(self, label: str, text: str) -> None:
        """Type into a field."""
        await self.field(label).fill(text)

    def field(self, label: str) -> Locator:
        """A field of the page's content by its label."""
        return self.page.get_by_role("main").get_by_label(self.words.beginning(label)).locator("visible=true").first

    async def choose(self, group: str, choice: str) -> None:
        """Choose one of several."""
        legend = self.page.get_by_role("group", name=self.words(group))
        await legend.get_by_role("radio", name=choice).check()

    async def tick(self, choice: str) -> None:
        """Choose by the words beside a round or square field."""
        await self.page.get_by_role("main").get_by_role("radio", name=self.words.beginning(choice)).check()

    async def press(self, button: str, **values: str) -> None:
        """Press a button of the page's content."""
        name = self.words.beginning(button, **values)
        await self.click(self.page.get_by_role("main").get_by_role("button", name=name).first)

    async def click(self, target: Locator) -> None:
        """Scroll there, and click once the page stands still.

        A click right behind a scroll would go to what was at that place before, where a frame of another site is.
        """
        await target.scroll_into_view_if_needed()
        if len(self.page.frames) > 1:
            await self.page.evaluate(AFTER_DRAWING)
        await target.click()

    async def press_pay(self) -> None:
        """Press the button at the end of the review of a payment for today."""
        amount = self.words("Pay %(sum)s now").partition("%")[0]
        await self.page.get_by_role("main").get_by_role("button", name=amount).click()

    async def refused(self, name: str, *fields: str) -> None:
        """The page says what is wrong on top, and beside each of these fields; look at it."""
        await expect(self.page.locator("[data-error-summary] h2")).to_have_text(self.words.beginning("Please check"))
        for label in fields:
            await expect(self.field(label)).to_have_attribute("aria-invalid", "true")
        await self.look(name)

    async def still_typed(self, label: str, text: str) -> None:
        """What was typed is still there."""
        await expect(self.field(label)).to_have_value(text)

    async def reads(self, words: str) -> None:
        """Somewhere in the page's content these words stand."""
        await expect(self.page.get_by_role("main")).to_contain_text(words)

    async def sees_alert(self, heading: str) -> None:
        """A box with this heading is there."""
        await expect(self.page.get_by_role("heading", name=self.words(heading))).to_be_visible()

    async def card_form_is_there(self) -> None:
        """The processor's frame has come."""
        await expect(self.page.locator("[data-card-frame][data-ready=yes]")).to_be_visible()

    async def keep_a_card_by_api(self) -> None:
        """What a browser without scripts cannot do: keep a card for paying."""
        told = {"username": self.person.username, "password": PASSWORD}
        self.api.token = (await self.api.done("POST", "/v1/sessions", told))["token"]
        await self.api.save_card()

    async def type_card(self, number: str) -> None:
        """Type a card into the processor's frame."""
        frame = self.page.frame_locator("[data-card-frame] iframe")
        await frame.get_by_label(self.words("Card number")).fill(number)
        await frame.get_by_label(self.words("Expiration date")).fill("12 / 35")
        await frame.get_by_label(self.words("Security code")).fill("123")

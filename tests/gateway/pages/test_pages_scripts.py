"""portal.js and card-frame.js in a real browser, under the real policy: each comfort works."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from shared.native.packages import find_browser
from tests.gateway.pages.script_page import IDLE_SECONDS, ScriptPage, serve_script_page

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"]
PHONE = ViewportSize(width=360, height=800)
BEFORE_DIALOG_MILLISECONDS = (IDLE_SECONDS - 130) * 1000
TO_DIALOG_MILLISECONDS = 12_000


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests here."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def portal() -> AsyncIterator[ScriptPage]:
    """The page that is tried."""
    async with serve_script_page() as page:
        yield page


@pytest.fixture
async def phone(chromium: Browser, portal: ScriptPage) -> AsyncIterator[Page]:
    """A tab on a phone at the page; it must stay without errors and refusals of the policy."""
    context = await chromium.new_context(viewport=PHONE)
    page = await context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_default_timeout(10_000)
    await page.goto(portal.url)
    yield page
    await context.close()
    assert said == []


async def test_a_double_click_sends_once(phone: Page, portal: ScriptPage) -> None:
    """Nobody pays twice for an impatient finger."""
    await phone.get_by_label("Visa").check()
    await phone.get_by_role("button", name="Pay").dblclick()
    await phone.wait_for_url("**/sent")
    assert len(portal.sent) == 1


async def test_a_busy_button_is_heard(phone: Page) -> None:
    """Who hears the page learns that something is being done, and that it has ended."""
    await phone.get_by_label("Another card").check()
    await expect(phone.locator("[data-ready]")).to_be_visible()
    said = phone.locator("[data-said]")
    await said.evaluate(
        """(it) => {
          window.heard = [];
          new MutationObserver(() => heard.push(it.textContent)).observe(it, {childList: true});
        }"""
    )
    await phone.get_by_role("button", name="Pay").click()
    await expect(phone.get_by_text("Please check the card details.")).to_be_visible()
    assert await phone.evaluate("heard") == ["Paying", ""]


async def test_after_going_back_the_form_can_be_sent_again(phone: Page, portal: ScriptPage) -> None:
    """The button is not stuck."""
    await phone.get_by_role("button", name="Pay").click()
    await phone.wait_for_url("**/sent")
    await phone.go_back()
    await phone.get_by_role("button", name="Pay").click()
    await phone.wait_for_url("**/sent")
    assert len(portal.sent) == 2


async def test_the_errors_are_read_first_and_lead_into_their_fields(phone: Page, portal: ScriptPage) -> None:
    """Also into a group of choices, which no browser does by itself."""
    await phone.goto(f"{portal.url}/?wrong")
    await expect(phone.get_by_role("alert").filter(has_text="Please check 2 things")).to_be_focused()
    await phone.get_by_role("link", name="Choose a card.").click()
    await expect(phone.get_by_label("Visa")).to_be_focused()
    await phone.get_by_role("link", name="Enter your first name.").click()
    await expect(phone.get_by_label("First name")).to_be_focused()


async def test_a_password_is_shown_on_wish_and_hidden_when_sent(phone: Page) -> None:
    """So that the browser still knows it as a password."""
    password = phone.get_by_label("Password", exact=True)
    await phone.get_by_role("button", name="Show password").click()
    await expect(password).to_have_attribute("type", "text")
    await phone.get_by_role("button", name="Hide password").click()
    await expect(password).to_have_attribute("type", "password")


async def test_the_strength_of_a_password_is_said_while_typing(phone: Page) -> None:
    """In words."""
    password = phone.get_by_label("Password", exact=True)
    for typed, said in (
        ("abc", "Not strong enough yet"),
        ("Kite-Sea-4-Sun", "Good"),
        ("Four-Kites-At-Sea-9", "Very strong"),
    ):
        await password.fill(typed)
        await expect(phone.get_by_text("Password strength:")).to_contain_text(said)
    await password.fill("")
    await expect(phone.get_by_text("Password strength:")).to_be_hidden()


async def test_a_limited_text_says_how_much_is_left(phone: Page) -> None:
    """Before it is cut off."""
    await phone.get_by_label("Message").fill("Hello")
    await expect(phone.get_by_text("15 characters left")).to_be_visible()


async def test_the_card_frame_is_there_when_it_is_chosen(phone: Page) -> None:
    """And as high as it asks to be."""
    frame = phone.locator("iframe")
    await expect(frame).to_be_hidden()
    await phone.get_by_label("Another card").check()
    await expect(frame).to_be_visible()
    await expect(frame).to_have_css("height", "222px")
    assert await frame.get_attribute("title") == "Card details, entered directly at the card processor"


async def test_a_card_that_is_refused_can_be_tried_again_and_then_goes_through(phone: Page, portal: ScriptPage) -> None:
    """Wrong details, then no answer, then a token: it alone is sent, never that of another request."""
    await phone.get_by_label("Another card").check()
    await expect(phone.locator("[data-ready]")).to_be_visible()
    await phone.get_by_role("button", name="Pay").click()
    await expect(phone.get_by_text("Please check the card details.")).to_be_visible()
    await phone.get_by_role("button", name="Pay").click()
    await expect(phone.get_by_text("Nothing was charged.")).to_be_visible()
    assert portal.sent == []
    await phone.frame_locator("iframe").get_by_role("button", name="Enter").click()
    await phone.wait_for_url("**/sent")
    (sent,) = portal.sent
    assert {name: sent[name] for name in ("card_token", "card_brand", "card_last4", "card_expires")} == {
        "card_token": "tok_1",
        "card_brand": "visa",
        "card_last4": "4242",
        "card_expires": "2030-12",
    }


async def test_a_message_of_somebody_else_changes_nothing(phone: Page) -> None:
    """Only the processor's frame is listened to, not the page itself nor another window."""
    await phone.get_by_label("Another card").check()
    await expect(phone.locator("iframe")).to_have_css("height", "222px")
    await phone.evaluate(
        """async () => {
          const heard = new Promise((resolve) => addEventListener("message", resolve, {once: true}));
          postMessage({type: "card-frame:height", pixels: 999}, location.origin);
          await heard;
        }"""
    )
    await expect(phone.locator("iframe")).to_have_css("height", "222px")


async def test_who_is_away_is_asked_and_may_stay(phone: Page, portal: ScriptPage) -> None:
    """Two minutes before the end; `Stay` tells the portal, with the token of the page."""
    await phone.clock.install()
    await phone.reload()
    dialog = phone.get_by_role("dialog", name="Are you still there?")
    await phone.clock.run_for(BEFORE_DIALOG_MILLISECONDS)
    await expect(dialog).to_be_hidden()
    await phone.clock.run_for(TO_DIALOG_MILLISECONDS)
    await expect(dialog).to_be_visible()
    await expect(phone.get_by_role("button", name="Stay logged in")).to_be_focused()
    await phone.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    assert portal.touched_with == ["of-the-page"]


async def test_who_does_not_answer_comes_to_the_log_in(phone: Page) -> None:
    """Which says that the session ended."""
    await phone.clock.install()
    await phone.reload()
    await phone.clock.run_for(IDLE_SECONDS * 1000 + 1000)
    await phone.wait_for_url("**/log-in?ended=1")


async def test_the_menu_works_without_scripts(chromium: Browser, portal: ScriptPage) -> None:
    """On a phone it folds out by itself."""
    context = await chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = await context.new_page()
    await page.goto(portal.url)
    bills = page.get_by_role("link", name="Bills")
    await expect(bills).to_be_hidden()
    await page.get_by_text("Menu", exact=True).click()
    await expect(bills).to_be_visible()
    await expect(page.get_by_text("needs JavaScript")).to_be_visible()
    await context.close()

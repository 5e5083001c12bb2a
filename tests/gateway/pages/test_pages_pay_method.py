"""Make a Payment, step 2: a kept card, or one whose token the processor's frame has put into the form."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.gateway.gateway_world import World
from tests.gateway.pages.browsing import Browser
from tests.gateway.pages.member_answers import Member
from tests.gateway.pages.pay_desk import OLD_CARD, VISA, PayDesk, Refusal, card

TYPED: dict[str, Any] = {"card_token": "tok_1", "card_brand": "visa", "card_last4": "4242", "card_expires": "2030-12"}
STEP = "/pay/method?amount_cents=27250"


@pytest.fixture
def desk(world: World) -> PayDesk:
    """One card is kept."""
    return PayDesk(world).open()


@pytest.fixture
async def ana(desk: PayDesk) -> AsyncIterator[Browser]:
    """A member who is logged in."""
    desk.world.identity.answer = Member().identity
    async with Browser.at(desk.world.gateway.url) as browser:
        browser.cookies["__Host-session"] = "ana-token"
        yield browser


async def test_without_an_amount_it_begins_with_step_one(ana: Browser) -> None:
    """Whatever address somebody kept."""
    for path in ("/pay/method", "/pay/method?amount_cents=x", "/pay/review", "/pay/review?amount_cents=-1"):
        assert (await ana.open(path)).heading == "Make a Payment: amount and day"
    for path in ("/pay/method", "/pay/review"):
        assert (await ana.send(path, amount_cents="x")).heading == "Make a Payment: amount and day"


async def test_the_first_good_card_is_chosen_already(ana: Browser, desk: PayDesk) -> None:
    """One that has expired is shown with the reason, and cannot be chosen."""
    desk.methods = [card(OLD_CARD, "2026-12"), card(VISA, "2027-01")]
    seen = await ana.open(STEP)
    assert "Visa ending in 4242Expired 12/26" in seen.text
    assert f'value="{OLD_CARD}" disabled' in seen.html
    assert f'value="{VISA}" checked' in seen.html
    seen = await ana.send("/pay/method", amount_cents=27_250, method=VISA, follow=False)
    assert seen.headers["Location"] == f"/pay/review?amount_cents=27250&method_id={VISA}"


@pytest.mark.parametrize("method", [OLD_CARD, "66666666-6666-4666-8666-666666666666", "x"])
async def test_a_card_that_is_gone_or_over_is_not_taken(ana: Browser, desk: PayDesk, method: str) -> None:
    """As when it was removed in another tab."""
    desk.methods.append(card(OLD_CARD, "2026-12"))
    await ana.open(STEP)
    seen = await ana.send("/pay/method", amount_cents=27_250, method=method)
    assert (seen.status, "The card you chose can no longer be used." in seen.text) == (422, True)


async def test_only_this_page_lets_the_processors_frame_in(ana: Browser) -> None:
    """And it says without JavaScript what to do."""
    seen = await ana.open(STEP)
    assert "frame-src http://processor.example;" in seen.headers["Content-Security-Policy"]
    assert 'data-card-frame="http://processor.example/frame/card"' in seen.html
    assert "that needs JavaScript" in seen.text
    assert "frame-src 'none'" in (await ana.open("/pay")).headers["Content-Security-Policy"]


async def test_a_card_for_this_once_goes_on_sealed(ana: Browser, desk: PayDesk) -> None:
    """No token stands in the address, and nothing is kept."""
    await ana.open(STEP)
    seen = await ana.send("/pay/method", amount_cents=27_250, method="new", follow=False, **TYPED)
    assert seen.headers["Location"].startswith("/pay/review?amount_cents=27250&card=")
    assert "tok_1" not in seen.headers["Location"]
    assert desk.added == []
    assert "Visa ending in 4242" in (await ana.open(seen.headers["Location"])).text


async def test_a_card_is_kept_on_wish(ana: Browser, desk: PayDesk) -> None:
    """Then it is paid with as any kept one."""
    await ana.open(STEP)
    seen = await ana.send("/pay/method", amount_cents=27_250, method="new", keep="yes", follow=False, **TYPED)
    assert desk.added == [{"type": "card", "token": "tok_1"}]
    assert parse_qs(urlsplit(seen.headers["Location"]).query)["method_id"] == [desk.methods[-1]["method_id"]]


async def test_a_payment_on_a_later_day_keeps_the_card(ana: Browser, desk: PayDesk) -> None:
    """It is needed then; the page says so instead of asking."""
    seen = await ana.open(f"{STEP}&pay_on=2027-01-20")
    assert "so a new card is saved here" in seen.text
    assert "Save this card for next time" not in seen.text
    await ana.send("/pay/method", amount_cents=27_250, pay_on="2027-01-20", method="new", follow=False, **TYPED)
    assert len(desk.added) == 1


@pytest.mark.parametrize(
    "typed", [{}, TYPED | {"card_token": ""}, TYPED | {"card_token": "to k"}, TYPED | {"card_last4": "<b>"}]
)
async def test_without_a_token_the_card_is_asked_for_again(ana: Browser, typed: dict[str, Any]) -> None:
    """As it is without JavaScript."""
    await ana.open(STEP)
    seen = await ana.send("/pay/method", amount_cents=27_250, method="new", **typed)
    assert seen.status == 422
    assert "Enter your card details into the form of the card processor." in seen.text
    assert "tok_1" not in seen.html


async def test_some_card_must_be_chosen(ana: Browser) -> None:
    """Nothing is guessed."""
    await ana.open(STEP)
    seen = await ana.send("/pay/method", amount_cents=27_250)
    assert (seen.status, "Choose a card." in seen.text) == (422, True)


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Refusal(422, "invalid-fields"), "The card could not be saved. Please enter its details once more."),
        (Refusal(503, "processor-unavailable"), "The card processor does not answer. Please try again in a minute."),
    ],
)
async def test_a_card_that_cannot_be_kept_is_said(ana: Browser, desk: PayDesk, refusal: Refusal, words: str) -> None:
    """On both pages on which one is added."""
    desk.refuses["POST /v1/payment-methods"] = refusal
    await ana.open(STEP)
    seen = await ana.send("/pay/method", amount_cents=27_250, method="new", keep="yes", **TYPED)
    assert (seen.status, words in seen.text) == (422, True)
    await ana.open("/settings/payment-methods")
    seen = await ana.send("/settings/payment-methods", **TYPED)
    assert (seen.status, words in seen.text) == (422, True)


async def test_cards_are_kept_and_removed_in_the_settings(ana: Browser, desk: PayDesk) -> None:
    """Each step says what it did; removing asks first, and twice is as good as once."""
    desk.methods = []
    assert "No saved cards" in (await ana.open("/settings/payment-methods")).text
    seen = await ana.send("/settings/payment-methods", **TYPED)
    assert "Your card is saved for your next payment." in seen.text
    (kept,) = desk.methods
    kept_at = f"payment-methods/{kept['method_id']}"
    remove = f"/settings/{kept_at}/remove"
    seen = await ana.open(remove)
    assert seen.heading == "Remove Visa ending in 4242"
    assert len(desk.methods) == 1
    seen = await ana.send(remove)
    assert "The card is removed." in seen.text
    assert desk.methods == []
    assert (await ana.open(remove)).heading == "Billing Information"
    desk.refuses[f"DELETE /v1/{kept_at}"] = Refusal(404, "not-found")
    assert "The card is removed." in (await ana.send(remove)).text

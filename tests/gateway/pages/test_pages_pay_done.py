"""Make a Payment, step 4: what became of a payment is said as it is."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.gateway.http.pages.pay_done import DECLINES
from services.payments.domain.decline import DECLINE_TEXTS
from tests.gateway.gateway_world import World
from tests.gateway.pages.browsing import Browser
from tests.gateway.pages.pay_desk import DENTAL, HEALTH, REFERENCE, PayDesk, payment

DONE = f"/pay/done/{REFERENCE}"


@pytest.fixture
def desk(world: World) -> PayDesk:
    """$272.50 is due, a card is kept."""
    return PayDesk(world).open()


@pytest.fixture
async def ana(desk: PayDesk) -> AsyncIterator[Browser]:
    """A member who is logged in."""
    async with Browser.at(desk.world.gateway.url) as browser:
        browser.cookies["__Host-session"] = "ana-token"
        yield browser


@pytest.mark.parametrize("status", ["accepted", "processing"])
async def test_a_payment_under_way_is_neither_made_nor_failed(ana: Browser, desk: PayDesk, status: str) -> None:
    """Nobody is asked to pay again; one can look again."""
    desk.payments = [payment(status)]
    seen = await ana.open(DONE)
    assert seen.heading == "We have received your payment"
    assert "Please do not pay again." in seen.text
    assert f'href="{DONE}"' in seen.html


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("code", [*DECLINE_TEXTS, "a_new_code"])
async def test_a_decline_says_why_and_what_to_do(world: World, desk: PayDesk, language: str, code: str) -> None:
    """Every reason that payments knows has words in both languages; the English ones of the service are not shown."""
    desk.payments = [payment("declined", decline={"code": code, "text": "words of the service"})]
    async with Browser.at(world.gateway.url, Accept_Language=language) as browser:
        browser.cookies["__Host-session"] = "ana-token"
        seen = await browser.open(DONE)
    english = DECLINES.get(code, DECLINES["card_declined"])
    assert (english in seen.text) is (language == "en")
    assert "words of the service" not in seen.text
    assert set(DECLINES) == set(DECLINE_TEXTS)


async def test_after_a_decline_the_amount_and_the_policy_stay(ana: Browser, desk: PayDesk) -> None:
    """What was above what is owed belongs to no policy: then it is for all of them again."""
    told: dict[str, Any] = {"code": "card_declined", "text": ""}
    desk.payments = [payment("declined", decline=told)]
    seen = await ana.open(DONE)
    assert f'href="/pay/method?amount_cents=27250&amp;policy_id={HEALTH}"' in seen.html
    assert DENTAL not in seen.html
    desk.payments = [payment("declined", decline=told, credit_cents=100)]
    assert 'href="/pay/method?amount_cents=27250"' in (await ana.open(DONE)).html


async def test_what_happened_long_after_is_told_on_the_payments_own_page(ana: Browser, desk: PayDesk) -> None:
    """A refund is no news of the pay page."""
    desk.payments = [payment("refunded")]
    assert (await ana.open(DONE, follow=False)).headers["Location"] == f"/payments/{REFERENCE}"


async def test_the_payment_of_somebody_else_is_not_there(ana: Browser) -> None:
    """Not even that it exists."""
    seen = await ana.open("/pay/done/HC-0000-0000-0")
    assert (seen.status, seen.heading) == (404, "We could not find that page")

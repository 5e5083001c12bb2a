"""Make a Payment, step 3: nothing is paid twice, whatever is pressed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from tests.gateway.gateway_world import World, open_world
from tests.gateway.pages.browsing import Browser, Seen
from tests.gateway.pages.pay_desk import HEALTH, REFERENCE, VISA, PayDesk, Refusal, payment

STEP = f"/pay/review?amount_cents=27250&method_id={VISA}"
DONE = f"/pay/done/{REFERENCE}"
PAY = "POST /v1/payments"
HIDDEN = ("amount_cents", "pay_on", "method_id", "card", "quote_id", "key", "asked", "again")


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


def form_of(seen: Seen) -> dict[str, Any]:
    """The fields of the form on the page, as a browser sends them."""
    return {"csrf": seen.csrf} | {name: seen.field(name) for name in HIDDEN if f'name="{name}"' in seen.html}


async def test_everything_is_shown_before_it_is_paid(ana: Browser) -> None:
    """Amount, day, card, what it pays, what coverage is then."""
    seen = await ana.open(STEP)
    for words in ("You pay $272.50", "Visa ending in 4242", "Fee None", "February 2027", "EV-1001",
                  "After this payment, policy EV-1001 will be paid through February 28, 2027.",
                  "you authorize us to charge $272.50", "Pay $272.50 now"):  # fmt: skip
        assert words.replace(" ", "") in seen.text.replace(" ", ""), words


async def test_paying_leads_to_a_page_that_can_be_reloaded(ana: Browser, desk: PayDesk) -> None:
    """The payment is made with the quote and the key that the page showed."""
    form = form_of(await ana.open(STEP))
    seen = await ana.send("/pay/review", **form)
    assert (seen.where, seen.heading) == (DONE, "Thank you. Your payment went through.")
    assert REFERENCE in seen.text
    assert "HEALTHCONN HC7K3MQ9XD2" in seen.text
    assert f'href="/payments/{REFERENCE}/receipt"' in seen.html
    wanted = {"amount_cents": 27_250, "method_id": VISA, "quote_id": form["quote_id"]}
    assert desk.paid == [(form["key"], wanted)]
    await ana.open(DONE)
    assert len(desk.paid) == 1


async def test_the_same_form_sent_twice_has_one_key(ana: Browser, desk: PayDesk) -> None:
    """A double click without scripts: payments makes one payment of it. A page drawn anew has a key of its own."""
    form = form_of(await ana.open(STEP))
    await asyncio.gather(*(ana.send("/pay/review", follow=False, **form) for _ in range(2)))
    assert len({key for key, _ in desk.paid}) == 1
    assert form_of(await ana.open(STEP))["key"] != form["key"]


async def test_a_card_for_this_once_is_paid_with_by_its_token(ana: Browser, desk: PayDesk) -> None:
    """It never stood in the page nor in its address."""
    await ana.open("/pay/method?amount_cents=27250")
    seen = await ana.send("/pay/method", amount_cents=27_250, method="new", card_token="tok_1", card_brand="visa",
                          card_last4="4242", card_expires="2030-12")  # fmt: skip
    assert "tok_1" not in seen.html + seen.where
    await ana.send("/pay/review", **form_of(seen))
    assert desk.paid[0][1]["method"] == {"type": "card", "token": "tok_1"}


async def test_a_card_that_cannot_be_opened_any_more_is_asked_for(ana: Browser, desk: PayDesk) -> None:
    """Its hour is over, or it was removed: the amount stays."""
    for path in (
        "/pay/review?amount_cents=27250&card=over",
        STEP.replace("3333-4", "3333-5"),
        "/pay/review?amount_cents=27250",
    ):
        seen = await ana.open(path)
        assert seen.heading == "Make a Payment: card"
        assert "The card you chose can no longer be used." in seen.text
    seen = await ana.send("/pay/review", amount_cents=27_250, card="over", key="k", quote_id="1")
    assert seen.heading == "Make a Payment: card"
    desk.refuses[PAY] = Refusal(404, "not-found")
    assert (await ana.send("/pay/review", **form_of(await ana.open(STEP)))).heading == "Make a Payment: card"


async def test_what_is_owed_has_changed_meanwhile(ana: Browser, desk: PayDesk) -> None:
    """Nothing is paid: the page is drawn anew, with the new quote and a new key."""
    form = form_of(await ana.open(STEP))
    desk.refuses[PAY] = Refusal(409, "quote-stale")
    desk.owed = {HEALTH: 10_000}
    seen = await ana.send("/pay/review", **form)
    assert (seen.status, seen.heading) == (409, "Make a Payment: review")
    assert "What you owe has changed since this page was shown. Nothing was charged." in seen.text
    anew = form_of(seen)
    assert anew["key"] != form["key"]
    assert anew["quote_id"] != form["quote_id"]


@pytest.mark.parametrize("status", ["succeeded", "processing", "accepted"])
async def test_who_has_just_paid_is_told_before_paying_again(ana: Browser, desk: PayDesk, status: str) -> None:
    """Back after paying, or a second tab: the same again needs a word of its own."""
    desk.payments = [payment("declined"), payment(status)]
    seen = await ana.open(STEP)
    assert "We received a payment of $272.50 from you on January 1, 2027" in seen.text
    form = form_of(seen)
    seen = await ana.send("/pay/review", **form)
    assert (seen.status, desk.paid) == (422, [])
    assert "Check the box if you want to pay once more." in seen.text
    await ana.send("/pay/review", once_more="yes", **form_of(seen))
    assert len(desk.paid) == 1


async def test_another_payment_is_not_asked_about_twice(ana: Browser, desk: PayDesk) -> None:
    """It pays a bill and is another sum: said, but nothing to tick. What is a day old is not said."""
    desk.payments = [payment("succeeded", amount_cents=5_000)]
    seen = await ana.open(STEP)
    assert "You have paid already" in seen.text
    assert "Yes, I want to pay once more" not in seen.text
    desk.payments = [payment("declined"), payment("succeeded", accepted_at="2026-12-31T11:59:00Z")]
    assert "You have paid already" not in (await ana.open(STEP)).text


async def test_a_scheduled_payment_is_told_of(ana: Browser, desk: PayDesk) -> None:
    """And what it does then."""
    desk.scheduled_cents = 5_000
    seen = await ana.open(STEP)
    assert "Besides this payment, $50.00 is scheduled already. On its day at most that much is charged" in seen.text
    assert '<a href="/payments?status=scheduled">' in seen.html


async def test_too_many_declines_say_how_long_to_wait(ana: Browser, desk: PayDesk) -> None:
    """In words."""
    form = form_of(await ana.open(STEP))
    desk.refuses[PAY] = Refusal(429, "too-many-declines", headers={"Retry-After": "1500"})
    seen = await ana.send("/pay/review", **form)
    assert seen.status == 429
    assert "You can try again in about 25 minutes" in seen.text


async def test_a_processor_that_is_away_is_said_as_it_is(ana: Browser, desk: PayDesk) -> None:
    """Here it is certain that nothing was paid."""
    form = form_of(await ana.open(STEP))
    desk.refuses[PAY] = Refusal(503, "processor-unavailable")
    seen = await ana.send("/pay/review", **form)
    assert (seen.status, "Nothing was charged. Please try again." in seen.text) == (503, True)


async def test_paused_payments_are_said_as_they_are(ana: Browser, desk: PayDesk) -> None:
    """An operator has stopped charging: nothing was paid, and what is due stays where it was."""
    form = form_of(await ana.open(STEP))
    desk.refuses[PAY] = Refusal(503, "payments-paused", headers={"Retry-After": "300"})
    seen = await ana.send("/pay/review", **form)
    assert (seen.status, "Payments are paused at the moment. Nothing was charged." in seen.text) == (503, True)


async def test_an_answer_that_got_lost_is_never_paid_again(ana: Browser, desk: PayDesk, world: World) -> None:
    """The page does not say "try again": its button sends the same form, whose key finds the payment."""
    form = form_of(await ana.open(STEP))

    async def lose(request: web.Request, body: bytes) -> web.StreamResponse:
        answer = await desk.answer(request, body)
        if request.method == "POST":
            assert request.transport is not None
            request.transport.close()
        return answer

    world.payments.answer = lose
    seen = await ana.send("/pay/review", **form)
    assert (seen.status, seen.heading) == (503, "We are checking on your payment")
    assert "You will never pay twice this way." in seen.text
    again = form_of(seen)
    assert {name: again[name] for name in form if name != "csrf"} == {n: v for n, v in form.items() if n != "csrf"}
    desk.open()
    assert (await ana.send("/pay/review", **again)).where == DONE
    assert {key for key, _ in desk.paid} == {form["key"]}


async def test_a_slow_answer_is_not_called_a_failure() -> None:
    """As one that got lost."""
    async with open_world(upstream_timeout_seconds=1) as world, Browser.at(world.gateway.url) as ana:
        ana.cookies["__Host-session"] = "ana-token"
        desk = PayDesk(world).open()
        form = form_of(await ana.open(STEP))
        released = asyncio.Event()

        async def wait(request: web.Request, body: bytes) -> web.StreamResponse:
            if request.method == "POST":
                await released.wait()
            return await desk.answer(request, body)

        world.payments.answer = wait
        seen = await ana.send("/pay/review", **form)
        released.set()
        assert (seen.status, seen.heading) == (503, "We are checking on your payment")


async def test_after_an_hour_of_not_knowing_the_history_knows(ana: Browser, desk: PayDesk) -> None:
    """A card for this once cannot be sent again then; nobody is asked to type it anew."""
    await ana.open(STEP)
    seen = await ana.send(
        "/pay/review", amount_cents=27_250, card="over", key="k", quote_id="1", again="yes", follow=False
    )
    assert seen.headers["Location"] == "/payments"
    assert desk.paid == []


@pytest.mark.parametrize("code", ["amount-above-limit", "pay-on-not-allowed"])
@pytest.mark.parametrize("what", ["POST /v1/payments", "POST /v1/payments/preview"])
async def test_what_is_not_possible_any_more_leads_to_step_one(
    ana: Browser, desk: PayDesk, code: str, what: str
) -> None:
    """With what was chosen, and a word."""
    desk.owed = {HEALTH: 0}
    form = form_of(await ana.open(STEP))
    desk.refuses[what] = Refusal(422, code)
    seen = await ana.open(STEP) if "preview" in what else await ana.send("/pay/review", **form)
    assert seen.heading == "Make a Payment: amount and day"
    assert "Something has changed." in seen.text
    assert seen.field("amount") == "272.50"


async def test_a_later_day_is_scheduled(ana: Browser, desk: PayDesk) -> None:
    """With the day, and until when it can be canceled."""
    desk.becomes = "scheduled"
    seen = await ana.open(f"{STEP}&pay_on=2027-01-20")
    assert "charge up to $272.50 to this card on January 20, 2027. You can cancel it until" in seen.text
    seen = await ana.send("/pay/review", **form_of(seen))
    assert seen.heading == "Your payment is scheduled"
    assert "We will charge your card on January 20, 2027." in seen.text
    assert "Day of the paymentJanuary 20, 2027" in seen.text
    assert "Date and time" not in seen.text
    assert desk.paid[0][1]["pay_on"] == "2027-01-20"


async def test_what_is_scheduled_after_the_cut_off_is_said_to_be_final(ana: Browser, desk: PayDesk) -> None:
    """Before it is agreed, and once it is: no time that has passed."""
    desk.becomes, desk.cancel_until = "scheduled", None
    seen = await ana.open(f"{STEP}&pay_on=2027-01-20")
    assert "Once it is scheduled, it cannot be canceled here." in seen.text
    desk.payments = [payment("scheduled", cancel_until=None)]
    seen = await ana.open(DONE)
    assert "It can no longer be canceled here." in seen.text
    assert "You can cancel it until" not in seen.text


async def test_who_was_logged_out_meanwhile_pays_nothing(ana: Browser, desk: PayDesk) -> None:
    """They log in again."""
    form = form_of(await ana.open(STEP))
    ana.cookies["__Host-session"] = "over"
    seen = await ana.send("/pay/review", follow=False, **form)
    assert seen.headers["Location"].startswith("/log-in")
    assert desk.paid == []

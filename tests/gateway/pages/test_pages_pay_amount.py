"""Make a Payment, step 1: how much, for which policies, on which day."""

from collections.abc import AsyncIterator

import pytest

from tests.gateway.gateway_world import World
from tests.gateway.pages.browsing import Browser
from tests.gateway.pages.pay_desk import DENTAL, HEALTH, PayDesk, Refusal


@pytest.fixture
def desk(world: World) -> PayDesk:
    """$272.50 is due."""
    return PayDesk(world).open()


@pytest.fixture
async def ana(desk: PayDesk) -> AsyncIterator[Browser]:
    """A member who is logged in."""
    async with Browser.at(desk.world.gateway.url) as browser:
        browser.cookies["__Host-session"] = "ana-token"
        yield browser


async def test_all_that_is_due_is_chosen_already(ana: Browser) -> None:
    """One press of a button leads on, with the amount in the address."""
    seen = await ana.open("/pay")
    assert "Full amount due: $272.50" in seen.text
    assert "Due by January 23, 2027" in seen.text
    seen = await ana.send("/pay", what="due", when="today", policy_id=HEALTH, amount="", follow=False)
    assert (seen.status, seen.headers["Location"]) == (303, "/pay/method?amount_cents=27250")


async def test_another_amount_as_people_write_it(ana: Browser, desk: PayDesk) -> None:
    """With dollar sign and comma."""
    await ana.open("/pay")
    seen = await ana.send("/pay", what="other", when="today", policy_id=HEALTH, amount="$ 1,100.5", follow=False)
    assert seen.headers["Location"] == "/pay/method?amount_cents=110050"
    assert desk.previewed[-1] == {"amount_cents": 110_050}


@pytest.mark.parametrize("typed", ["", "0", "0.00", "a lot", "12.345", "-5", "1e5", "99999999999"])
async def test_what_is_no_amount_is_said_beside_the_field(ana: Browser, desk: PayDesk, typed: str) -> None:
    """And what was typed stays."""
    await ana.open("/pay")
    seen = await ana.send("/pay", what="other", when="today", policy_id=HEALTH, amount=typed)
    assert seen.status == 422
    assert "Enter an amount, such as 272.50." in seen.text
    assert seen.field("amount") == typed
    assert {"amount_cents": 0} not in desk.previewed


async def test_more_than_can_be_paid_is_said_with_the_limit(ana: Browser, desk: PayDesk) -> None:
    """In dollars, from the service's own number."""
    await ana.open("/pay")
    desk.owed = {HEALTH: 0}
    desk.refuses["POST /v1/payments/preview"] = Refusal(422, "amount-above-limit", {"largest_cents": 327_000})
    seen = await ana.send("/pay", what="other", when="today", policy_id=HEALTH, amount="5000")
    assert seen.status == 422
    assert "The most that can be paid at once is $3,270.00: what is owed and 12 months ahead." in seen.text
    assert "12\N{NO-BREAK SPACE}months" in seen.html
    desk.refuses["POST /v1/payments/preview"] = Refusal(422, "amount-above-limit", {"largest_cents": 0})
    seen = await ana.send("/pay", what="other", when="today", policy_id=HEALTH, amount="5000")
    assert "Nothing is owed at present" in seen.text


async def test_a_later_day_up_to_the_due_date(ana: Browser) -> None:
    """The days that are offered end with it; the chosen one goes on in the address."""
    seen = await ana.open("/pay")
    assert 'value="2027-01-02"' in seen.html
    assert 'value="2027-01-23"' in seen.html
    assert 'value="2027-01-24"' not in seen.html
    seen = await ana.send("/pay", what="due", when="later", pay_on="2027-01-20", policy_id=HEALTH, follow=False)
    assert seen.headers["Location"] == "/pay/method?amount_cents=27250&pay_on=2027-01-20"
    await ana.open("/pay")
    seen = await ana.send("/pay", what="due", when="later", pay_on="", policy_id=HEALTH)
    assert (seen.status, "Choose the day of your payment." in seen.text) == (422, True)


async def test_a_day_is_only_asked_for_where_there_is_one(ana: Browser, desk: PayDesk) -> None:
    """What is past due is paid today."""
    desk.latest_pay_on = None
    assert "On which day?" not in (await ana.open("/pay")).text


async def test_a_day_that_is_not_possible_is_said(ana: Browser, desk: PayDesk) -> None:
    """As when the page was open past midnight."""
    await ana.open("/pay")
    desk.owed = {HEALTH: 0}
    desk.refuses["POST /v1/payments/preview"] = Refusal(422, "pay-on-not-allowed")
    seen = await ana.send("/pay", what="other", amount="5", when="later", pay_on="2027-01-01", policy_id=HEALTH)
    assert (seen.status, "A payment cannot be made on this day." in seen.text) == (422, True)


async def test_one_of_two_policies(ana: Browser, desk: PayDesk) -> None:
    """What is due is what is due for the chosen one; both of them need not be named."""
    desk.owed = {HEALTH: 27_250, DENTAL: 5_425}
    seen = await ana.open("/pay")
    assert "$326.75 for all of them." in seen.text
    assert seen.html.count("checked") == 4  # both policies, all that is due, today
    seen = await ana.send("/pay", what="due", when="today", policy_id=DENTAL, follow=False)
    assert seen.headers["Location"] == f"/pay/method?amount_cents=5425&policy_id={DENTAL}"
    await ana.open("/pay")
    seen = await ana.send("/pay", what="due", when="today", policy_id=[HEALTH, DENTAL], follow=False)
    assert seen.headers["Location"] == "/pay/method?amount_cents=32675"
    await ana.open("/pay")
    seen = await ana.send("/pay", what="due", when="today")
    assert (seen.status, "Choose at least one policy." in seen.text) == (422, True)


async def test_a_policy_on_which_nothing_is_due_can_be_paid_ahead(ana: Browser, desk: PayDesk) -> None:
    """But not by `all that is due`."""
    desk.owed = {HEALTH: 27_250, DENTAL: 0}
    await ana.open("/pay")
    seen = await ana.send("/pay", what="due", when="today", policy_id=DENTAL)
    assert (seen.status, "Nothing is due for this choice." in seen.text) == (422, True)


async def test_when_nothing_is_due_one_may_pay_ahead(ana: Browser, desk: PayDesk) -> None:
    """Calmly: what becomes of the money is said."""
    desk.owed = {HEALTH: 0}
    seen = await ana.open("/pay")
    assert "Nothing is due You can still pay ahead." in seen.text
    assert "Full amount due" not in seen.text


async def test_without_a_policy_there_is_nothing_to_pay(ana: Browser, desk: PayDesk) -> None:
    """No form that could only be refused."""
    desk.owed = {}
    seen = await ana.open("/pay")
    assert "No policy yet" in seen.text
    assert 'action="/pay"' not in seen.html


async def test_where_nothing_can_be_paid_no_amount_is_asked_for(ana: Browser, desk: PayDesk) -> None:
    """The premium is not known yet, or coverage has ended and is paid."""
    desk.owed, desk.largest_cents = {HEALTH: 0}, 0
    seen = await ana.open("/pay")
    assert "Nothing is due Nothing can be paid ahead at present either." in seen.text
    assert 'action="/pay"' not in seen.html


async def test_who_owes_nothing_may_pay_ahead(ana: Browser, desk: PayDesk) -> None:
    """All of it is kept as credit."""
    desk.owed = {HEALTH: 0}
    seen = await ana.open("/pay")
    assert "You can still pay ahead. What you pay is kept as credit and used on your next bill." in seen.text
    assert 'action="/pay"' in seen.html


async def test_money_on_its_way_is_said_first(ana: Browser, desk: PayDesk) -> None:
    """Nobody pays it again."""
    desk.in_flight_cents, desk.scheduled_cents = 10_000, 5_000
    seen = await ana.open("/pay")
    assert "We have received $100.00 that is still settling. You do not need to pay it again." in seen.text
    assert "Payments of $50.00 are already scheduled, the next one for January 20, 2027." in seen.text


async def test_coming_back_finds_what_was_chosen(ana: Browser, desk: PayDesk) -> None:
    """Amount, day and policies; all that is due is still that."""
    seen = await ana.open("/pay?amount_cents=10000&pay_on=2027-01-20")
    assert seen.field("amount") == "100.00"
    assert 'value="2027-01-20" selected' in seen.html
    assert (await ana.open("/pay?amount_cents=27250")).field("amount") == ""
    desk.owed = {HEALTH: 27_250, DENTAL: 5_425}
    seen = await ana.open(f"/pay?amount_cents=5425&policy_id={DENTAL}")
    assert 'id="policy-2" type="checkbox" name="policy_id" value="' + DENTAL + '" checked' in seen.html
    assert 'value="' + HEALTH + '" checked' not in seen.html


async def test_in_spanish(desk: PayDesk) -> None:
    """Errors too."""
    async with Browser.at(desk.world.gateway.url, Accept_Language="es") as browser:
        browser.cookies["__Host-session"] = "ana-token"
        assert (await browser.open("/pay")).heading == "Hacer un pago: monto y día"
        seen = await browser.send("/pay", what="other", when="today", policy_id=HEALTH, amount="x")
        assert "Escriba un monto, por ejemplo 272.50." in seen.text

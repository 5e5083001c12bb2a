"""The day of a scheduled payment: what is charged, when it is canceled instead, and that it is charged once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import aiohttp
import orjson
import pytest

from services.payments.providers.sandbox_processor import SandboxProcessor
from tests.payments.billing_samples import new_york
from tests.payments.paying_world import ANSWER_LOST, DECLINED, SLOW, World
from tests.payments.scheduling import BEFORE, RUN_AT, schedule, until


async def fact(world: World, type_: str) -> Any:
    """The body of the one fact of a type."""
    return orjson.loads(await world.value("SELECT body FROM outbox WHERE type = $1", type_))


async def test_it_is_charged_on_its_morning(world: World) -> None:
    """Nothing happens before 06:00 in New York; then it pays the bill under its own reference, as any payment does."""
    policy_id = await world.enroll()
    made = await schedule(world)
    await until(world, BEFORE)
    assert await world.status_of(made["payment_id"]) == "scheduled"
    await until(world, RUN_AT)
    shown = await world.get(f"/v1/payments/{made['payment_id']}")
    assert [moment["status"] for moment in shown["timeline"]] == ["scheduled", "accepted", "succeeded"]
    assert (shown["reference"], shown["amount_cents"], shown["method"]) == (made["reference"], 30_000, made["method"])
    assert (shown["accepted_at"], shown["cancel_until"]) == ("2026-12-10T11:00:00Z", None)
    assert await world.rows("SELECT status, paid_cents, in_flight_cents FROM bill") == [("paid", 30_000, 0)]
    assert await world.rows("SELECT policy_id, status FROM policy") == [(policy_id, "active")]
    [charge] = await world.charges_of(made["payment_id"])
    assert (charge["amount_cents"], charge["reference"]) == (30_000, made["reference"])
    assert await world.told("payment.", "bill.paid") == [
        "payment.scheduled.v1",
        "payment.accepted.v1",
        "bill.paid.v1",
        "payment.succeeded.v1",
    ]


async def test_who_has_paid_some_by_hand_is_charged_the_rest(world: World) -> None:
    """$300 agreed as what is owed, $200 paid meanwhile: $100 is charged, and everybody can see what was agreed."""
    await world.enroll()
    made = await schedule(world)
    await world.pay(20_000)
    await until(world, RUN_AT)
    shown = await world.get(f"/v1/payments/{made['reference']}")
    assert (shown["status"], shown["amount_cents"], shown["agreed_cents"]) == ("succeeded", 10_000, 30_000)
    assert (shown["credit_cents"], [part["amount_cents"] for part in shown["allocations"]]) == (0, [10_000])
    [charge] = await world.charges_of(made["payment_id"])
    assert charge["amount_cents"] == 10_000
    reasons = "SELECT status, reason FROM payment_transition WHERE payment_id = $1 ORDER BY sequence"
    assert await world.rows(reasons, UUID(made["payment_id"])) == [
        ("scheduled", None),
        ("accepted", "owed_less"),
        ("succeeded", None),
    ]


async def test_money_in_flight_is_not_charged_again(world: World) -> None:
    """A payment of the day before whose outcome is still unknown covers the bill: nothing is owed."""
    await world.enroll()
    made = await schedule(world)
    world.clock.move_to(RUN_AT)
    in_flight = await world.take_down(30_000)
    with world.parts.charges.slot(in_flight.payment_id):
        await world.run_jobs()
    assert await world.status_of(made["payment_id"]) == "canceled"
    assert await world.rows("SELECT in_flight_cents FROM bill") == [(30_000,)]


@pytest.mark.parametrize("amount_cents", [30_000, 20_000, 60_000])
async def test_who_owes_nothing_any_more_is_not_charged(world: World, amount_cents: int) -> None:
    """Paid by hand before its day: it is canceled, whatever amount was agreed, and the member is told why."""
    await world.enroll()
    made = await schedule(world, amount_cents)
    await world.pay(30_000)
    await until(world, RUN_AT)
    shown = await world.get(f"/v1/payments/{made['reference']}")
    assert (shown["status"], shown["cancel_reason"], shown["amount_cents"]) == (
        "canceled",
        "nothing_owed",
        amount_cents,
    )
    assert await world.charges_of(made["payment_id"]) == []
    assert (await fact(world, "payment.canceled.v1"))["cancel_reason"] == "nothing_owed"


async def test_an_amount_of_ones_own_is_charged_as_it_is(world: World) -> None:
    """$400 of one's own choice: the bill is paid and $100 is credit; $50 of another pays $50."""
    await world.enroll()
    small, large = await schedule(world, 5_000), await schedule(world, 40_000, pay_on="2026-12-11")
    assert {small["amount_rule"], large["amount_rule"]} == {"fixed"}
    await until(world, RUN_AT)
    assert (await world.get("/v1/balance"))["due_now_cents"] == 25_000
    await until(world, RUN_AT + timedelta(days=1))
    balance = await world.get("/v1/balance")
    assert (balance["due_now_cents"], balance["credit_cents"], balance["scheduled_cents"]) == (0, 15_000, 0)
    [charge] = await world.charges_of(large["payment_id"])
    assert charge["amount_cents"] == 40_000


async def test_what_is_billed_meanwhile_does_not_raise_the_charge(world: World) -> None:
    """$300 agreed before the next policy's bill came: $300 are charged, the oldest month first."""
    await world.enroll()
    made = await schedule(world)
    await world.enroll(kind="dental", premium_cents=4_000)
    await until(world, RUN_AT)
    [charge] = await world.charges_of(made["payment_id"])
    assert charge["amount_cents"] == 30_000
    assert (await world.get("/v1/balance"))["due_now_cents"] == 4_000


async def test_only_the_chosen_policies_are_paid_on_the_day(world: World) -> None:
    """Scheduled for the dental policy: the health bill stays as it is, though it is older."""
    health, dental = await world.enroll(), await world.enroll(kind="dental", premium_cents=4_000)
    await schedule(world, 4_000, policy_ids=[str(dental)])
    await until(world, RUN_AT)
    paid = "SELECT paid_cents FROM bill WHERE policy_id = $1"
    assert (await world.value(paid, health), await world.value(paid, dental)) == (0, 4_000)


async def test_two_payments_for_one_bill_charge_it_once(world: World) -> None:
    """Scheduled twice, for two days or for the same: the first pays the bill, the second is canceled."""
    await world.enroll()
    method_id = await world.save_card()
    made = [await schedule(world, method_id=method_id) for _ in range(3)]
    await until(world, RUN_AT)
    ends = sorted([await world.status_of(payment["payment_id"]) for payment in made])
    assert ends == ["canceled", "canceled", "succeeded"]
    assert await world.rows("SELECT status, paid_cents FROM bill") == [("paid", 30_000)]


async def test_on_the_due_day_it_is_in_time(world: World) -> None:
    """Agreed for the last day, it runs that morning and the bill is never past due."""
    await world.enroll()
    await schedule(world, pay_on="2026-12-23")
    await world.move_clock(days=30)
    assert await world.told("bill.past_due") == []
    assert await world.rows("SELECT status FROM bill WHERE coverage_month = '2027-01-01'") == [("paid",)]


async def test_after_an_outage_it_is_made_all_the_same(world: World) -> None:
    """The portal was down over the agreed day: the payment is made when it is back, and says when that was."""
    await world.enroll()
    made = await schedule(world, pay_on="2026-12-23")
    world.clock.move_to(new_york("2026-12-24 09:00"))
    await world.run_jobs()
    shown = await world.get(f"/v1/payments/{made['reference']}")
    assert (shown["status"], shown["scheduled_on"]) == ("succeeded", "2026-12-23")
    assert shown["accepted_at"] == "2026-12-24T14:00:00Z"


async def test_a_decline_on_the_day_leaves_the_bill_as_it_was(world: World) -> None:
    """The card has no cover by then: the payment is declined as any other, and the bill can become past due."""
    await world.enroll()
    made = await schedule(world, 30_000, await world.save_card(DECLINED), pay_on="2026-12-23")
    await world.move_clock(days=30)
    shown = await world.get(f"/v1/payments/{made['reference']}")
    assert (shown["status"], shown["decline"]["code"], shown["allocations"]) == ("declined", "card_declined", [])
    assert await world.told("payment.", "bill.past_due") == [
        "payment.scheduled.v1",
        "payment.accepted.v1",
        "payment.declined.v1",
        "bill.past_due.v1",
    ]


@pytest.mark.parametrize("card", [SLOW, ANSWER_LOST])
async def test_an_answer_that_does_not_come_on_the_day_is_found_out(world: World, card: str) -> None:
    """The processor charges and is not heard: processing, then succeeded by the resolver, charged once."""
    await world.enroll()
    made = await schedule(world, 30_000, await world.save_card(card))
    await until(world, BEFORE)
    world.clock.move_to(RUN_AT)
    await world.run_jobs()
    assert await world.status_of(made["payment_id"]) == "processing"
    await world.charge_arrived(made["payment_id"])
    await world.move_clock(seconds=10)
    assert await world.status_of(made["payment_id"]) == "succeeded"
    assert len(await world.charges_of(made["payment_id"])) == 1


async def test_days_between_agreement_and_run_do_not_count_for_the_resolver(world: World) -> None:
    """The hour within which a charge may be posted again begins at the run, not when it was agreed."""
    await world.enroll()
    made = await schedule(world)
    world.clock.move_to(RUN_AT)
    async with aiohttp.ClientSession() as session:
        deaf = replace(world, parts=replace(world.parts, processor=SandboxProcessor(session, "http://127.0.0.1:1", 1)))
        await deaf.run_jobs()
    assert await world.status_of(made["payment_id"]) == "processing"
    await world.move_clock(seconds=5)
    assert await world.status_of(made["payment_id"]) == "succeeded"

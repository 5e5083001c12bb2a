"""Payments whose outcome nobody heard: the resolver finds it out, and never charges twice."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import aiohttp
import pytest
from structlog.testing import capture_logs

from services.payments.domain.charge import Charged, Declined, Outcome
from services.payments.providers.sandbox_processor import SandboxProcessor
from services.payments.store import payment_checks
from tests.payments.paying_world import ANSWER_LOST, DECLINED, SLOW, World


@pytest.mark.parametrize("card", [SLOW, ANSWER_LOST])
async def test_an_answer_that_does_not_come_is_found_out(world: World, card: str) -> None:
    """The processor charges and is not heard: the payment is processing, and 5 s later it has succeeded, once."""
    await world.enroll()
    method_id, key = await world.save_card(card), uuid4().hex
    answer = await world.pay(30_000, method_id, key=key)
    assert (answer.status, answer.body["status"]) == (201, "processing")
    assert await world.rows("SELECT status, in_flight_cents FROM bill") == [("open", 30_000)]
    await world.assert_sound()

    await world.charge_arrived(answer.body["payment_id"])
    await world.move_clock(seconds=5)
    assert (await world.pay(30_000, method_id, key=key)).body["status"] == "succeeded"
    assert await world.rows("SELECT status, paid_cents FROM bill") == [("paid", 30_000)]
    assert len(await world.charges_of(answer.body["payment_id"])) == 1
    assert await world.told("payment.") == ["payment.accepted.v1", "payment.succeeded.v1"]
    timeline = (await world.get(f"/v1/payments/{answer.body['reference']}"))["timeline"]
    assert [moment["status"] for moment in timeline] == ["accepted", "processing", "succeeded"]


@pytest.mark.parametrize("fault", ["error_500_before_charge", "charge_then_500", "refuse_503"])
async def test_an_error_of_the_processor_decides_nothing(world: World, fault: str) -> None:
    """Whether it charged before its error or not, the member pays once."""
    await world.enroll()
    method_id = await world.save_card()
    await world.sandbox.set_faults(**{fault: 1.0})
    answer = await world.pay(30_000, method_id)
    assert answer.body["status"] == "processing"
    await world.sandbox.set_faults()
    await world.move_clock(seconds=5)
    assert await world.status_of(answer.body["payment_id"]) == "succeeded"
    assert len(await world.charges_of(answer.body["payment_id"])) == 1


@pytest.mark.parametrize(("card", "status"), [("4242424242424242", "succeeded"), (DECLINED, "declined")])
async def test_killed_after_the_first_commit_the_payment_is_still_made(world: World, card: str, status: str) -> None:
    """A process that dies before it asked the processor leaves a payment that the resolver charges."""
    await world.enroll()
    payment = await world.take_down(30_000, card)
    await world.assert_sound()
    await world.move_clock(seconds=10)
    assert await world.status_of(payment.payment_id) == status
    assert len(await world.charges_of(str(payment.payment_id))) == 1


async def test_killed_before_the_second_commit_the_charge_is_not_made_again(world: World) -> None:
    """A process that dies with the answer in hand leaves a payment that the resolver settles."""
    await world.enroll()
    payment = await world.take_down(30_000)
    await world.parts.processor.charge(payment.charge_order)
    await world.move_clock(seconds=10)
    assert await world.status_of(payment.payment_id) == "succeeded"
    assert len(await world.charges_of(str(payment.payment_id))) == 1


async def test_after_an_hour_nobody_posts_the_charge_again(world: World) -> None:
    """A payment that lay for two hours without a charge is called off, and the bill is owed as before."""
    await world.enroll()
    payment = await world.take_down(30_000)
    world.clock.move_to(world.clock.now() + timedelta(hours=2))
    await world.run_jobs()
    shown = await world.get(f"/v1/payments/{payment.payment_id}")
    assert (shown["status"], shown["decline"]["code"]) == ("declined", "not_charged")
    assert await world.charges_of(str(payment.payment_id)) == []
    assert await world.parts.processor.charge(payment.charge_order) == Declined("not_charged")
    assert await world.rows("SELECT status, in_flight_cents FROM bill") == [("open", 0)]


async def test_after_an_hour_a_charge_that_is_there_is_taken(world: World) -> None:
    """A payment that was charged two hours ago has succeeded, however late we hear of it."""
    await world.enroll()
    payment = await world.take_down(30_000)
    await world.parts.processor.charge(payment.charge_order)
    world.clock.move_to(world.clock.now() + timedelta(hours=2))
    await world.run_jobs()
    assert await world.status_of(payment.payment_id) == "succeeded"


async def test_a_processor_that_is_silent_for_days_leaves_it_to_a_person(world: World) -> None:
    """Asked nine times in vain the payment stays processing and is marked; a person's finding still settles it."""
    await world.enroll()
    payment = await world.take_down(30_000)
    async with aiohttp.ClientSession() as session:
        deaf = replace(world, parts=replace(world.parts, processor=SandboxProcessor(session, "http://127.0.0.1:1", 1)))
        await deaf.move_clock(days=6)
    marked = "SELECT status, checks_done, needs_person, next_check_at FROM payment"
    assert await world.rows(marked) == [("processing", 9, True, None)]
    await world.assert_sound()

    await world.settle(payment.payment_id, Charged("ch_of_the_statement"))
    assert await world.rows(marked) == [("succeeded", 9, False, None)]


async def test_a_payment_that_is_being_charged_is_left_alone(world: World) -> None:
    """The resolver does not ask about a payment that this process is charging at the moment."""
    await world.enroll()
    payment = await world.take_down(30_000)
    with world.parts.charges.slot(payment.payment_id):
        world.clock.move_to(world.clock.now() + timedelta(seconds=30))
        await world.run_jobs()
        assert await world.status_of(payment.payment_id) == "accepted"
    await world.run_jobs()
    assert await world.status_of(payment.payment_id) == "succeeded"


async def test_a_claimed_check_belongs_to_one_process(world: World) -> None:
    """Two copies of the service never ask about the same payment at once; when one dies, its lease runs out."""
    await world.enroll()
    payment = await world.take_down(30_000)
    now = world.clock.now() + timedelta(seconds=10)
    lease = now + timedelta(minutes=1)
    claims = await asyncio.gather(
        *(world.parts.db.write(lambda tx: payment_checks.claim_due(tx, now, lease, (), 10)) for _ in range(2))
    )
    assert sorted(len(claim) for claim in claims) == [0, 1]
    world.clock.move_to(lease)
    await world.run_jobs()
    assert await world.status_of(payment.payment_id) == "succeeded"


async def test_whoever_comes_second_with_an_outcome_changes_nothing(world: World) -> None:
    """Request, resolver and webhook may bring outcomes at once: one is settled and told, a contradiction is logged."""
    await world.enroll()
    payment = await world.take_down(30_000)
    outcomes: list[Outcome] = [Charged("ch_1"), Charged("ch_1"), Declined("card_declined"), Charged("ch_1")]
    with capture_logs() as logs:
        ends = await asyncio.gather(*(world.settle(payment.payment_id, outcome) for outcome in outcomes))
    assert "payment_contradicted" in {entry["event"] for entry in logs}
    assert len({payment.status for payment in ends}) == 1
    assert len(await world.told("payment.succeeded", "payment.declined")) == 1


async def test_credit_that_came_late_pays_what_was_billed_meanwhile(world: World) -> None:
    """A month ahead paid, the outcome heard after a month: the bill issued meanwhile is paid from it."""
    await world.enroll()
    payment = await world.take_down(60_000)
    async with aiohttp.ClientSession() as session:
        deaf = replace(world, parts=replace(world.parts, processor=SandboxProcessor(session, "http://127.0.0.1:1", 1)))
        await deaf.move_clock(days=32)
    await world.settle(payment.payment_id, Charged("ch_2"))
    assert await world.rows("SELECT status FROM bill ORDER BY coverage_month") == [("paid",), ("paid",)]
    assert (await world.get("/v1/balance"))["credit_cents"] == 0


async def test_a_decline_frees_the_bill_for_credit(world: World) -> None:
    """Two payments for one bill: the one that held the bill is declined, so the other's credit pays it."""
    await world.enroll()
    first = await world.take_down(30_000, DECLINED)
    second = await world.pay(30_000)
    assert second.body["credit_cents"] == 30_000
    await world.move_clock(seconds=10)
    assert await world.status_of(first.payment_id) == "declined"
    assert await world.rows("SELECT status, paid_cents FROM bill") == [("paid", 30_000)]

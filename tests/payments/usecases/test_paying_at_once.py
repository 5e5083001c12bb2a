"""Payments that meet: what was read has changed by the time it is written. Nothing is lost, nothing is paid twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.payments.domain.charge import Charged
from services.payments.domain.method import Card
from services.payments.store.new_payments import Asked, BeforeNew, read_before
from services.payments.store.refusals import StaleBill, StalePayment
from services.payments.usecases.accept_payment import MoreToRead, accept_payment, accept_together
from services.payments.usecases.payment_request import Accepted, PaymentRequest
from services.payments.usecases.settle_payment import settle_accepted, settle_payment, settle_together
from shared.db import Tx
from shared.idempotency import KeyTaken
from shared.together import Together
from tests.payments.paying_world import World

LEASE = timedelta(seconds=10)
KEPT = "SELECT (SELECT count(*) FROM payment), (SELECT count(*) FROM idempotency_key), (SELECT count(*) FROM outbox)"


async def request_of(world: World, amount_cents: int, key: str | None = None) -> PaymentRequest:
    """What a member asks for, with a card of its own."""
    card_id = await world.sandbox.card_id()
    return PaymentRequest(
        payment_id=uuid4(),
        principal=str(world.member.account_id),
        key=key or uuid4().hex,
        body_hash=b"body",
        member_id=world.member.member_id,
        amount_cents=amount_cents,
        policy_ids=None,
        method_id=None,
        card=Card(card_id, "visa", "4242", "2040-12"),
        quote_id=None,
    )


async def accept(world: World, request: PaymentRequest) -> Accepted:
    """Take it down as the service does first: at the desk, without a lock."""
    return await accept_together(world.parts.desk, request, world.parts.keys, LEASE, world.clock)


async def accept_late(world: World, request: PaymentRequest, meanwhile: PaymentRequest) -> Accepted:
    """Take `request` down on what was read before `meanwhile` was."""

    async def read_and_be_overtaken(tx: Tx, asked: Sequence[Asked]) -> Sequence[BeforeNew]:
        before = await read_before(tx, asked, most_declines=5, lock=False)
        await accept(world, meanwhile)
        return before

    slow = replace(world.parts.desk, reading=Together("read", read_and_be_overtaken, world.parts.db.read))
    return await accept_together(slow, request, world.parts.keys, LEASE, world.clock)


async def accept_locked(world: World, request: PaymentRequest) -> Accepted:
    """Take it down as the service does when somebody was faster: on bills that are locked."""
    parts, now = world.parts, world.clock.now()
    return await parts.db.write(lambda tx: accept_payment(tx, request, parts.keys, LEASE, now))


async def test_forty_payments_at_once_for_one_bill_pay_it_once(world: World) -> None:
    """Each is made, what the bill does not need is credit, and every invariant holds."""
    await world.enroll()
    method_id = await world.save_card()
    answers = await asyncio.gather(*(world.pay(1_000, method_id) for _ in range(40)))
    assert {(answer.status, answer.body["status"]) for answer in answers} == {(201, "succeeded")}
    assert await world.rows("SELECT status, paid_cents, in_flight_cents FROM bill") == [("paid", 30_000, 0)]
    given = sum(part["amount_cents"] for answer in answers for part in answer.body["allocations"])
    assert (given, sum(answer.body["credit_cents"] for answer in answers)) == (30_000, 10_000)
    await world.assert_sound()


async def test_a_bill_that_changed_since_it_was_read_stops_the_payment(world: World) -> None:
    """The other payment stands; of this one there is neither key, nor payment, nor fact."""
    await world.enroll()
    first, second = await request_of(world, 10_000), await request_of(world, 20_000)
    before = (await world.rows(KEPT))[0]
    with pytest.raises(StaleBill):
        await accept_late(world, second, meanwhile=first)
    assert await world.rows(KEPT) == [tuple(count + 1 for count in before)]
    assert await world.rows("SELECT in_flight_cents FROM bill") == [(10_000,)]
    assert (await accept(world, second)).payment.payment_id != first.payment_id
    assert await world.rows("SELECT in_flight_cents FROM bill") == [(30_000,)]


async def test_a_key_that_was_taken_since_it_was_looked_up_stops_the_payment(world: World) -> None:
    """Two requests with one key: the slower one writes nothing, and finds the other's payment when it looks again."""
    await world.enroll()
    first, second = await request_of(world, 10_000, "one-key"), await request_of(world, 10_000, "one-key")
    with pytest.raises(KeyTaken):
        await accept_late(world, second, meanwhile=first)
    with pytest.raises(MoreToRead):
        await accept(world, second)
    found = await accept_locked(world, second)
    assert (found.payment.payment_id, found.is_new) == (first.payment_id, False)
    assert await world.value("SELECT count(*) FROM payment") == 1


async def test_a_commit_whose_answer_was_lost_is_found_again_and_still_ours(world: World) -> None:
    """The same request once more is the same payment, still to be charged; its bills have to be read."""
    await world.enroll()
    request = await request_of(world, 30_000)
    made, again = await accept(world, request), await accept_locked(world, request)
    assert (again.payment, again.is_new, again.bills) == (made.payment, True, None)
    assert made.bills is not None
    assert await world.value("SELECT count(*) FROM payment") == 1


async def test_a_bill_that_changed_during_the_charge_is_read_again(world: World) -> None:
    """Settled on what is known nothing is saved; read again, both payments are paid."""
    await world.enroll()
    first = await accept(world, await request_of(world, 10_000))
    second = await accept(world, await request_of(world, 5_000))
    assert first.bills is not None
    held, outcome, now, db = first.bills, Charged("ch_1"), world.clock.now(), world.parts.db
    with pytest.raises(StaleBill):
        await settle_together(world.parts.desk, first.payment, held, outcome, now)
    with pytest.raises(StaleBill):
        await db.write(lambda tx: settle_accepted(tx, first.payment, held, outcome, now))
    assert await world.status_of(first.payment.payment_id) == "accepted"
    assert await world.value("SELECT count(*) FROM ledger_transaction WHERE kind = 'payment_succeeded'") == 0
    await db.write(lambda tx: settle_payment(tx, first.payment.payment_id, outcome, now))
    await db.write(lambda tx: settle_payment(tx, second.payment.payment_id, Charged("ch_2"), now))
    assert await world.rows("SELECT paid_cents, in_flight_cents FROM bill") == [(15_000, 0)]
    assert await world.told("payment.succeeded") == ["payment.succeeded.v1"] * 2


async def test_a_payment_that_the_resolver_has_settled_is_not_settled_again(world: World) -> None:
    """The process that accepted it comes late with its answer: nothing is posted twice."""
    await world.enroll()
    accepted = await accept(world, await request_of(world, 10_000))
    payment_id: UUID = accepted.payment.payment_id
    assert accepted.bills is not None
    held, now, db = accepted.bills, world.clock.now(), world.parts.db
    await db.write(lambda tx: settle_payment(tx, payment_id, Charged("ch_1"), now))
    with pytest.raises(StalePayment):
        await settle_together(world.parts.desk, accepted.payment, held, Charged("ch_1"), now)
    with pytest.raises(StalePayment):
        await db.write(lambda tx: settle_accepted(tx, accepted.payment, held, Charged("ch_1"), now))
    assert await world.value("SELECT count(*) FROM ledger_transaction WHERE kind = 'payment_succeeded'") == 1
    assert await world.rows("SELECT paid_cents, in_flight_cents FROM bill") == [(10_000, 0)]

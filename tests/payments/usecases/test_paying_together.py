"""Members who pay at the same moment share statements: each payment is whole, and none waits for another's trouble."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.payments.domain.charge import Charged, Unknown
from services.payments.domain.method import Card
from services.payments.store import new_payments, payments
from services.payments.store.new_payments import NewPayment
from services.payments.store.payments import Move
from services.payments.store.refusals import HeldByOthers, StaleBill, StalePayment
from services.payments.usecases.accept_payment import accept_together
from services.payments.usecases.desk import Desk
from services.payments.usecases.payment_request import Accepted, PaymentRequest
from services.payments.usecases.settle_payment import settle_payment, settle_together
from shared.context import correlation_id
from shared.db import Tx
from shared.idempotency import KeyTaken
from shared.together import Together
from tests.payments.paying_world import SLOW, Member, World

LEASE = timedelta(seconds=10)
CHANGE = """
UPDATE bill SET version = bill.version + 1 FROM policy
 WHERE policy.policy_id = bill.policy_id AND member_id = $1
RETURNING 1
"""


class Statements:
    """A desk whose statements wait until as many payments have come as the test says, and which counts them."""

    def __init__(self, world: World, *, wait_for: int) -> None:
        self._world = world
        self._wait_for = wait_for
        self._came = 0
        self._all_here = asyncio.Event()
        self.accepted: list[int] = []
        self.settled: list[int] = []
        self.desk: Desk = replace(
            world.parts.desk,
            accepting=Together("accept", self._accept, world.parts.db.write_alone),
            settling=Together("settle", self._settle, world.parts.db.write_alone),
        )

    async def accept(self, request: PaymentRequest) -> Accepted:
        """Take it down with all that are on their way here."""
        self._came += 1
        if self._came == self._wait_for:
            self._all_here.set()
        await self._all_here.wait()
        return await accept(self._world, request, self.desk)

    async def _accept(self, tx: Tx, new: Sequence[NewPayment]) -> Sequence[None]:
        self.accepted.append(len(new))
        await new_payments.insert(tx, new)
        return [None] * len(new)

    async def _settle(self, tx: Tx, moves: Sequence[Move]) -> Sequence[None]:
        self.settled.append(len(moves))
        await payments.update_moved(tx, moves)
        return [None] * len(moves)


async def accept(world: World, request: PaymentRequest, desk: Desk | None = None) -> Accepted:
    """Take it down at the desk."""
    return await accept_together(desk or world.parts.desk, request, world.parts.keys, LEASE, world.clock.now())


async def request_of(world: World, member: Member, amount_cents: int, key: str | None = None) -> PaymentRequest:
    """What a member asks for, with a card of its own."""
    return PaymentRequest(
        payment_id=uuid4(),
        principal=str(member.account_id),
        key=key or uuid4().hex,
        body_hash=b"body",
        member_id=member.member_id,
        amount_cents=amount_cents,
        policy_ids=None,
        method_id=None,
        card=Card(await world.sandbox.card_id(), "visa", "4242", "2040-12"),
        quote_id=None,
    )


async def members_of(world: World, count: int) -> list[Member]:
    """So many members, each with a policy and a bill of $300."""
    members = [Member() for _ in range(count)]
    for member in members:
        await world.enroll(member)
    return members


async def test_ten_members_share_a_statement_and_each_pays_their_own(world: World) -> None:
    """Amounts, allocations, transitions, held bills and facts are each member's; then all of them succeed at once."""
    members = await members_of(world, 10)
    asked = [await request_of(world, member, 1_000 * number) for number, member in enumerate(members, 1)]
    statements = Statements(world, wait_for=10)
    taken = await asyncio.gather(*map(statements.accept, asked))
    assert max(statements.accepted) > 1, "they went together"
    assert len({it.payment.reference for it in taken}) == 10
    now = world.clock.now()
    for number, (member, it) in enumerate(zip(members, taken, strict=True), 1):
        kept = await world.parts.db.read(lambda tx, found=it.payment.payment_id: payments.get(tx, found))  # type: ignore[misc]
        assert kept == it.payment
        assert (kept.member_id, kept.amount_cents) == (member.member_id, 1_000 * number)
    held = "SELECT in_flight_cents FROM bill ORDER BY in_flight_cents"
    assert [cents for (cents,) in await world.rows(held)] == [1_000 * number for number in range(1, 11)]

    await asyncio.gather(
        *(
            settle_together(statements.desk, it.payment, it.bills or (), Charged(f"ch_{it.payment.reference}"), now)
            for it in taken
        )
    )
    assert max(statements.settled) > 1, "they went together"
    paid = "SELECT paid_cents, in_flight_cents FROM bill ORDER BY paid_cents"
    assert await world.rows(paid) == [(1_000 * number, 0) for number in range(1, 11)]
    charged = "SELECT charge_id = 'ch_' || reference, status::text FROM payment"
    assert await world.rows(charged) == [(True, "succeeded")] * 10
    posted = "SELECT sum(amount_cents)::bigint FROM ledger_entry WHERE account = 'clearing:processor'"
    assert await world.value(posted) == sum(1_000 * number for number in range(1, 11))
    assert sorted(await world.told("payment")) == ["payment.accepted.v1"] * 10 + ["payment.succeeded.v1"] * 10


async def test_what_is_told_of_a_payment_names_its_own_request(world: World) -> None:
    """The facts of payments written by one statement carry each the correlation id of who asked for it."""
    members = await members_of(world, 5)
    asked = [await request_of(world, member, 1_000) for member in members]
    statements = Statements(world, wait_for=5)

    async def pay(request: PaymentRequest) -> None:
        correlation_id.set(f"request-of-{request.payment_id}")
        taken = await statements.accept(request)
        charged = Charged(f"ch_{request.payment_id}")
        await settle_together(statements.desk, taken.payment, taken.bills or (), charged, world.clock.now())

    await asyncio.gather(*(asyncio.create_task(pay(request)) for request in asked))
    said = await world.rows("SELECT correlation_id, subject FROM outbox WHERE type LIKE 'payment.%'")
    assert sorted(said) == sorted((f"request-of-{it.payment_id}", str(it.payment_id)) for it in asked for _ in range(2))


async def test_a_stale_payment_among_others_stops_nobody_else(world: World) -> None:
    """Whoever pays on a bill that has changed meanwhile hears of it; the others of that statement are accepted."""
    members = await members_of(world, 4)
    asked = [await request_of(world, member, 1_000) for member in members]
    statements = Statements(world, wait_for=4)
    overtaken = members[2].member_id

    async def read_and_be_overtaken(tx: Tx, them: Sequence[new_payments.Asked]) -> Sequence[new_payments.BeforeNew]:
        before = await new_payments.read_before(tx, them, most_declines=5, lock=False)
        if any(it.member_id == overtaken for it in them):
            await world.rows(CHANGE, overtaken)
        return before

    statements.desk = replace(statements.desk, reading=Together("read", read_and_be_overtaken, world.parts.db.read))
    outcomes = await asyncio.gather(*map(statements.accept, asked), return_exceptions=True)
    assert [type(it) for it in outcomes] == [Accepted, Accepted, StaleBill, Accepted]
    assert await world.value("SELECT count(*) FROM payment") == 3
    assert await world.value("SELECT count(*) FROM idempotency_key") == 3
    assert await world.value("SELECT count(*) FROM outbox WHERE type = 'payment.accepted.v1'") == 3


async def test_one_key_twice_in_a_statement_is_taken_once(world: World) -> None:
    """A member who sends twice in one moment has one payment; the other request finds the key taken."""
    [twice, other] = await members_of(world, 2)
    asked = [
        await request_of(world, twice, 1_000, "one-key"),
        await request_of(world, other, 1_000),
        await request_of(world, twice, 1_000, "one-key"),
    ]
    statements = Statements(world, wait_for=3)
    first, another, second = await asyncio.gather(*map(statements.accept, asked), return_exceptions=True)
    assert isinstance(another, Accepted)
    assert {type(first), type(second)} == {Accepted, KeyTaken}
    assert await world.value("SELECT count(*) FROM payment WHERE member_id = $1", twice.member_id) == 1


async def test_two_payments_on_one_bill_in_a_statement_hold_it_once_each(world: World) -> None:
    """The second does not overwrite what the first holds: it is refused, and is accepted when it has read again."""
    [member] = await members_of(world, 1)
    asked = [await request_of(world, member, 10_000), await request_of(world, member, 5_000)]
    statements = Statements(world, wait_for=2)
    outcomes = await asyncio.gather(*map(statements.accept, asked), return_exceptions=True)
    assert {type(it) for it in outcomes} == {Accepted, StaleBill}
    refused = asked[[type(it) for it in outcomes].index(StaleBill)]
    await accept(world, refused)
    assert await world.rows("SELECT in_flight_cents FROM bill") == [(15_000,)]


async def test_nobody_waits_for_a_bill_that_somebody_else_holds(world: World) -> None:
    """While an import is at one member's bill the others pay; that member's payment waits for its end, and is made."""
    [held, free] = await members_of(world, 2)
    method_ids = {member.member_id: await world.save_card(member=member) for member in (held, free)}

    async def pay(member: Member) -> str:
        answer = await world.call(
            "POST",
            "/v1/payments",
            body={"amount_cents": 30_000, "method_id": method_ids[member.member_id]},
            key=uuid4().hex,
            member=member,
        )
        return str(answer.body["status"])

    async def at_work(tx: Tx) -> tuple["asyncio.Task[str]", str]:
        lock = "SELECT 1 FROM bill JOIN policy USING (policy_id) WHERE member_id = $1 FOR UPDATE OF bill"
        await tx.fetch(lock, held.member_id)
        waits = asyncio.create_task(pay(held))
        paid = [await pay(free)]
        assert not waits.done()
        return waits, paid[0]

    waits, paid = await world.parts.db.write(at_work)
    assert (paid, await waits) == ("succeeded", "succeeded")


async def test_a_held_bill_is_told_apart_from_a_changed_one(world: World) -> None:
    """At the desk it is refused within a fraction of a second, and nothing of the payment is kept."""
    [member] = await members_of(world, 1)
    request = await request_of(world, member, 1_000)

    async def at_work(tx: Tx) -> None:
        await tx.fetch("SELECT 1 FROM bill FOR UPDATE")
        with pytest.raises(HeldByOthers):
            await accept(world, request)

    await world.parts.db.write(at_work)
    assert await world.rows("SELECT (SELECT count(*) FROM payment), (SELECT count(*) FROM idempotency_key)") == [(0, 0)]
    await accept(world, request)


async def test_a_charge_without_an_answer_is_left_open_beside_those_that_succeed(world: World) -> None:
    """One statement settles both; the open one is asked about later, and its money stays in flight."""
    members = await members_of(world, 3)
    statements = Statements(world, wait_for=3)
    taken = await asyncio.gather(*map(statements.accept, [await request_of(world, it, 2_000) for it in members]))
    outcomes: list[Charged | Unknown] = [Charged("ch_1"), Unknown("timeout"), Charged("ch_3")]
    now = world.clock.now()
    settled = await asyncio.gather(
        *(
            settle_together(statements.desk, it.payment, it.bills or (), outcome, now)
            for it, outcome in zip(taken, outcomes, strict=True)
        )
    )
    assert [it.status.value for it in settled] == ["succeeded", "processing", "succeeded"]
    open_id: UUID = settled[1].payment_id
    assert await world.rows("SELECT payment_id FROM payment WHERE next_check_at IS NOT NULL") == [(open_id,)]
    assert await world.value("SELECT count(*) FROM bill WHERE in_flight_cents = 2000") == 1


async def test_a_payment_settled_by_the_resolver_stops_no_other_from_settling(world: World) -> None:
    """Of two answers that come together one is late: it changes nothing, and the other one counts."""
    members = await members_of(world, 2)
    statements = Statements(world, wait_for=2)
    taken = await asyncio.gather(*map(statements.accept, [await request_of(world, it, 2_000) for it in members]))
    now = world.clock.now()
    late = taken[0].payment.payment_id
    await world.parts.db.write(lambda tx: settle_payment(tx, late, Charged("ch_1"), now))
    outcomes = await asyncio.gather(
        *(
            settle_together(statements.desk, it.payment, it.bills or (), Charged(f"ch_{number}"), now)
            for number, it in enumerate(taken, 1)
        ),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], StalePayment)
    assert not isinstance(outcomes[1], BaseException)
    assert await world.value("SELECT count(*) FROM ledger_transaction WHERE kind = 'payment_succeeded'") == 2
    assert await world.rows("SELECT paid_cents, in_flight_cents FROM bill") == [(2_000, 0)] * 2


async def test_a_slow_processor_keeps_only_its_own_member_waiting(world: World) -> None:
    """Ten members pay while an eleventh's card is answered late: theirs succeed before the desk hears of it."""
    [slow, *members] = await members_of(world, 6)
    slow_method = await world.save_card(SLOW, member=slow)
    method_ids = [await world.save_card(member=member) for member in members]
    body = {"amount_cents": 1_000}
    waiting = asyncio.create_task(
        world.call("POST", "/v1/payments", body=body | {"method_id": slow_method}, key=uuid4().hex, member=slow)
    )
    answers = await asyncio.gather(
        *(
            world.call("POST", "/v1/payments", body=body | {"method_id": method_id}, key=uuid4().hex, member=member)
            for member, method_id in zip(members, method_ids, strict=True)
        )
    )
    assert {answer.body["status"] for answer in answers} == {"succeeded"}
    assert not waiting.done()
    assert (await waiting).body["status"] == "processing"

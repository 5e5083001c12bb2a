"""Members who pay at the same moment share statements: each payment is whole, and names its own request."""

import asyncio
from uuid import UUID, uuid4

from services.payments.domain.charge import Charged, Unknown
from services.payments.domain.payment import Payment
from services.payments.store import payments
from services.payments.store.refusals import StalePayment
from services.payments.usecases.payment_request import PaymentRequest
from services.payments.usecases.settle_payment import settle_payment, settle_together
from shared.context import correlation_id
from shared.together import GoAlone
from tests.payments.paying_desk import Statements, members_of, request_of
from tests.payments.paying_world import SLOW, World


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
    assert {type(it) for it in outcomes} <= {GoAlone, StalePayment, Payment}
    assert isinstance(outcomes[0], GoAlone | StalePayment)
    if not isinstance(outcomes[1], Payment):
        other = taken[1].payment.payment_id
        await world.parts.db.write(lambda tx: settle_payment(tx, other, Charged("ch_2"), now))
    assert await world.value("SELECT count(*) FROM ledger_transaction WHERE kind = 'payment_succeeded'") == 2
    assert await world.rows("SELECT paid_cents, in_flight_cents FROM bill") == [(2_000, 0)] * 2


async def test_a_slow_processor_keeps_only_its_own_member_waiting(world: World) -> None:
    """Five members pay while a sixth's card is answered late: theirs succeed before the desk hears of it."""
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

"""The second line of defense: what Postgres itself refuses, and what the checks of `verify` see."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.payments.domain.ledger import bill_issued
from services.payments.store import ledger, payments
from services.payments.store.ledger_checks import LEDGER_CHECKS
from services.payments.store.payments import Move
from services.payments.store.refusals import StalePayment
from shared.db import Database, Tx
from tests.payments.billing_samples import a_bill
from tests.payments.paying_samples import NOW
from tests.payments.paying_world import World

POST = """
INSERT INTO ledger_transaction (transaction_id, kind, subject, effective_on)
VALUES ($1, 'bill_issued', $1, now())
"""
ENTER = """
INSERT INTO ledger_entry (transaction_id, account, amount_cents)
SELECT $1, * FROM unnest($2::text[], $3::bigint[])
"""


RIGHTS = {"INSERT": True, "SELECT": True, "UPDATE": False, "DELETE": False, "TRUNCATE": False}


async def value(db: Database, sql: str, *arguments: object) -> object:
    """One value of one statement."""
    return await db.read(lambda tx: tx.fetchval(sql, *arguments))


async def post(db: Database, *statements: dict[str, int]) -> UUID:
    """Write a transaction whose entries come in the given statements."""
    transaction_id = uuid4()

    async def work(tx: Tx) -> None:
        await tx.execute(POST, transaction_id)
        for entries in statements:
            await tx.execute(ENTER, transaction_id, list(entries), list(entries.values()))

    await db.write(work)
    return transaction_id


@pytest.mark.parametrize("statements", [[{"a": 1}], [{"a": 1, "b": -2}], [{"a": 1, "b": -1}, {"c": 5}]])
async def test_postgres_refuses_what_does_not_balance(
    payments_db: Database, statements: Sequence[dict[str, int]]
) -> None:
    """Entries that do not sum to zero are refused, also those added to a transaction that balanced."""
    with pytest.raises(asyncpg.CheckViolationError, match="must sum to zero"):
        await post(payments_db, *statements)
    assert await payments_db.read(lambda tx: tx.fetchval("SELECT count(*) FROM ledger_transaction")) == 0


async def test_the_same_bill_is_not_posted_twice(payments_db: Database) -> None:
    """The key of a posting follows from the bill."""
    posting = bill_issued(a_bill(), NOW)
    await payments_db.write(lambda tx: ledger.insert(tx, posting))
    with pytest.raises(asyncpg.UniqueViolationError):
        await payments_db.write(lambda tx: ledger.insert(tx, posting))


@pytest.mark.parametrize("table", ["ledger_transaction", "ledger_entry", "payment_transition", "allocation"])
async def test_the_service_cannot_rewrite_history(payments_db: Database, table: str) -> None:
    """The app role may neither change, delete nor empty the append-only tables."""
    right = "SELECT has_table_privilege($1, $2)"
    for kind, allowed in RIGHTS.items():
        assert await value(payments_db, right, table, kind) is allowed, kind
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):  # noqa: S608
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await value(payments_db, statement)


@pytest.mark.parametrize("table", ["payment", "payment_method"])
async def test_the_service_cannot_delete_payments_or_methods(payments_db: Database, table: str) -> None:
    """They are kept for ten years."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await payments_db.write(lambda tx: tx.execute(f"DELETE FROM {table}"))  # noqa: S608


async def test_postgres_refuses_states_that_cannot_be(world: World) -> None:
    """An open payment has no outcome, no free credit, and a next check; every outcome has its reason."""
    await world.enroll()
    await world.take_down(40_000)
    for change in (
        "amount_cents = 0",
        "credit_cents = amount_cents + 1",
        "credit_left_cents = 1",
        "status = 'paid'",
        "status = 'declined'",
        "status = 'succeeded'",
        "next_check_at = NULL",
        "needs_person = true",
        "decline_code = 'card_declined'",
        "charge_id = 'ch_1'",
        "status = 'canceled'",
        "status = 'scheduled'",
        "run_at = now()",
        "scheduled_on = '2027-01-01'",
        "chosen_policy_ids = '{}'",
        "amount_rule = 'all', scheduled_on = '2027-01-01', agreed_cents = amount_cents",
        "amount_rule = 'owed', scheduled_on = '2027-01-01', agreed_cents = 1",
        "amount_rule = 'owed', scheduled_on = '2027-01-01', agreed_cents = amount_cents, method_id = NULL",
        "cancel_reason = 'none'",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await world.value(f"UPDATE payment SET {change} RETURNING 1")  # noqa: S608 - from the list above


async def test_postgres_refuses_bills_that_cannot_be(world: World) -> None:
    """Nothing below zero, never more paid and in flight than the bill says, and paid means paid in full."""
    await world.enroll()
    for change in (
        "paid_cents = -1",
        "in_flight_cents = -1",
        "in_flight_cents = 30001",
        "paid_cents = 20000, in_flight_cents = 10001",
        "paid_cents = 30000",
        "status = 'paid'",
        "status = 'canceled'",
        "version = 0",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await world.value(f"UPDATE bill SET {change} RETURNING 1")  # noqa: S608 - from the list above


async def test_a_payment_moves_from_the_version_that_was_read(world: World) -> None:
    """A change made from an older state is refused instead of being written over a newer one."""
    await world.enroll()
    payment = await world.take_down(30_000)
    open_again = payment.leave_open()
    move = Move(open_again, world.clock.now(), next_check_at=world.clock.now())
    await world.parts.db.write(lambda tx: payments.update_moved(tx, [move]))
    with pytest.raises(StalePayment):
        await world.parts.db.write(lambda tx: payments.update_moved(tx, [move]))
    assert (await world.parts.db.read(lambda tx: payments.get(tx, payment.payment_id))) == open_again


async def test_credit_left_cannot_be_used_twice(world: World) -> None:
    """More than what is left is refused by the table itself."""
    await world.enroll()
    paid = (await world.pay(30_500)).body
    [left] = await world.parts.db.write(lambda tx: payments.list_with_credit(tx, world.member.member_id))
    assert (str(left.payment_id), left.credit_cents) == (paid["payment_id"], 500)
    bill = a_bill(bill_id=UUID(paid["allocations"][0]["bill_id"]))
    with pytest.raises(asyncpg.CheckViolationError):
        await world.parts.db.write(lambda tx: payments.use_credit(tx, left.payment_id, bill, 501))
    assert await world.parts.db.read(lambda tx: payments.get_credit_cents(tx, world.member.member_id)) == 500


DAMAGES = {
    "I1": "UPDATE ledger_entry SET amount_cents = amount_cents * 2 WHERE account = 'clearing:processor'",
    "I1-whole": "UPDATE ledger_entry SET amount_cents = 1 WHERE account = 'clearing:processor'",
    "I1-posted": "UPDATE payment SET amount_cents = amount_cents + 1 WHERE status = 'succeeded'",
    "I2": "UPDATE bill SET in_flight_cents = 1",
    "I2-payment": "UPDATE payment SET credit_cents = credit_cents + 1",
    "scheduled": "UPDATE payment SET agreed_cents = agreed_cents + 1 WHERE status = 'scheduled'",
    "ledger-tables": "UPDATE bill SET paid_cents = paid_cents - 1",
    "I4": "DELETE FROM outbox WHERE type = 'payment.succeeded.v1'",
    "I10": "UPDATE payment SET version = version + 1",
    "I10-told": "UPDATE outbox SET sequence = 9 WHERE type = 'payment.accepted.v1'",
}


async def test_each_check_sees_its_damage(world: World, portal_database: str) -> None:
    """Whatever an operator's hand breaks in the tables, the check that is named for it finds it."""
    await world.enroll()
    await world.pay(20_000)
    await world.pay(10_000, pay_on="2026-12-10")
    operator = await asyncpg.connect(portal_database)
    await operator.execute("SET search_path = payments")
    for check in LEDGER_CHECKS:
        assert await operator.fetch(check.sql) == []
        damage = operator.transaction()
        await damage.start()
        await operator.execute(DAMAGES[check.name])
        assert await operator.fetch(check.sql) != [], check.name
        await damage.rollback()
    await operator.close()

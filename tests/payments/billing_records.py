"""Billing against real Postgres: enrollments heard, timers run, and what the tables and the outbox then say."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson

from services.payments.domain.bill import Bill
from services.payments.store import bills
from services.payments.store.billing_checks import BILLING_CHECKS
from services.payments.usecases.enroll_policy import enroll_policy
from services.payments.usecases.issue_bills import issue_bills
from services.payments.usecases.mark_past_due import mark_past_due
from shared.contracts.identity import MemberEnrolledV1
from shared.db import Database, Tx
from shared.inbox import Heard
from tests.payments.billing_samples import MEMBER, NOW


async def hear(db: Database, *facts: MemberEnrolledV1, now: datetime = NOW) -> None:
    """Apply enrollments one after the other, each in a transaction of its own."""
    for fact in facts:
        heard = Heard(uuid4(), "test", now)
        await db.write(lambda tx, fact=fact, heard=heard: enroll_policy(tx, fact, heard))  # type: ignore[misc]  # mypy does not follow defaults of lambdas


async def run_timers(db: Database, now: datetime) -> None:
    """Do what both timers have to do at `now`, until nothing is left."""
    while await db.write(lambda tx: issue_bills(tx, now)) or await db.write(lambda tx: mark_past_due(tx, now)):
        continue


async def bills_of(db: Database, member_id: UUID = MEMBER) -> list[Bill]:
    """All bills of a member, oldest month first."""

    async def read(tx: Tx) -> list[Bill]:
        return await bills.list_page(tx, member_id, status=None, policy_id=None, before=None, limit=1000)

    return sorted(await db.read(read), key=lambda bill: (bill.coverage_month, bill.policy_number))


async def policies_row(db: Database) -> list[dict[str, Any]]:
    """The policies as they are stored, their random ids aside."""
    rows = await db.read(lambda tx: tx.fetch("SELECT * FROM policy ORDER BY insurer_id, policy_number"))
    return [{name: value for name, value in row.items() if name != "policy_id"} for row in rows]


async def announced(db: Database) -> list[tuple[str, dict[str, Any]]]:
    """Types and bodies of all facts said so far, in order."""
    rows = await db.read(lambda tx: tx.fetch("SELECT type, body FROM outbox ORDER BY id"))
    return [(row["type"], orjson.loads(row["body"])) for row in rows]


async def types_announced(db: Database) -> list[str]:
    """Types of all facts said so far, in order."""
    return [type_ for type_, _ in await announced(db)]


async def broken_checks(db: Database) -> list[str]:
    """Names of billing's invariants that do not hold."""
    return [check.name for check in BILLING_CHECKS if await db.read(lambda tx, sql=check.sql: tx.fetch(sql))]  # type: ignore[misc]  # as above


async def hold(db: Database, bill: Bill, amount_cents: int) -> Bill:
    """Put money in flight on a bill, as an accepted payment does."""
    held = bill.hold(amount_cents)
    await db.write(lambda tx: bills.update_amounts(tx, [held]))
    return held


async def pay_in(db: Database, credit_cents: int, member_id: UUID = MEMBER) -> UUID:
    """A payment of the past that is all credit, posted to the ledger."""
    payment_id = uuid4()
    await db.write(
        lambda tx: tx.execute(
            """
            INSERT INTO payment (payment_id, reference, member_id, amount_cents, credit_cents, credit_left_cents,
                                 method_type, card_id, brand, last4, expires, statement_text, status, charge_id,
                                 accepted_at, version)
            VALUES ($1, $1::uuid::text, $2, $3, $3, $3, 'card', 'card_1', 'visa', '4242', '2030-01', 'PORTAL',
                    'succeeded', $1::uuid::text, $4, 2)
            """,
            payment_id,
            member_id,
            credit_cents,
            NOW,
        )
    )
    return payment_id

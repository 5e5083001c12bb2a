"""The two statements that take payments down: what must be known first, and everything that they change.

A payment is the hottest path of the portal, and a round trip costs more than what it asks for: decision 18. Both take
any number of payments, as a statement costs more than its rows: decision 21. Next: `store/payments.py` moves them on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.payments.domain.bill import Bill
from services.payments.domain.method import Card
from services.payments.domain.payment import Payment
from services.payments.domain.policy import PolicyPrice
from services.payments.store.bills import LIST_OWED, LOCK_OWED, bill_columns, bill_from, in_lock_order, update_part
from services.payments.store.refusals import BILLS_ARE_FRESH, KEY_IS_FREE, METHODS_ARE_USABLE, refusals
from shared import idempotency, outbox
from shared.db import Tx

# what a member has is looked up member by member: OWED has `$1` and `$2` for its member and policies
_READ, _LOCK = (
    f"""
WITH head AS MATERIALIZED (
    SELECT number, payer_id, chosen::uuid[] AS chosen_ids, now() AS now,
           nextval('payment_reference') AS reference_number,
           ARRAY(SELECT updated_at
                   FROM payment
                  WHERE member_id = asked.payer_id AND status = 'declined' AND decline_code <> 'not_charged'
                  ORDER BY updated_at DESC
                  LIMIT $7) AS declined_at,
           ARRAY(SELECT (policy_id, next_bill_month, premium_cents, subsidy_cents)
                   FROM policy
                  WHERE member_id = asked.payer_id
                  ORDER BY coverage_start_on, policy_number, insurer_id) AS policies,
           earlier.body_hash, earlier.subject_id AS earlier_id,
           method.card_id, method.brand, method.last4, method.expires
      FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
           AS asked (payer_id, chosen, chosen_method_id, principal, route, key, number)
      LEFT JOIN LATERAL (
               SELECT card_id, brand, last4, expires
                 FROM payment_method
                WHERE method_id = asked.chosen_method_id AND member_id = asked.payer_id AND removed_at IS NULL
                LIMIT 1) AS method ON true
      LEFT JOIN LATERAL (
               SELECT body_hash, subject_id
                 FROM idempotency_key
                WHERE principal = asked.principal AND route = asked.route AND key = asked.key
                LIMIT 1) AS earlier ON true
)
SELECT head.*, owed.*
  FROM head
  LEFT JOIN LATERAL ({owed.replace("$1", "head.payer_id").replace("$2", "head.chosen_ids")}) AS owed ON true
"""  # noqa: S608 - parts of ours
    for owed in (LIST_OWED, LOCK_OWED)
)
_INSERT = f"""
WITH said AS ({outbox.INSERT}
), claimed AS ({idempotency.CLAIM}
), new AS (
    SELECT *
      FROM unnest($6::uuid[], $7::text[], $8::uuid[], $9::bigint[], $10::bigint[], $11::uuid[], $12::text[],
                  $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::timestamptz[], $19::bigint[],
                  $20::timestamptz[])
           AS new (payment_id, reference, member_id, amount_cents, credit_cents, method_id, card_id, brand, last4,
                   expires, statement_text, status, accepted_at, version, next_check_at)
), taken_down AS (
    INSERT INTO payment (payment_id, reference, member_id, amount_cents, credit_cents, method_id, card_id, brand,
                         last4, expires, statement_text, status, accepted_at, version, next_check_at, method_type)
    SELECT *, 'card'
      FROM new
), moved AS (
    INSERT INTO payment_transition (payment_id, sequence, status, at)
    SELECT payment_id, version, status, accepted_at
      FROM new
), given AS (
    INSERT INTO allocation (payment_id, position, bill_id, amount_cents, source)
    SELECT *, 'payment'
      FROM unnest($21::uuid[], $22::integer[], $23::uuid[], $24::bigint[])
), held AS ({update_part(25)})
SELECT refuse_unless((SELECT count(*) FROM claimed) = cardinality($6), '{KEY_IS_FREE}'),
       refuse_unless((SELECT count(*) FROM held) = cardinality($25::uuid[]), '{BILLS_ARE_FRESH}'),
       refuse_unless(NOT EXISTS (SELECT FROM payment_method WHERE method_id = ANY ($11) AND removed_at IS NOT NULL),
                     '{METHODS_ARE_USABLE}')
"""  # noqa: S608 - parts of ours; every value is a parameter


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants to pay under which key: on some policies, None for all, by a saved method or None for another card."""

    key: idempotency.Claim
    member_id: UUID
    policy_ids: Sequence[UUID] | None
    method_id: UUID | None


@dataclass(frozen=True, slots=True)
class BeforeNew:
    """What a new payment needs to know of its member.

    `earlier` is the hash of the body and the payment of an earlier request under the key. `reference_number` is one
    that no other payment has. `declined_at`, newest first, and `now` are machine time; a payment that was called off as
    the processor could not be reached says nothing of the card and is no decline. `card` is that of the saved method
    asked for, None where the member has no such method. `bills` are not paid in full, oldest first.
    """

    earlier: tuple[bytes, UUID] | None
    reference_number: int
    declined_at: Sequence[datetime]
    now: datetime
    policies: tuple[PolicyPrice, ...]
    card: Card | None
    bills: tuple[Bill, ...]


@dataclass(frozen=True, slots=True)
class NewPayment:
    """A payment just accepted under its key, the bills that it holds money on, and what is told of it.

    The resolver leaves it alone until `next_check_at`.
    """

    key: idempotency.Claim
    payment: Payment
    bills: tuple[Bill, ...]
    told: Sequence[outbox.Told]
    next_check_at: datetime


async def read_before(tx: Tx, asked: Sequence[Asked], *, most_declines: int, lock: bool) -> list[BeforeNew]:
    """Read it all, for each that is asked; with `lock`, the bills stay as they are until the commit.

    Numbers of refused payments are lost. Raises HeldByOthers.
    """
    with refusals():
        rows = await tx.fetch(
            _LOCK if lock else _READ,
            [it.member_id for it in asked],
            [None if it.policy_ids is None else f"{{{','.join(map(str, it.policy_ids))}}}" for it in asked],
            [it.method_id for it in asked],
            [it.key.principal for it in asked],
            [it.key.route for it in asked],
            [it.key.key for it in asked],
            most_declines,
        )
    found: dict[int, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row["number"], []).append(row)
    return [_before(found[number]) for number in range(1, len(asked) + 1)]


def _before(rows: Sequence[asyncpg.Record]) -> BeforeNew:
    head = rows[0]
    return BeforeNew(
        earlier=(head["body_hash"], head["earlier_id"]) if head["earlier_id"] else None,
        reference_number=head["reference_number"],
        declined_at=head["declined_at"],
        now=head["now"],
        policies=tuple(PolicyPrice(*policy) for policy in head["policies"]),
        card=Card(head["card_id"], head["brand"], head["last4"], head["expires"]) if head["card_id"] else None,
        bills=tuple(bill_from(row) for row in rows if row["bill_id"]),
    )


async def insert(tx: Tx, new: Sequence[NewPayment]) -> None:
    """Write payments with their keys, transitions, allocations, what they hold on bills, and what is told.

    Raises KeyTaken; StaleBill or StaleMethod when one has changed since it was read; HeldByOthers. Then nothing is
    written.
    """
    payments = [it.payment for it in new]
    parts = [(it.payment_id, position, part) for it in payments for position, part in enumerate(it.allocations, 1)]
    bills = in_lock_order(bill for it in new for bill in it.bills)
    with refusals():
        await tx.execute(
            _INSERT,
            outbox.packed([row for it in new for row in it.told]),
            *idempotency.columns([it.key for it in new]),
            [it.reference for it in payments],
            [it.member_id for it in payments],
            [it.amount_cents for it in payments],
            [it.credit_cents for it in payments],
            [it.method_id for it in payments],
            [it.card.card_id for it in payments],
            [it.card.brand for it in payments],
            [it.card.last4 for it in payments],
            [it.card.expires for it in payments],
            [it.statement_text for it in payments],
            [it.status for it in payments],
            [it.accepted_at for it in payments],
            [it.version for it in payments],
            [it.next_check_at for it in new],
            [payment_id for payment_id, _, _ in parts],
            [position for _, position, _ in parts],
            [part.bill_id for _, _, part in parts],
            [part.amount_cents for _, _, part in parts],
            *bill_columns(bills),
        )

"""The two statements that take a payment down: what must be known first, and everything that it changes.

A payment is the hottest path of the portal, and a round trip costs more than what it asks for: decision 18. Next:
`store/payments.py` moves it on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.payments.domain.bill import Bill
from services.payments.domain.method import Card
from services.payments.domain.payment import Payment
from services.payments.domain.policy import PolicyPrice
from services.payments.store.bills import LIST_OWED, LOCK_OWED, bill_columns, bill_from, update_part
from services.payments.store.refusals import BILLS_ARE_FRESH, KEY_IS_FREE, refusals
from shared import idempotency, outbox
from shared.db import Tx
from shared.fact import Fact

_HEAD = """
    SELECT nextval('payment_reference') AS reference_number, now() AS now,
           earlier.body_hash, earlier.subject_id AS earlier_id,
           ARRAY(SELECT updated_at
                   FROM payment
                  WHERE member_id = $1 AND status = 'declined' AND decline_code <> 'not_charged'
                  ORDER BY updated_at DESC
                  LIMIT $3) AS declined_at,
           ARRAY(SELECT (policy_id, next_bill_month, premium_cents, subsidy_cents)
                   FROM policy
                  WHERE member_id = $1
                  ORDER BY coverage_start_on, policy_number, insurer_id) AS policies,
           method.card_id, method.brand, method.last4, method.expires
      FROM (VALUES (true)) AS one (row)
      LEFT JOIN payment_method AS method ON method_id = $4 AND method.member_id = $1 AND removed_at IS NULL
      LEFT JOIN idempotency_key AS earlier ON principal = $5 AND route = $6 AND key = $7
"""
_READ, _LOCK = (
    f"WITH head AS MATERIALIZED ({_HEAD}), owed AS ({owed}) SELECT head.*, owed.* FROM head LEFT JOIN owed ON true"  # noqa: S608 - parts of ours
    for owed in (LIST_OWED, LOCK_OWED)
)
_INSERT = f"""
WITH said AS ({outbox.INSERT}
), claimed AS ({idempotency.CLAIM}
), taken_down AS (
    INSERT INTO payment (payment_id, reference, member_id, amount_cents, credit_cents, method_id, method_type,
                         card_id, brand, last4, expires, statement_text, status, accepted_at, version,
                         next_check_at)
    VALUES ($6, $7, $8, $9, $10, $11, 'card', $12, $13, $14, $15, $16, $17, $18, $19, $20)
), moved AS (
    INSERT INTO payment_transition (payment_id, sequence, status, at)
    VALUES ($6, $19, $17, $18)
), given AS (
    INSERT INTO allocation (payment_id, position, bill_id, amount_cents, source)
    SELECT $6, position, bill_id, amount_cents, 'payment'
      FROM unnest($21::uuid[], $22::bigint[]) WITH ORDINALITY AS part (bill_id, amount_cents, position)
), held AS ({update_part(23)})
SELECT refuse_unless((SELECT count(*) FROM claimed) = 1, '{KEY_IS_FREE}'),
       refuse_unless((SELECT count(*) FROM held) = cardinality($23::uuid[]), '{BILLS_ARE_FRESH}')
"""  # noqa: S608 - parts of ours; every value is a parameter


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


async def read_before(
    tx: Tx,
    key: idempotency.Claim,
    member_id: UUID,
    policy_ids: Sequence[UUID] | None,
    method_id: UUID | None,
    *,
    most_declines: int,
    lock: bool,
) -> BeforeNew:
    """Read it all; with `lock`, the bills stay as they are until the commit. Numbers of refused payments are lost."""
    rows = await tx.fetch(
        _LOCK if lock else _READ, member_id, policy_ids, most_declines, method_id, key.principal, key.route, key.key
    )
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


async def insert(
    tx: Tx, key: idempotency.Claim, payment: Payment, bills: Sequence[Bill], fact: Fact, next_check_at: datetime
) -> None:
    """Write a payment just accepted under its key, its transition, its allocations, what it holds on bills, its fact.

    The resolver leaves it alone until `next_check_at`. Raises KeyTaken, and StaleBill when a bill has changed since it
    was read; then nothing is written.
    """
    with refusals(payment, bills):
        await tx.execute(
            _INSERT,
            outbox.packed([fact]),
            *key.columns,
            payment.reference,
            payment.member_id,
            payment.amount_cents,
            payment.credit_cents,
            payment.method_id,
            payment.card.card_id,
            payment.card.brand,
            payment.card.last4,
            payment.card.expires,
            payment.statement_text,
            payment.status.value,
            payment.accepted_at,
            payment.version,
            next_check_at,
            [part.bill_id for part in payment.allocations],
            [part.amount_cents for part in payment.allocations],
            *bill_columns(bills),
        )

"""Enrollments as messages: the inbox gives each to billing once, in whatever order and number they come."""

from datetime import date
from uuid import UUID, uuid4

from services.payments.events import SUBSCRIPTIONS
from shared.contracts.identity import MemberEnrolledV1
from shared.db import Database
from shared.fact import Envelope
from shared.inbox import Delivery, Inbox
from shared.testing.clock import FixedClock
from tests.payments.billing_records import announced, bills_of, broken_checks, policies_row
from tests.payments.billing_samples import enrollment


def _message(fact: MemberEnrolledV1, event_id: UUID | None = None) -> Delivery:
    envelope = Envelope(
        event_id=event_id or uuid4(),
        type=fact.TYPE,
        source=fact.SOURCE,
        subject=fact.subject,
        time=fact.occurred_at,
        sequence=fact.version,
        correlation_id="enrolled-by-the-test",
        causation_id="enrolled-by-the-test",
    )
    return Delivery(envelope, fact.model_dump_json().encode())


async def test_a_batch_with_repeats_and_in_the_wrong_order_has_each_effect_once(
    payments_db: Database, clock: FixedClock
) -> None:
    """Payments was down for a day; what piled up comes at once: one policy, as the newest enrollment says, one bill."""
    inbox = Inbox(payments_db, clock, "payments", SUBSCRIPTIONS)
    first = _message(enrollment())
    change = _message(enrollment(2, action="change", effective_on=date(2027, 6, 1), premium_cents=33_000))
    dental = _message(enrollment(policy_number="D-1", kind="dental", premium_cents=4_000))
    await inbox.take([change, first, dental, first, change])
    await inbox.take([first])
    dental_row, health_row = await policies_row(payments_db)
    assert (health_row["premium_cents"], dental_row["premium_cents"]) == (33_000, 4_000)
    assert [bill.policy_number for bill in await bills_of(payments_db)] == ["D-1", "P-1001"]
    assert await broken_checks(payments_db) == []


async def test_what_billing_says_carries_on_the_thread_of_the_enrollment(
    payments_db: Database, clock: FixedClock
) -> None:
    """Every fact names the enrollment that caused it, and holds no name of a person."""
    event_id = uuid4()
    inbox = Inbox(payments_db, clock, "payments", SUBSCRIPTIONS)
    await inbox.take([_message(enrollment(), event_id)])
    rows = await payments_db.read(
        lambda tx: tx.fetch("SELECT exchange, routing_key, correlation_id, causation_id FROM outbox ORDER BY id")
    )
    assert [tuple(row) for row in rows] == [
        ("portal.events", "policy.enrolled.v1.acme", "enrolled-by-the-test", str(event_id)),
        ("portal.events", "bill.issued.v1.acme", "enrolled-by-the-test", str(event_id)),
    ]
    assert "Rivera" not in str(await announced(payments_db))

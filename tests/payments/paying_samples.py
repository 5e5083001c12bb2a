"""Payments to test with: what a test does not say is a $300 payment of a January bill by a Visa card."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from services.payments.domain.allocation import allocate
from services.payments.domain.bill import Bill
from services.payments.domain.method import Card
from services.payments.domain.payment import Payment, accept
from services.payments.domain.reference import make_reference
from tests.payments.billing_samples import MEMBER, a_bill

NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)  # ten in the morning in New York
KEY = b"a key of the tests, thirty-two b"
VISA = Card("card_of_the_tests", "visa", "4242", "2040-12")


def a_payment(amount_cents: int = 30_000, bills: tuple[Bill, ...] | None = None, **fields: Any) -> Payment:
    """A payment just accepted for the given bills (a January bill of $300)."""
    payment, _ = accept(
        uuid4(),
        reference=make_reference(7, KEY),
        member_id=MEMBER,
        split=allocate(amount_cents, (a_bill(),) if bills is None else bills),
        card=VISA,
        method_id=None,
        now=NOW,
    )
    return replace(payment, **fields)

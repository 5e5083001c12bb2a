"""Statements that are a whole transaction refuse themselves (`refuse_unless` in SQL); here that becomes an exception.

Used by `store/new_payments.py`, `store/scheduled_payments.py` and `store/payments.py`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import asyncpg

from services.payments.domain.bill import Bill
from services.payments.domain.payment import Payment
from shared.idempotency import KeyTaken

KEY_IS_FREE, PAYMENT_IS_FRESH, BILLS_ARE_FRESH = "key_is_free", "payment_is_fresh", "bills_are_fresh"


class StalePayment(Exception):
    """The payment is no longer at the version that the change was made from."""


class StaleBill(Exception):
    """A bill was changed by somebody else since it was read: it was saved without having been locked."""


@contextmanager
def refusals(payment: Payment, bills: Sequence[Bill] = ()) -> Iterator[None]:
    """Around such a statement: raises KeyTaken, StalePayment or StaleBill for what it refused itself for."""
    try:
        yield
    except asyncpg.CheckViolationError as error:
        match error.constraint_name:
            case "key_is_free":
                raise KeyTaken from None
            case "payment_is_fresh":
                raise StalePayment(f"{payment.payment_id}") from None
            case "bills_are_fresh":
                raise StaleBill(*(bill.bill_id for bill in bills)) from None
            case _:
                raise

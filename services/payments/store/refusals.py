"""Statements that are a whole transaction refuse themselves (`refuse_unless` in SQL); here that becomes an exception.

Used by `store/new_payments.py`, `store/scheduled_payments.py` and `store/payments.py`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from shared.idempotency import KeyTaken

KEY_IS_FREE, PAYMENT_IS_FRESH, BILLS_ARE_FRESH, METHODS_ARE_USABLE = (
    "key_is_free",
    "payment_is_fresh",
    "bills_are_fresh",
    "methods_are_usable",
)


class Overtaken(Exception):
    """Somebody was faster, or is at it: nothing was saved; read again how things stand."""


class StalePayment(Overtaken):
    """The payment is no longer at the version that the change was made from."""


class StaleBill(Overtaken):
    """A bill was changed by somebody else since it was read: it was saved without having been locked."""


class StaleMethod(Overtaken):
    """The saved method was removed since it was read."""


class HeldByOthers(Overtaken):
    """Somebody is at one of the rows, or at a whole table, and was not done in time."""


@contextmanager
def refusals() -> Iterator[None]:
    """Around such a statement: raises KeyTaken, StalePayment, StaleBill or StaleMethod for what it refused itself for.

    And HeldByOthers, in a session that does not wait for long: see `usecases/desk.py`.
    """
    try:
        yield
    except asyncpg.LockNotAvailableError:
        raise HeldByOthers from None
    except asyncpg.CheckViolationError as error:
        match error.constraint_name:
            case "key_is_free":
                raise KeyTaken from None
            case "payment_is_fresh":
                raise StalePayment from None
            case "bills_are_fresh":
                raise StaleBill from None
            case "methods_are_usable":
                raise StaleMethod from None
            case _:
                raise

"""What a processor is asked for, and what can come of it.

`providers/` makes the outcomes; `usecases/settle_payment.py` acts on them. Unknown is an outcome like the others:
nobody may take silence for a refusal.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

SAME_KEY_WITHIN = timedelta(hours=1)
"""How long the same charge may be posted again with the same key; later it is called off instead."""

CHECK_DELAYS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(hours=1),
    *(timedelta(days=1),) * 5,
)
"""How long the resolver waits before each time it asks the processor; after the last it is a person's turn."""


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """A charge to be made: `amount_cents` of USD to a kept card; `payment_id` is the processor's idempotency key."""

    payment_id: UUID
    amount_cents: int
    card_id: str
    reference: str
    statement_text: str


@dataclass(frozen=True, slots=True)
class Charged:
    """The money was taken, once, under the processor's `charge_id`."""

    charge_id: str


@dataclass(frozen=True, slots=True)
class Declined:
    """Nothing was taken, and nothing will be under this key; `code` is one of `domain/decline.py`."""

    code: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """The processor knows no charge under this key, at present."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The processor did not say; `reason` is for the log."""

    reason: str


Outcome = Charged | Declined | Unknown


def delay_before_check(checks_done: int) -> timedelta | None:
    """How long to wait before asking again after `checks_done` times; None when a person must look."""
    return CHECK_DELAYS[checks_done] if checks_done < len(CHECK_DELAYS) else None

"""The card processor as payments needs it; `registry.py` lists who can be it, `sandbox_processor.py` is the first.

Every implementation passes `tests/payments/providers/test_processor_contract.py`.
"""

from typing import Protocol
from uuid import UUID

from services.payments.domain.charge import ChargeOrder, NotFound, Outcome
from services.payments.domain.method import Card


class CardTokenRefused(Exception):
    """The processor does not know the token, or it was used before."""


class ProcessorUnavailable(Exception):
    """The processor did not give a usable answer; nothing that moves money was asked."""


class Processor(Protocol):
    """What a card processor does for us. Silence of a processor is an outcome (`Unknown`), never an exception."""

    async def save_card(self, token: str) -> Card:
        """Have the processor keep the card behind a token. Raises CardTokenRefused, ProcessorUnavailable."""
        ...

    async def charge(self, order: ChargeOrder) -> Outcome:
        """Charge once under the payment's id as key; asking again with the same order charges nothing more."""
        ...

    async def find_charge(self, payment_id: UUID) -> Outcome | NotFound:
        """Ask what became of the charge of a payment."""
        ...

    async def void(self, payment_id: UUID) -> Outcome:
        """Make sure that the payment is not charged from now on; its charge after all, where there is one."""
        ...

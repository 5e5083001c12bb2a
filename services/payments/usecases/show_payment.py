"""Find one payment of a member, by its id or its reference number."""

from uuid import UUID

from services.payments.domain.payment import Payment
from services.payments.domain.reference import parse_reference
from services.payments.store import payment_history, payments
from services.payments.store.payment_history import Moment
from services.payments.store.payments import PaymentNotFound
from shared.db import Tx


async def show_payment(tx: Tx, member_id: UUID, id_or_reference: str) -> tuple[Payment, list[Moment]]:
    """The payment with its timeline. Raises PaymentNotFound, also for another member's, and ReferenceMistyped."""
    payment = await _find(tx, id_or_reference)
    if payment.member_id != member_id:
        raise PaymentNotFound(id_or_reference)
    return payment, await payment_history.list_moments(tx, payment.payment_id)


async def _find(tx: Tx, id_or_reference: str) -> Payment:
    try:
        payment_id = UUID(id_or_reference)
    except ValueError:
        return await payment_history.get_by_reference(tx, parse_reference(id_or_reference))
    return await payments.get(tx, payment_id)

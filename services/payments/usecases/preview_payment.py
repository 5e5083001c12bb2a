"""Show what a payment would do, without taking anything down."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from services.payments.domain.keys import Keys
from services.payments.domain.quote import Preview
from services.payments.store import methods, scheduled_payments
from services.payments.usecases.make_quote import make_quote
from shared.db import Tx


async def preview_payment(
    tx: Tx,
    member_id: UUID,
    *,
    amount_cents: int,
    policy_ids: Sequence[UUID] | None,
    method_id: UUID | None,
    pay_on: date | None,
    keys: Keys,
    now: datetime,
) -> Preview:
    """Spread an amount over what is owed; on `pay_on` in New York, None for today.

    Raises UnknownPolicy, MethodNotFound, AmountAboveLimit, PayOnNotAllowed.
    """
    if method_id is not None:
        await methods.get_usable(tx, method_id, member_id)
    quote = await make_quote(tx, member_id, policy_ids)
    preview = quote.preview(amount_cents, now, keys.quote, pay_on=pay_on)
    return preview.beside(await scheduled_payments.get_cents_for(tx, member_id, policy_ids))

"""What a member asks for when they pay, and how each payment begins: key, declines of late, card, quote.

`accept_payment.py` makes it a payment at once, `schedule_payment.py` one on a later day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.payments.domain.keys import Keys
from services.payments.domain.limits import DECLINES_ALLOWED, check_declines
from services.payments.domain.method import Card
from services.payments.domain.payment import Payment
from services.payments.domain.quote import Preview, Quote, QuoteStale
from services.payments.domain.reference import make_reference
from services.payments.store import methods, payments, scheduled_payments
from services.payments.usecases.make_quote import make_quote
from shared import idempotency
from shared.db import Tx

ROUTE = "POST /v1/payments"


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a member asks for, under a key of theirs; `payment_id` is new and becomes the payment's when the key is.

    `card` is a card for this payment only, else `method_id` names a saved one. `pay_on` is a day in New York, None for
    today.
    """

    payment_id: UUID
    principal: str
    key: str
    body_hash: bytes
    member_id: UUID
    amount_cents: int
    policy_ids: Sequence[UUID] | None
    method_id: UUID | None
    card: Card | None
    quote_id: str | None
    pay_on: date | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The payment under the key: made just now, or by an earlier request and as it stands by now."""

    payment: Payment
    is_new: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """What a new payment is made of: its reference number, its card, and the quote that it was checked against."""

    reference: str
    card: Card
    quote: Quote
    preview: Preview


async def begin_payment(tx: Tx, request: PaymentRequest, keys: Keys, now: datetime) -> Accepted | Begun:
    """Claim the key and check all that a payment needs; or find the payment that this key has made.

    The bills of the quote stay locked until the commit. Raises KeyReused, TooManyDeclines, MethodNotFound,
    UnknownPolicy, AmountAboveLimit, PayOnNotAllowed, QuoteStale.
    """
    found = await _find_accepted(tx, request)
    if found is not None:
        return found
    before = await payments.read_before_new(tx, request.member_id, DECLINES_ALLOWED)
    check_declines(before.declined_at, before.now)
    card = request.card or await _saved_card(tx, request)
    quote = await make_quote(tx, request.member_id, request.policy_ids, lock=True)
    preview = await _checked_preview(tx, quote, request, keys, now)
    return Begun(make_reference(before.reference_number, keys.reference), card, quote, preview)


async def _find_accepted(tx: Tx, request: PaymentRequest) -> Accepted | None:
    """Claim the key; None when it is now ours for the first time. Raises KeyReused.

    Our own id under the key means that our commit had happened though its answer was lost: it is still ours to charge.
    """
    payment_id = await idempotency.claim(
        tx, request.principal, ROUTE, request.key, request.body_hash, request.payment_id
    )
    if payment_id is None:
        return None
    return Accepted(await payments.get(tx, payment_id), is_new=payment_id == request.payment_id)


async def _saved_card(tx: Tx, request: PaymentRequest) -> Card:
    if request.method_id is None:
        raise ValueError("a payment needs a saved method or a card of its own")
    return (await methods.get_usable(tx, request.method_id, request.member_id)).card


async def _checked_preview(tx: Tx, quote: Quote, request: PaymentRequest, keys: Keys, now: datetime) -> Preview:
    preview = quote.preview(request.amount_cents, now, keys.quote, pay_on=request.pay_on)
    if request.quote_id is None or request.quote_id == preview.quote_id:
        return preview
    scheduled_cents = await scheduled_payments.get_cents_for(tx, request.member_id, request.policy_ids)
    raise QuoteStale(preview.beside(scheduled_cents))

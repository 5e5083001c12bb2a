"""Take a payment down: key, payment, allocations, money in flight and `payment.accepted` in one commit.

Money moves afterwards: `charge_payment.py` asks the processor, `settle_payment.py` saves what came of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.payments.domain.keys import Keys
from services.payments.domain.limits import DECLINES_ALLOWED, check_declines
from services.payments.domain.method import Card
from services.payments.domain.payment import Payment, accept
from services.payments.domain.quote import Preview, Quote, QuoteStale
from services.payments.domain.reference import make_reference
from services.payments.store import bills, methods, payments
from services.payments.usecases.make_quote import make_quote
from shared import idempotency, outbox
from shared.db import Tx

ROUTE = "POST /v1/payments"


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What a member asks for, under a key of theirs; `payment_id` is new and becomes the payment's when the key is.

    `card` is a card for this payment only, else `method_id` names a saved one.
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


@dataclass(frozen=True, slots=True)
class Accepted:
    """The payment under the key: made just now, or by an earlier request and as it stands by now."""

    payment: Payment
    is_new: bool


async def accept_payment(tx: Tx, request: PaymentRequest, keys: Keys, lease: timedelta, now: datetime) -> Accepted:
    """Accept the payment, or find the one that this key has made; the resolver stays away from it for `lease`.

    Raises KeyReused, TooManyDeclines, MethodNotFound, UnknownPolicy, AmountAboveLimit, QuoteStale.
    """
    found = await _find_accepted(tx, request)
    if found is not None:
        return found
    before = await payments.read_before_new(tx, request.member_id, DECLINES_ALLOWED)
    check_declines(before.declined_at, before.now)
    card = request.card or await _saved_card(tx, request)
    quote = await make_quote(tx, request.member_id, request.policy_ids, lock=True)
    preview = _checked_preview(quote, request, keys, now)

    payment, fact = accept(
        request.payment_id,
        reference=make_reference(before.reference_number, keys.reference),
        member_id=request.member_id,
        split=preview.split,
        card=card,
        method_id=request.method_id,
        now=now,
    )

    await payments.insert(tx, payment, next_check_at=now + lease)
    await _hold_bills(tx, quote, payment)
    await outbox.add(tx, fact)
    return Accepted(payment, is_new=True)


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


def _checked_preview(quote: Quote, request: PaymentRequest, keys: Keys, now: datetime) -> Preview:
    preview = quote.preview(request.amount_cents, now, keys.quote)
    if request.quote_id is not None and request.quote_id != preview.quote_id:
        raise QuoteStale(preview)
    return preview


async def _saved_card(tx: Tx, request: PaymentRequest) -> Card:
    if request.method_id is None:
        raise ValueError("a payment needs a saved method or a card of its own")
    return (await methods.get_usable(tx, request.method_id, request.member_id)).card


async def _hold_bills(tx: Tx, quote: Quote, payment: Payment) -> None:
    part_cents = {part.bill_id: part.amount_cents for part in payment.allocations}
    held = [bill.hold(part_cents[bill.bill_id]) for bill in quote.bills if bill.bill_id in part_cents]
    if held:
        await bills.update_amounts(tx, held)

"""What a member asks for when they pay, and how each payment begins: key, declines of late, card, quote.

`accept_payment.py` makes it a payment at once, `schedule_payment.py` one on a later day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.payments.domain.bill import Bill
from services.payments.domain.keys import Keys
from services.payments.domain.limits import DECLINES_ALLOWED, check_declines
from services.payments.domain.method import Card
from services.payments.domain.payment import Payment
from services.payments.domain.quote import Preview, Quote, QuoteStale
from services.payments.domain.reference import make_reference
from services.payments.store import new_payments, payments, scheduled_payments
from services.payments.store.methods import MethodNotFound
from services.payments.store.new_payments import Asked, BeforeNew
from services.payments.usecases.make_quote import quote_of
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

    @property
    def claim(self) -> idempotency.Claim:
        """The key, for the payment that this request would make."""
        return idempotency.Claim(self.principal, ROUTE, self.key, self.body_hash, self.payment_id)

    @property
    def asked(self) -> Asked:
        """What must be known of the member first."""
        return Asked(self.claim, self.member_id, self.policy_ids, self.method_id)

    def fits(self, preview: Preview) -> bool:
        """Whether what the member has agreed to, if they were shown anything, is still what the payment does."""
        return self.quote_id is None or self.quote_id == preview.quote_id


@dataclass(frozen=True, slots=True)
class Accepted:
    """The payment under the key: made just now, or by an earlier request and as it stands by now.

    `bills` are those that a payment made just now holds, as they were saved with it; None where they are not known.
    """

    payment: Payment
    is_new: bool
    bills: tuple[Bill, ...] | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """What a new payment is made of: its reference number, its card, and the quote that it was checked against."""

    reference: str
    card: Card
    quote: Quote
    preview: Preview


async def begin_payment(tx: Tx, request: PaymentRequest, keys: Keys, now: datetime, *, lock: bool) -> Accepted | Begun:
    """Check all that a payment needs; or find the payment that this key has made.

    With `lock` the bills of the quote stay as they are until the commit; else whoever saves the payment sees to it that
    they still are. Raises KeyReused, TooManyDeclines, MethodNotFound, UnknownPolicy, AmountAboveLimit, PayOnNotAllowed,
    QuoteStale.
    """
    [before] = await new_payments.read_before(tx, [request.asked], most_declines=DECLINES_ALLOWED, lock=lock)
    if before.earlier is not None:
        return await _made_before(tx, request, *before.earlier)
    begun = begin(before, request, keys, now)
    if not request.fits(begun.preview):
        scheduled_cents = await scheduled_payments.get_cents_for(tx, request.member_id, request.policy_ids)
        raise QuoteStale(begun.preview.beside(scheduled_cents))
    return begun


def begin(before: BeforeNew, request: PaymentRequest, keys: Keys, now: datetime) -> Begun:
    """Check what was read for the request, whose key is new; whether the quote still fits is for the caller to see.

    Raises TooManyDeclines, MethodNotFound, UnknownPolicy, AmountAboveLimit, PayOnNotAllowed.
    """
    check_declines(before.declined_at, before.now)
    card = _card(request, before.card)
    quote = quote_of(request.member_id, before.policies, before.bills, request.policy_ids)
    preview = quote.preview(request.amount_cents, now, keys.quote, pay_on=request.pay_on)
    return Begun(make_reference(before.reference_number, keys.reference), card, quote, preview)


def _card(request: PaymentRequest, saved: Card | None) -> Card:
    card = request.card or saved
    if card is not None:
        return card
    if request.method_id is None:
        raise ValueError("a payment needs a saved method or a card of its own")
    raise MethodNotFound(request.method_id)


async def _made_before(tx: Tx, request: PaymentRequest, body_hash: bytes, payment_id: UUID) -> Accepted:
    """The payment that this key has made. Raises KeyReused.

    Our own id under the key means that our commit had happened though its answer was lost: it is still ours to charge.
    """
    if body_hash != request.body_hash:
        raise idempotency.KeyReused
    return Accepted(await payments.get(tx, payment_id), is_new=payment_id == request.payment_id)

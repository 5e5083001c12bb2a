"""The one place where what went wrong in payments becomes an answer, in plain words."""

from collections.abc import Callable, Mapping
from typing import Any

from services.payments.domain.limits import AmountAboveLimit, TooManyDeclines
from services.payments.domain.payment import NotCancelable
from services.payments.domain.quote import QuoteStale
from services.payments.domain.reference import ReferenceMistyped
from services.payments.domain.schedule import PayOnNotAllowed, TooLateToCancel
from services.payments.http.schemas_payments import PreviewShown
from services.payments.providers.processor import ProcessorUnavailable
from services.payments.store.bills import BillNotFound
from services.payments.store.methods import MethodNotFound
from services.payments.store.payments import PaymentNotFound
from services.payments.store.policies import PolicyNotFound
from services.payments.usecases.charges_under_way import TooManyCharges
from services.payments.usecases.lookup_throttle import TooManyLookups
from services.payments.usecases.make_quote import UnknownPolicy
from services.payments.usecases.show_what_if import WhatIfAboveLimit
from shared.clocks import NEW_YORK
from shared.http.problems import FieldError, Problem, not_found, waiting_time
from shared.switches import SwitchedOff


def _not_found(_error: Exception) -> Problem:
    return not_found()


def _not_found_at(pointer: str, message: str) -> Problem:
    plain = not_found()
    return Problem(plain.status, plain.code, plain.title, plain.detail, errors=[FieldError(pointer, message)])


def _no_such_method(_error: MethodNotFound) -> Problem:
    return _not_found_at("/method_id", "You have no such payment method.")


def _no_such_policy(error: UnknownPolicy) -> Problem:
    return _not_found_at(f"/policy_ids/{error.position}", "You have no such policy.")


def _amount_above_limit(error: AmountAboveLimit) -> Problem:
    if error.largest_cents == 0:
        message = "Nothing is owed on this at present, so nothing can be paid."
    else:
        message = f"The most that can be paid at once is {_dollars(error.largest_cents)}."
    return Problem(
        422,
        "amount-above-limit",
        "This amount is more than can be paid at once.",
        f"{message} That is what is owed and 12 months ahead.",
        errors=[FieldError("/amount_cents", message, "amount_above_limit")],
        extra={"largest_cents": error.largest_cents},
    )


def _what_if_above_limit(error: WhatIfAboveLimit) -> Problem:
    """As above; the amount is a parameter there, and no field of a body."""
    told = _amount_above_limit(error)
    errors = [FieldError("?amount_cents", wrong.message, wrong.code) for wrong in told.errors]
    return Problem(told.status, told.code, told.title, told.detail, errors=errors, extra=told.extra)


def _pay_on_not_allowed(error: PayOnNotAllowed) -> Problem:
    latest = error.latest_pay_on
    if latest is None:
        message = "Nothing is due on a later day, so this can only be paid today."
    else:
        message = f"Choose today or a day up to {latest:%B} {latest.day}, {latest.year}, when the last of this is due."
    return Problem(
        422,
        "pay-on-not-allowed",
        "A payment cannot be made on this day.",
        f"{message} Leave the day out to pay now.",
        errors=[FieldError("/pay_on", message, "pay_on_not_allowed")],
        extra={"latest_pay_on": latest.isoformat() if latest else None},
    )


def _too_late_to_cancel(error: TooLateToCancel) -> Problem:
    until = error.cancel_until.astimezone(NEW_YORK)
    what_now = (
        "The payment was made already. If it should not have been, contact support with its reference number."
        if error.has_run
        else "It will be made as agreed. To keep it from being made, remove the card it would be paid with "
        "before it runs, or contact support with its reference number."
    )
    return Problem(
        409,
        "too-late-to-cancel",
        "It is too late to cancel this payment.",
        f"It could be canceled until 8 p.m. New York time on {until:%B} {until.day}, {until.year}. {what_now}",
        extra={"cancel_until": error.cancel_until.isoformat()},
    )


def _not_cancelable(_error: NotCancelable) -> Problem:
    return Problem(
        409,
        "not-cancelable",
        "This payment cannot be canceled.",
        "Only a payment on a later day can be canceled, until the evening before. "
        "If this one should not have been made, contact support with its reference number.",
    )


def _quote_stale(error: QuoteStale) -> Problem:
    return Problem(
        409,
        "quote-stale",
        "What you owe has changed since this was shown.",
        "Nothing was paid. Look at the new preview and confirm it.",
        extra={"preview": PreviewShown.of(error.preview).model_dump(mode="json")},
    )


def _too_many_declines(error: TooManyDeclines) -> Problem:
    return Problem(
        429,
        "too-many-declines",
        "Too many payments were declined within an hour.",
        f"You can try again in {waiting_time(error.retry_after_seconds)}. "
        "Meanwhile please check your card with the bank that issued it.",
        headers={"Retry-After": str(error.retry_after_seconds)},
    )


def _too_many_lookups(error: TooManyLookups) -> Problem:
    return Problem(
        429,
        "too-many-lookups",
        "Too many reference numbers were looked up from here.",
        "Please wait a minute, or log in to see your payments.",
        headers={"Retry-After": str(error.retry_after_seconds)},
    )


def _too_many_charges(_error: TooManyCharges) -> Problem:
    return Problem(
        503,
        "too-many-charges",
        "Many payments are being made at this moment.",
        "Nothing was taken. Please send it again shortly, with the same Idempotency-Key.",
        headers={"Retry-After": "1"},
    )


def _payments_paused(_error: SwitchedOff) -> Problem:
    return Problem(
        503,
        "payments-paused",
        "Payments are paused at the moment.",
        "Nothing was charged and nothing was taken down. Please try again later; your bills and their due dates are "
        "under Bills, and payments that you have scheduled will run once payments go on.",
        headers={"Retry-After": "300"},
    )


def _processor_unavailable(_error: ProcessorUnavailable) -> Problem:
    return Problem(
        503,
        "processor-unavailable",
        "The card processor does not answer at the moment.",
        "Nothing was taken. Please try again shortly.",
        headers={"Retry-After": "5"},
    )


def _reference_mistyped(error: ReferenceMistyped) -> Problem:
    return Problem(
        422,
        "reference-mistyped",
        "This is not a payment reference number.",
        f"Check it against your receipt: {error}. It looks like HC-XXXX-XXXX-X.",
        errors=[FieldError("/reference", "A character of this reference number is wrong or missing.")],
    )


PROBLEMS: Mapping[type[Exception], Callable[[Any], Problem]] = {
    BillNotFound: _not_found,
    PolicyNotFound: _not_found,
    PaymentNotFound: _not_found,
    MethodNotFound: _no_such_method,
    UnknownPolicy: _no_such_policy,
    AmountAboveLimit: _amount_above_limit,
    WhatIfAboveLimit: _what_if_above_limit,
    PayOnNotAllowed: _pay_on_not_allowed,
    TooLateToCancel: _too_late_to_cancel,
    NotCancelable: _not_cancelable,
    QuoteStale: _quote_stale,
    TooManyDeclines: _too_many_declines,
    TooManyLookups: _too_many_lookups,
    TooManyCharges: _too_many_charges,
    SwitchedOff: _payments_paused,
    ProcessorUnavailable: _processor_unavailable,
    ReferenceMistyped: _reference_mistyped,
}


def _dollars(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02d}"

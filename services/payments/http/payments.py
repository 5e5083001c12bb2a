"""`/v1/payments`: preview, pay, list, show and cancel; `/v1/track` for who has only the reference number.

The way of `pay`: accept in one commit -> charge with no transaction open -> settle in a second commit. On a later day:
schedule in one commit; `jobs.py` goes on.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID, uuid4

import structlog

from services.payments.domain.bill import Bill
from services.payments.domain.charge import Outcome
from services.payments.domain.payment import Payment, PaymentStatus
from services.payments.domain.quote import Preview
from services.payments.domain.reference import parse_reference
from services.payments.http.methods import kept_card
from services.payments.http.schemas_coverage import CoverageAfter
from services.payments.http.schemas_history import PaymentsQuery, cursor_after
from services.payments.http.schemas_payments import (
    NewPayment,
    PaymentDetails,
    PaymentShown,
    PaymentsPage,
    PreviewRequest,
    PreviewShown,
    TrackShown,
)
from services.payments.providers.watched_processor import CHARGING
from services.payments.store import payment_history, payments
from services.payments.store.refusals import Overtaken, StaleMethod
from services.payments.usecases.accept_payment import MoreToRead, accept_payment, accept_together
from services.payments.usecases.cancel_payment import cancel_payment
from services.payments.usecases.charge_payment import charge_payment
from services.payments.usecases.parts import Parts
from services.payments.usecases.payment_request import ROUTE, Accepted, PaymentRequest, begin_payment
from services.payments.usecases.preview_coverage import preview_coverage
from services.payments.usecases.preview_payment import preview_payment
from services.payments.usecases.schedule_payment import schedule_payment
from services.payments.usecases.settle_payment import is_one_statement, settle_accepted, settle_payment, settle_together
from services.payments.usecases.show_payment import show_payment as find_own
from shared import idempotency
from shared.clocks import business_day
from shared.crash import crash_point
from shared.db import Tx, Unavailable
from shared.http.problems import FieldError, Problem
from shared.http.routes import Call, Reply
from shared.idempotency import KeyTaken
from shared.log import describe
from shared.together import GoAlone

log = structlog.get_logger()

TRIES_FOR_KEY = 5


async def preview(call: Call[Parts, PreviewRequest]) -> PreviewShown:
    """What a payment of this amount would do; nothing is taken down."""

    async def read(tx: Tx) -> tuple[Preview, list[CoverageAfter]]:
        async with tx.transaction(isolation="repeatable_read", readonly=True):
            found = await preview_payment(
                tx,
                call.member_id,
                amount_cents=call.body.amount_cents,
                policy_ids=call.body.policy_ids,
                method_id=call.body.method_id,
                pay_on=call.body.pay_on,
                keys=call.parts.keys,
                now=call.now(),
            )
            after = await preview_coverage(
                tx, call.member_id, call.body.policy_ids, found.split.allocations, found.counts_on
            )
        return found, [CoverageAfter.of_policy(policy, outlook) for policy, outlook in after]

    return PreviewShown.of(*await call.parts.db.read(read))


async def pay(call: Call[Parts, NewPayment]) -> PaymentShown:
    """Make or schedule the payment, or show the one that this key has made. A decline is an answer, not an error."""
    _require_one_method(call.body)
    payment_id = uuid4()
    with call.parts.charges.slot(payment_id):
        accepted = await _accept(call, payment_id)
        if accepted.is_new and accepted.payment.status is PaymentStatus.SCHEDULED:
            return PaymentShown.of(accepted.payment, call.now())
        if accepted.is_new:
            return PaymentShown.of(await _charge(call, accepted), call.now())
    return PaymentShown.of(await _as_it_is_now(call.parts, accepted.payment.payment_id), call.now())


async def list_payments(call: Call[Parts, None]) -> Reply:
    """A page of the member's payments, newest first, with a link to the next page where there is one."""
    query: PaymentsQuery = call.query
    now = call.now()

    async def read(tx: Tx) -> list[Payment]:
        return await payment_history.list_page(
            tx, call.member_id, query.filters, before=query.cursor, limit=query.limit + 1
        )

    found = await call.parts.db.read(read)
    shown = found[: query.limit]
    next_cursor = cursor_after(shown[-1]) if len(found) > query.limit else None
    page = PaymentsPage(items=tuple(PaymentShown.of(payment, now) for payment in shown), next_cursor=next_cursor)
    return Reply(page, headers=_link(query, next_cursor) if next_cursor else {})


async def show_payment(call: Call[Parts, None]) -> PaymentDetails:
    """One payment of the member, by id or reference number, with its timeline."""
    wanted = call.path["payment_id_or_reference"]
    payment, moments = await call.parts.db.read(lambda tx: find_own(tx, call.member_id, wanted))
    return PaymentDetails.with_timeline(payment, moments, call.now())


async def cancel(call: Call[Parts, None]) -> PaymentShown:
    """Cancel one of the member's payments on a later day, until its cut-off; once canceled it is shown again."""
    wanted, now = call.path["payment_id_or_reference"], call.now()
    crash_point("payments.canceling")
    canceled = await call.parts.db.write(lambda tx: cancel_payment(tx, call.member_id, wanted, now))
    crash_point("payments.canceled")
    return PaymentShown.of(canceled, now)


async def track(call: Call[Parts, None]) -> TrackShown:
    """Status, amount and day of a payment for who knows its reference number; few tries per address."""
    call.parts.lookups.count(call.client_address)
    reference = parse_reference(call.path["reference"])
    return TrackShown.of(await call.parts.db.read(lambda tx: payment_history.get_by_reference(tx, reference)))


async def _accept(call: Call[Parts, NewPayment], payment_id: UUID) -> Accepted:
    body, parts = call.body, call.parts
    body_hash = idempotency.body_hash(body)
    principal = str(call.account_id)
    now = call.now()
    card = None
    if body.method is not None or not parts.switches.is_on(CHARGING):
        earlier_id = await parts.db.read(
            lambda tx: idempotency.find(tx, principal, ROUTE, call.idempotency_key, body_hash)
        )
        if earlier_id is not None:
            return Accepted(await parts.db.read(lambda tx: payments.get(tx, earlier_id)), is_new=False)
        parts.switches.require(CHARGING)
    if body.method is not None:
        _refuse_later_day(body, now)
        card = await kept_card(parts.processor, body.method.token, "/method/token")
    request = PaymentRequest(
        payment_id=payment_id,
        principal=principal,
        key=call.idempotency_key,
        body_hash=body_hash,
        member_id=call.member_id,
        amount_cents=body.amount_cents,
        policy_ids=body.policy_ids,
        method_id=body.method_id,
        card=card,
        quote_id=body.quote_id,
        pay_on=body.pay_on,
    )

    accepted = await _take_down(parts, request, now)
    crash_point("payments.accepted")
    return accepted


async def _take_down(parts: Parts, request: PaymentRequest, now: datetime) -> Accepted:
    """The first commit: with others of this moment; where more must be read or somebody was faster, on locked bills."""
    crash_point("payments.accepting")
    if _is_later(request, now):
        return await _until_key_is_known(
            lambda: parts.db.write_alone(lambda tx: schedule_payment(tx, request, parts.keys, now))
        )
    lease = parts.charge_lease
    try:
        return await accept_together(parts.desk, request, parts.keys, lease, parts.clock)
    except (MoreToRead, GoAlone, KeyTaken, Overtaken) as error:
        log.info("payment_goes_alone", payment_id=request.payment_id, **describe(error))
    # whose key was used needs no bill, and waits for none
    found = await parts.db.read(lambda tx: begin_payment(tx, request, parts.keys, now, lock=False))
    if isinstance(found, Accepted):
        return found
    return await _until_key_is_known(
        lambda: parts.db.write(lambda tx: accept_payment(tx, request, parts.keys, lease, parts.clock.now()))
    )


async def _until_key_is_known(take_down: Callable[[], Awaitable[Accepted]]) -> Accepted:
    """Again when another request took the key since it was looked up: then its payment is found. Raises Unavailable.

    Also when the method was removed since then: then that is said.
    """
    for _ in range(TRIES_FOR_KEY):
        try:
            return await take_down()
        except (KeyTaken, StaleMethod):
            continue
    raise Unavailable("others keep taking the key and giving it back")


async def _charge(call: Call[Parts, NewPayment], accepted: Accepted) -> Payment:
    parts, payment, held = call.parts, accepted.payment, accepted.bills
    outcome = await charge_payment(parts.processor, payment)
    now = call.now()
    try:
        settled = await _settle(parts, payment, held, outcome, now)
    except (GoAlone, Overtaken) as error:
        log.info("payment_goes_alone", payment_id=payment.payment_id, **describe(error))
        settled = await parts.db.write(lambda tx: settle_payment(tx, payment.payment_id, outcome, now))
    crash_point("payments.settled")
    return settled


async def _settle(
    parts: Parts, payment: Payment, held: Sequence[Bill] | None, outcome: Outcome, now: datetime
) -> Payment:
    """The second commit, on what this process knows; with others of this moment where one statement is all."""
    if held is None:
        return await parts.db.write(lambda tx: settle_payment(tx, payment.payment_id, outcome, now))
    if is_one_statement(payment, held, outcome):
        return await settle_together(parts.desk, payment, held, outcome, now)
    return await parts.db.write(lambda tx: settle_accepted(tx, payment, held, outcome, now))


async def _as_it_is_now(parts: Parts, payment_id: UUID) -> Payment:
    """The payment of an earlier request with this key, once this process is done with it."""
    await parts.charges.wait(payment_id)
    return await parts.db.read(lambda tx: payments.get(tx, payment_id))


def _require_one_method(body: NewPayment) -> None:
    if (body.method_id is None) == (body.method is None):
        error = FieldError("/method_id", "Give either method_id (a saved method) or method (a card for this once).")
        raise Problem(422, "invalid-fields", "Some fields need to be corrected.", errors=[error])


def _is_later(wanted: NewPayment | PaymentRequest, now: datetime) -> bool:
    return wanted.pay_on is not None and wanted.pay_on > business_day(now)


def _refuse_later_day(body: NewPayment, now: datetime) -> None:
    """A card that is not kept can not be charged on another day."""
    if _is_later(body, now):
        error = FieldError(
            "/method", "A card that is used once is charged today. To pay on a later day, save the card and choose it."
        )
        raise Problem(422, "invalid-fields", "Some fields need to be corrected.", errors=[error])


def _link(query: PaymentsQuery, next_cursor: str) -> dict[str, str]:
    filters = query.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"cursor"})
    return {"Link": f'</v1/payments?{urlencode(filters | {"cursor": next_cursor})}>; rel="next"'}

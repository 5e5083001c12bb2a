"""GET /v1/payments/{payment_id_or_reference}/receipt: the receipt of one payment as PDF, made by the gateway itself.

Next: `usecases/show_receipt.py`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.gateway.domain.client_address import client_address
from services.gateway.domain.owner import Owner
from services.gateway.domain.receipt import NoReceiptYet
from services.gateway.domain.wording import Language
from services.gateway.http.headers import all_values, bearer_token
from services.gateway.http.limits import admit
from services.gateway.http.routes import PublicRoute
from services.gateway.providers.visit import Visit
from services.gateway.usecases.parts import Parts
from services.gateway.usecases.resolve_caller import TokenKind
from services.gateway.usecases.show_receipt import show_receipt
from shared.http.models import Input
from shared.http.openapi import openapi_part
from shared.http.problems import Problem
from shared.http.routes import Call, Reply, Route, Who

PDF = "application/pdf"
STATES = {
    "scheduled": "This payment is planned for a later day; no money has moved yet.",
    "awaiting_funds": "We wait for the money to arrive.",
    "accepted": "We have taken the payment down; the bank has not answered yet. Do not pay again.",
    "processing": "The bank has not answered yet. Do not pay again; we tell you by e-mail.",
    "declined": "The payment was declined and paid nothing.",
    "canceled": "The payment was canceled and paid nothing.",
}
OTHER_STATE = "The money of this payment did not stay with us."


class ReceiptQuery(Input):
    """`language`: en or es; left out, that of the account."""

    language: Language | None = None


async def receipt(call: Call[Parts, None]) -> Reply:
    """The receipt, to be shown in the browser and kept."""
    forwarded = ",".join(all_values(call.headers, "X-Forwarded-For"))
    address = client_address(call.client_address, forwarded, call.parts.proxies)
    limits = admit(call.parts, LIMITED, address)
    caller = await call.parts.callers.resolve(TokenKind.SESSION, bearer_token(call.headers))
    visit = Visit(address, call.user_agent, call.request_id, caller)
    shown = await show_receipt(call.parts, visit, call.path["payment_id_or_reference"], call.query.language)
    named = {"Content-Disposition": shown.disposition, "Content-Language": shown.language.value}
    return Reply(shown.pdf, headers={**named, **limits}, content_type=PDF)


def no_receipt_yet(error: NoReceiptYet) -> Problem:
    """What to say of a payment that has no receipt: where it stands."""
    return Problem(
        409,
        "no-receipt-yet",
        "There is no receipt for this payment.",
        STATES.get(error.status, OTHER_STATE),
        extra={"reference": error.reference, "payment_status": error.status},
    )


RECEIPT_ROUTE = Route(
    "GET",
    "/v1/payments/{payment_id_or_reference}/receipt",
    receipt,
    who=Who.ANYONE,  # the session is turned into a caller here, as for every public URL
    summary="The receipt of a payment as PDF",
    query=ReceiptQuery,
    problems=("no-receipt-yet",),
)
LIMITED = PublicRoute(RECEIPT_ROUTE.method, RECEIPT_ROUTE.path, Owner.PAYMENTS, Who.MEMBER)


def receipt_description() -> Mapping[str, Any]:
    """The route's part of the API document."""
    part = openapi_part((replace(RECEIPT_ROUTE, who=Who.MEMBER),))
    answers = part["paths"][RECEIPT_ROUTE.path]["get"]["responses"]
    del answers["204"]
    answers["200"] = {"description": RECEIPT_ROUTE.summary, "content": {PDF: {}}}
    return part

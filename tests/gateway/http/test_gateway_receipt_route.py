"""GET /v1/payments/{payment}/receipt at the gateway: whose, in which language, and when there is none."""

from io import BytesIO
from typing import Any

import pytest
from aiohttp import web
from openapi_spec_validator import OpenAPIV31SpecValidator
from pypdf import PdfReader

from services.gateway.http.receipt import RECEIPT_ROUTE
from shared.http.problems import CONTENT_TYPE
from tests.gateway.gateway_world import SERVICE_TOKEN, World
from tests.gateway.receipt_facts import REFERENCE

SILVER, DENTAL = "6f6b7c9e-0000-4000-8000-000000000001", "6f6b7c9e-0000-4000-8000-000000000002"
ADDRESS = f"/v1/payments/{REFERENCE}/receipt"


def allocation(policy_id: str, policy_number: str, coverage_month: str, amount_cents: int) -> dict[str, Any]:
    """What payments says of one part of a payment."""
    return {
        "bill_id": SILVER,
        "policy_id": policy_id,
        "policy_number": policy_number,
        "coverage_month": coverage_month,
        "due_on": "2026-12-23",
        "amount_cents": amount_cents,
    }


PAYMENT: dict[str, Any] = {
    "payment_id": "6f6b7c9e-0000-4000-8000-000000000009",
    "reference": REFERENCE,
    "status": "succeeded",
    "amount_cents": 60_000,
    "allocations": [
        allocation(SILVER, "EV-1001", "2027-02", 27_250),
        allocation(DENTAL, "DN-5522", "2027-01", 4_000),
        allocation(SILVER, "EV-1001", "2027-01", 27_250),
    ],
    "credit_cents": 1_500,
    "method": {"type": "card", "method_id": None, "brand": "visa", "last4": "4242"},
    "statement_text": "HEALTHCONN HC7K3MQ9XD2",
    "decline": None,
    "accepted_at": "2026-11-24T18:04:00Z",
    "timeline": [],
}
POLICY = {
    "policy_id": SILVER,
    "policy_number": "EV-1001",
    "insurer": {"insurer_id": "evergreen", "name": "Evergreen Health Plan"},
    "plan": "Evergreen Silver 2500",
    "kind": "health",
    "premium_cents": 48_250,
    "subsidy_cents": 21_000,
    "coverage_start_on": "2027-01-01",
    "coverage_end_on": None,
    "coverage_status": "active",
    "coverage": {"paid_through_on": "2027-02-28"},
}
ACCOUNT = {
    "account_id": SILVER,
    "status": "verified",
    "username": "ana",
    "legal_name": {"first": "Ana", "middle": None, "last": "Ruiz", "suffix": None},
    "date_of_birth": "1990-02-03",
    "ssn_last4": "0177",
    "email": "ana@mail.example",
    "phone": None,
    "language": "en",
    "mailing_address": None,
}


def behind(world: World, *, payment: dict[str, Any] | None = None, language: str = "en") -> None:
    """Let the services answer with a payment, its policy and Ana's account."""

    async def payments(request: web.Request, _body: bytes) -> web.StreamResponse:
        if request.path == "/v1/policies":
            return web.json_response({"items": [POLICY]})
        if request.path == f"/v1/payments/{REFERENCE}":
            return web.json_response(PAYMENT | (payment or {}))
        told = {"type": "https://portal.example/problems/not-found", "title": "We could not find that.", "status": 404}
        return web.json_response(told, status=404, content_type=CONTENT_TYPE)

    async def identity(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.json_response(ACCOUNT | {"language": language})

    world.payments.answer, world.identity.answer = payments, identity


def text_of(pdf: bytes) -> str:
    """The text of a PDF on one line."""
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


async def test_a_member_gets_the_receipt_of_a_payment(world: World) -> None:
    """A PDF, shown in the browser and saved under its reference, kept by no cache."""
    behind(world)
    answered = await world.gateway.call("GET", ADDRESS, token="ana-token")
    assert (answered.status, answered.headers["Content-Type"]) == (200, "application/pdf")
    assert answered.headers["Content-Disposition"] == f'inline; filename="receipt-{REFERENCE}.pdf"'
    assert answered.headers["Cache-Control"] == "no-store"
    assert answered.headers["Content-Language"] == "en"
    assert "RateLimit" in answered.headers
    text = text_of(answered.body)
    for said in (REFERENCE, "$600.00", "Ana Ruiz", "Evergreen Health Plan · Evergreen Silver 2500", "$15.00"):
        assert said in text


async def test_months_stand_under_their_policies(world: World) -> None:
    """However the payment was divided, each policy is named once, with its months in order and its total."""
    behind(world)
    text = text_of((await world.gateway.call("GET", ADDRESS, token="ana-token")).body)
    assert text.index("January 2027 Dec 23, 2026 $272.50") < text.index("February 2027 Dec 23, 2026 $272.50")
    assert text.count("Policy EV-1001") == 1
    assert "Total for this policy $545.00" in text
    assert text.count("Policy DN-5522") == 1, "a policy that is not listed any more is named by its number"


async def test_the_services_are_asked_as_the_member(world: World) -> None:
    """Whose payment it is decides payments, by the member's own token."""
    behind(world)
    await world.gateway.call("GET", ADDRESS, token="ana-token")
    asked = [*world.payments.received, *world.identity.received]
    assert {it.target for it in asked} == {f"/v1/payments/{REFERENCE}", "/v1/policies", "/v1/account"}
    assert {it.headers["Authorization"] for it in asked} == {f"Bearer {SERVICE_TOKEN}ana-token"}


@pytest.mark.parametrize(
    ("of_account", "query", "language"),
    [("en", "", "en"), ("es", "", "es"), ("es", "?language=en", "en"), ("en", "?language=es", "es"), ("fr", "", "en")],
)
async def test_the_language_is_the_accounts_or_the_one_asked_for(
    world: World, of_account: str, query: str, language: str
) -> None:
    """The account's language, unless another is asked for; a language that we do not speak is English."""
    behind(world, language=of_account)
    answered = await world.gateway.call("GET", ADDRESS + query, token="ana-token")
    assert answered.headers["Content-Language"] == language
    assert ("Recibo de pago" if language == "es" else "Payment receipt") in text_of(answered.body)


@pytest.mark.parametrize(
    "query", ["?language=fr", "?language=", "?language=EN", "?language=en&language=es", "?lang=en"]
)
async def test_a_language_we_do_not_speak_is_refused_by_name(world: World, query: str) -> None:
    """What cannot be asked for is named, and nobody is asked."""
    answered = await world.gateway.call("GET", ADDRESS + query, token="ana-token")
    assert (answered.status, answered.problem) == (422, "invalid-fields")
    assert answered.pointers == {"?lang" if "lang=" in query else "?language"}
    assert world.payments.received == []


@pytest.mark.parametrize("status", ["accepted", "processing", "declined", "scheduled", "canceled", "refunded"])
async def test_a_payment_without_a_receipt_says_where_it_stands(world: World, status: str) -> None:
    """409 with the state of the payment and what it means."""
    behind(world, payment={"status": status})
    answered = await world.gateway.call("GET", ADDRESS, token="ana-token")
    assert (answered.status, answered.problem) == (409, "no-receipt-yet")
    assert (answered.body["status"], answered.body["reference"]) == (409, REFERENCE)
    assert answered.body["payment_status"] == status
    assert answered.body["detail"]


async def test_somebody_elses_payment_is_not_found(world: World) -> None:
    """As payments says it: there is no such payment for this member."""
    behind(world)
    answered = await world.gateway.call("GET", "/v1/payments/HC-AAAA-BBBB-C/receipt", token="ana-token")
    assert (answered.status, answered.problem) == (404, "not-found")


@pytest.mark.parametrize(("token", "problem"), [(None, "not-logged-in"), ("nobody", "session-ended")])
async def test_without_a_session_there_is_no_receipt(world: World, token: str | None, problem: str) -> None:
    """Who is not logged in is asked to, and no service hears of it."""
    answered = await world.gateway.call("GET", ADDRESS, token=token)
    assert (answered.status, answered.problem) == (401, problem)
    assert world.payments.received == []


async def test_a_service_that_is_away_makes_it_503(world: World) -> None:
    """A receipt is not made up from half of its facts."""
    behind(world)
    await world.payments.stop()
    answered = await world.gateway.call("GET", ADDRESS, token="ana-token")
    assert (answered.status, answered.problem) == (503, "unavailable")


async def test_the_receipt_is_in_the_api_document(world: World) -> None:
    """The document says that it is a PDF, for a member, and which language can be asked for."""
    document: Any = (await world.gateway.call("GET", "/openapi.json")).body
    OpenAPIV31SpecValidator(document).validate()
    operation = document["paths"][RECEIPT_ROUTE.path]["get"]
    assert set(operation["responses"]["200"]["content"]) == {"application/pdf"}
    assert operation["security"] == [{"session": []}]
    assert "no-receipt-yet" in operation["responses"]["4XX"]["description"]
    assert [(it["name"], it["in"]) for it in operation["parameters"]] == [
        ("payment_id_or_reference", "path"),
        ("language", "query"),
    ]

"""What identity and payments answer for one invented member, as tests of pages put it together.

`Answers` is a stand-in's `answer`: what it knows by method and path it says, the rest is 404 as in the services.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from aiohttp import web

SPACE = UUID("8d6a4a6e-5a1c-4a7b-9c52-0a5d3c1f2b10")
POLICY_ID, BILL_ID, CASE_ID = (str(uuid5(SPACE, name)) for name in ("policy", "bill", "case"))
REFERENCE, OTHER_REFERENCE = "HC-7K3M-Q9XD-2", "HC-2SZY-9M80-S"
AT = "2027-01-01T17:30:00Z"


def account(**changed: Any) -> dict[str, Any]:
    """The member who is logged in."""
    name = {"first": "Ana", "middle": None, "last": "Silva", "suffix": None}
    told = {"account_id": str(uuid5(SPACE, "ana")), "status": "verified", "username": "ana", "legal_name": name,
            "date_of_birth": "1980-01-01", "ssn_last4": "0101", "email": "ana@mail.example", "phone": None,
            "language": "en", "mailing_address": None}  # fmt: skip
    return {**told, **changed}


def balance(**changed: Any) -> dict[str, Any]:
    """Nothing owed, unless told otherwise; `billed_cents` is that of the one policy."""
    billed_cents = changed.pop("billed_cents", changed.get("due_now_cents", 0))
    owed = {"policy_id": POLICY_ID, "policy_number": "EV-1001", "plan": "Evergreen Silver 2500", "kind": "health",
            "due_now_cents": billed_cents, "due_on": None, "past_due_cents": 0, "in_flight_cents": 0}  # fmt: skip
    told = {"due_now_cents": 0, "due_on": None, "past_due_cents": 0, "in_flight_cents": 0, "credit_cents": 0,
            "scheduled_cents": 0, "next_scheduled_on": None, "policies": [owed]}  # fmt: skip
    return {**told, **changed}


def policy(state: str = "paid", *, number: str = "EV-1001", ends_on: str | None = None, **coverage: Any) -> Any:
    """A policy in a state of the coverage clock; `coverage` are further members of that."""
    told = {"paid_through_on": "2027-01-31", "state": state, "pay_by_on": None, "amount_to_keep_cents": 0,
            "if_not_paid": "none", "would_end_on": None, "grace_ends_on": None}  # fmt: skip
    insurer = {"insurer_id": "evergreen", "name": "Evergreen Health Plan", "phone": "(800) 555-0142",
               "website": "https://evergreen.example"}  # fmt: skip
    return {
        "policy_id": POLICY_ID if number == "EV-1001" else str(uuid5(SPACE, number)), "policy_number": number,
        "insurer": insurer, "plan": "Evergreen Silver 2500", "kind": "health", "premium_cents": 48_250,
        "subsidy_cents": 21_000, "coverage_start_on": "2026-10-01", "coverage_end_on": ends_on,
        "coverage_status": "active", "coverage": {**told, **coverage},
    }  # fmt: skip


def bill(**changed: Any) -> dict[str, Any]:
    """A bill for February, open."""
    lines = [
        {"kind": "premium", "text": "Monthly premium", "amount_cents": 48_250},
        {"kind": "subsidy", "text": "Premium tax credit paid to your insurer", "amount_cents": -21_000},
    ]
    told = {"bill_id": BILL_ID, "policy_id": POLICY_ID, "policy_number": "EV-1001", "kind": "premium",
            "coverage_month": "2027-02", "issued_on": "2027-01-01", "due_on": "2027-01-25", "lines": lines,
            "total_cents": 27_250, "paid_cents": 0, "in_flight_cents": 0, "status": "open"}  # fmt: skip
    return {**told, **changed}


def payment(status: str = "succeeded", **changed: Any) -> dict[str, Any]:
    """A payment of that bill; a declined one says why."""
    part = {"bill_id": BILL_ID, "policy_id": POLICY_ID, "policy_number": "EV-1001", "coverage_month": "2027-02",
            "due_on": "2027-01-25", "amount_cents": 27_250}  # fmt: skip
    is_declined = status == "declined"
    told = {
        "payment_id": str(uuid5(SPACE, "payment")), "reference": REFERENCE, "status": status, "amount_cents": 27_250,
        "allocations": [] if is_declined else [part], "credit_cents": 0, "statement_text": "HEALTHCONN HC7K3MQ9XD2",
        "method": {"type": "card", "method_id": None, "brand": "visa", "last4": "4242"},
        "decline": {"code": "insufficient_funds", "text": "Not said."} if is_declined else None, "accepted_at": AT,
        "scheduled_on": None, "cancel_until": None, "cancel_reason": None, "amount_rule": None,
        "timeline": [{"status": "accepted", "at": AT}, {"status": status, "at": AT}],
    }  # fmt: skip
    return {**told, **changed}


def scheduled(**changed: Any) -> dict[str, Any]:
    """A payment that waits for its day and may be canceled."""
    waits = {"scheduled_on": "2027-01-20", "cancel_until": "2027-01-20T01:00:00Z", "amount_rule": "owed",
             "timeline": [{"status": "scheduled", "at": AT}]}  # fmt: skip
    return payment("scheduled", **{**waits, **changed})


def case(*messages: tuple[str, str], **changed: Any) -> dict[str, Any]:
    """A support case with (author, text) messages."""
    told = {"case_id": CASE_ID, "reference": "CS-0K86KM9M", "topic": "bill_question", "status": "open",
            "opened_at": AT, "payment_reference": None,
            "messages": [{"author": author, "text": text, "at": AT} for author, text in messages]}  # fmt: skip
    return {**told, **changed}


def listed(*items: Any, next_cursor: str | None = None) -> dict[str, Any]:
    """A list as the API gives it."""
    return {"items": list(items), "next_cursor": next_cursor}


def refused(status: int, code: str, pointer: str = "", **headers: str) -> web.Response:
    """A refusal in the form of the services; its English words must never be shown."""
    told: dict[str, Any] = {"type": f"https://x.example/problems/{code}", "title": "Words of the service."}
    if pointer:
        told["errors"] = [{"pointer": pointer, "code": "invalid", "message": "Words of the service."}]
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return web.json_response(told, status=status, headers=named)


@dataclass
class Answers:
    """What a service answers by `"GET /v1/bills"`; `asked` is (method and path, query, body) of each call."""

    known: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)

    async def __call__(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """The stand-in's answer."""
        call = f"{request.method} {request.path}"
        self.asked.append((call, dict(request.query), json.loads(body) if body else None))
        told = self.known.get(call)
        if told is None:
            return refused(404, "not-found")
        if isinstance(told, web.Response):
            return web.Response(body=told.body, status=told.status, headers=told.headers)
        return web.json_response(told)

    def sent(self, call: str) -> Any:
        """The body of the last such call."""
        return next(body for it, _, body in reversed(self.asked) if it == call)

    def query(self, call: str) -> dict[str, str]:
        """The query of the last such call."""
        return next(query for it, query, _ in reversed(self.asked) if it == call)


@dataclass
class Member:
    """The answers of both services for one member; change what a test is about."""

    identity: Answers = field(default_factory=Answers)
    payments: Answers = field(default_factory=Answers)

    def __post_init__(self) -> None:
        """A member with one policy who owes nothing and never paid."""
        self.identity.known = {"GET /v1/account": account(), "GET /v1/cases": listed()}
        self.payments.known = {
            "GET /v1/balance": balance(), "GET /v1/policies": listed(policy()), "GET /v1/bills": listed(),
            "GET /v1/payments": listed(),
        }  # fmt: skip

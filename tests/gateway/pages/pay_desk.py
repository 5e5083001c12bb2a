"""payments as the pay pages meet it: what is owed, cards, previews, and payments that end as a test tells it.

Next: `test_pages_pay_*.py` look at the pages over it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.gateway.gateway_world import World

HEALTH, DENTAL = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
VISA, OLD_CARD = "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
REFERENCE = "HC-7K3M-Q9XD-2"
NAMES = {HEALTH: ("EV-1001", "Evergreen Silver 2500"), DENTAL: ("BS-2002", "BrightSmile Family 50")}


@dataclass
class Refusal:
    """What the desk says instead of doing it."""

    status: int
    code: str
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self) -> web.Response:
        """As problem+json."""
        body = {"type": f"https://portal.example/problems/{self.code}", "title": "In English", **self.more}
        return web.json_response(body, status=self.status, headers=dict(self.headers))


@dataclass
class PayDesk:
    """Owed cents by policy; `refuses` by path; `paid` holds the keys and bodies of payments in their order."""

    world: World
    owed: dict[str, int] = field(default_factory=lambda: {HEALTH: 27_250})
    in_flight_cents: int = 0
    scheduled_cents: int = 0
    largest_cents: int = 10**6
    cancel_until: str | None = "2027-01-20T01:00:00Z"
    latest_pay_on: str | None = "2027-01-23"
    methods: list[dict[str, Any]] = field(default_factory=lambda: [card(VISA, "2030-12")])
    becomes: str = "succeeded"
    refuses: dict[str, Refusal] = field(default_factory=dict)
    payments: list[dict[str, Any]] = field(default_factory=list)
    paid: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    previewed: list[dict[str, Any]] = field(default_factory=list)
    added: list[dict[str, Any]] = field(default_factory=list)

    def open(self) -> "PayDesk":
        """Answer for payments from now on."""
        self.world.payments.answer = self.answer
        return self

    async def answer(self, request: web.Request, body: bytes) -> web.StreamResponse:
        """A call as payments would answer it."""
        what = f"{request.method} {request.path}"
        if what in self.refuses:
            return self.refuses[what].answer()
        told = json.loads(body) if body else {}
        match what:
            case "GET /v1/balance":
                return web.json_response(self._balance())
            case "GET /v1/payment-methods" | "GET /v1/payments":
                items = self.payments if what.endswith("payments") else self.methods
                return web.json_response({"items": items, "next_cursor": None})
            case "POST /v1/payment-methods":
                self.added.append(told)
                self.methods.append(card("55555555-5555-4555-8555-555555555555", "2031-01"))
                return web.json_response(self.methods[-1], status=201)
            case "POST /v1/payments/preview":
                self.previewed.append(told)
                return web.json_response(self._preview(told))
            case "POST /v1/payments":
                self.paid.append((request.headers["Idempotency-Key"], told))
                self.payments.insert(0, payment(self.becomes, amount_cents=told["amount_cents"]))
                return web.json_response(self.payments[0], status=201)
        return self._removed_or_found(request)

    def _removed_or_found(self, request: web.Request) -> web.StreamResponse:
        if request.method == "DELETE":
            self.methods = [it for it in self.methods if not request.path.endswith(it["method_id"])]
            return web.Response(status=204)
        found = next((it for it in self.payments if request.path.endswith(it["reference"])), None)
        return Refusal(404, "not-found").answer() if found is None else web.json_response(found)

    def _balance(self) -> dict[str, Any]:
        rows = [
            {
                "policy_id": policy_id, "policy_number": NAMES[policy_id][0], "plan": NAMES[policy_id][1],
                "kind": "health", "due_now_cents": cents, "due_on": "2027-01-23", "past_due_cents": 0,
                "in_flight_cents": 0,
            }
            for policy_id, cents in self.owed.items()
        ]  # fmt: skip
        return {
            "due_now_cents": sum(self.owed.values()), "due_on": "2027-01-23", "past_due_cents": 0,
            "in_flight_cents": self.in_flight_cents, "credit_cents": 0, "scheduled_cents": self.scheduled_cents,
            "next_scheduled_on": "2027-01-20" if self.scheduled_cents else None, "largest_cents": self.largest_cents,
            "policies": rows,
        }  # fmt: skip

    def _preview(self, told: dict[str, Any]) -> dict[str, Any]:
        chosen = told.get("policy_ids") or list(self.owed)
        left, parts = told["amount_cents"], []
        for policy_id in chosen:
            taken = min(left, self.owed[policy_id])
            left -= taken
            if taken:
                parts.append(part(policy_id, taken))
        return {
            "quote_id": f"{sum(self.owed.values()):x}", "amount_cents": told["amount_cents"], "allocations": parts,
            "credit_cents": left, "counts_on": told.get("pay_on", "2027-01-01"), "latest_pay_on": self.latest_pay_on,
            "already_scheduled_cents": self.scheduled_cents,
            "cancel_until": self.cancel_until if "pay_on" in told else None,
            "coverage_after": [
                {"policy_id": it, "policy_number": NAMES[it][0], "paid_through_on": "2027-02-28"} for it in chosen
            ],
        }  # fmt: skip


def card(method_id: str, expires: str) -> dict[str, Any]:
    """A saved card."""
    return {
        "method_id": method_id, "type": "card", "brand": "visa", "last4": "4242", "expires": expires, "label": None,
        "status": "active",
    }  # fmt: skip


def part(policy_id: str, cents: int) -> dict[str, Any]:
    """What of a payment goes to the bill of a policy."""
    return {
        "bill_id": policy_id, "policy_id": policy_id, "policy_number": NAMES[policy_id][0],
        "coverage_month": "2027-02", "due_on": "2027-01-23", "amount_cents": cents,
    }  # fmt: skip


def payment(status: str, *, amount_cents: int = 27_250, **more: Any) -> dict[str, Any]:
    """A payment, made a minute before the clock of the tests."""
    return {
        "payment_id": HEALTH, "reference": REFERENCE, "status": status, "amount_cents": amount_cents,
        "allocations": [part(HEALTH, amount_cents)], "credit_cents": 0,
        "method": {"type": "card", "method_id": VISA, "brand": "visa", "last4": "4242"},
        "statement_text": "HEALTHCONN HC7K3MQ9XD2", "decline": None, "accepted_at": "2027-01-01T11:59:00Z",
        "scheduled_on": "2027-01-20" if status == "scheduled" else None,
        "cancel_until": "2027-01-20T01:00:00Z" if status == "scheduled" else None, "timeline": [], **more,
    }  # fmt: skip

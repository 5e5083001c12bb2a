"""Members who can pay, and one who pays again and again: what the tests and runs of this folder stand on.

Every payment has a key of its own; whatever goes wrong, `client.py` makes the same call again with the same key until
the portal answers 201. What it was told goes into a log that `verify.py` compares with what is kept (I5).
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

from deploy.local.portal_client import PortalClient
from tests.chaos.client import Client, Tally

PASSWORD = "Willow-Bridge-27"
GOOD_CARD, DECLINED_CARD, SLOW_CARD, LOST_CARD = (
    "4242424242424242",
    "4000000000000002",
    "4000000000006975",
    "4000000000007777",
)
CARD = {"number": GOOD_CARD, "exp_month": 12, "exp_year": 2035, "cvc": "123"}
PLAN, PREMIUM_CENTS, ZIP = "Harbor Silver 3000", 900_000, "07081"
ANSWERS = {"plan": PLAN, "premium": "$9,000.00", "zip": ZIP}
AMOUNT_CENTS = 125


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is enrolled, verified, logged in and has a card."""

    name: str
    token: str
    method_id: str

    @property
    def username(self) -> str:
        """What they log in as."""
        return self.name.lower()


def card(number: str) -> dict[str, Any]:
    """What is typed into the processor's frame."""
    return {"card": {**CARD, "number": number}}


def enrollment(name: str, starts_on: date) -> dict[str, Any]:
    """What the marketplace sends for a member of this name (letters only)."""
    return {
        "control_number": f"CHAOS-{name}",
        "action": "add",
        "effective_on": starts_on.isoformat(),
        "insurer": {"id": "harbor", "name": "Harbor Health"},
        "member": {
            "exchange_member_id": f"EX-{name}",
            "legal_name": {"first": name, "last": "Payer"},
            "date_of_birth": "1980-05-17",
            "address": {"line1": "1 Harbor Street", "city": "Springfield", "state": "NJ", "zip": ZIP},
            "email": f"{name}@mail.example",
        },
        "policy": {
            "policy_number": f"HB-{name}",
            "plan": PLAN,
            "kind": "health",
            "premium_cents": PREMIUM_CENTS,
            "subsidy_cents": 0,
            "coverage_start_on": starts_on.isoformat(),
        },
    }


async def make_member(told: Mapping[str, Any], name: str, ssn: str, starts_on: date) -> Member:
    """Take somebody through the whole first visit up to a saved card. `told` is the stack's `stack.json`."""
    async with PortalClient(told["gateway_url"]) as portal, PortalClient(told["processor_url"]) as processor:
        wanted = enrollment(name, starts_on)
        wanted["member"]["ssn"] = ssn
        await portal.call("POST", "/v1/partner/enrollments", wanted, token=told["partner_key"])
        await portal.call("POST", "/sandbox/settle")
        person = {
            **{field: wanted["member"][field] for field in ("legal_name", "date_of_birth", "email", "ssn")},
            "username": name.lower(),
            "password": PASSWORD,
        }
        await portal.call("POST", "/v1/accounts", person)
        session = await portal.call("POST", "/v1/sessions", {"username": name.lower(), "password": PASSWORD})
        token = session["token"]
        asked = await portal.call("POST", "/v1/account/verifications", {"method": "questions"}, token=token)
        answers = {question["question_id"]: ANSWERS[question["question_id"]] for question in asked["questions"]}
        path = f"/v1/account/verifications/{asked['verification_id']}"
        verified = await portal.call("POST", path, {"answers": answers}, token=token)
        assert verified["status"] == "verified"
        kept = await processor.call("POST", "/v1/tokens", card(GOOD_CARD))
        saved = await portal.call("POST", "/v1/payment-methods", {"type": "card", "token": kept["token"]}, token=token)
        return Member(name, token, saved["method_id"])


async def set_faults(processor_url: str, **rates: float) -> None:
    """Have the processor fail as often as this; without rates it does not. Asked again until it is there."""
    async with aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientError, OSError):
                async with session.put(f"{processor_url}/v1/faults", json=rates) as answer:
                    assert answer.status == 200
                    return
            await asyncio.sleep(0.05)


class Told:
    """The log of what clients were told of their payments, one JSON line each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0

    def keep(self, payment: Mapping[str, Any], method_id: str | None) -> None:
        """A client was told of a payment, which it asked for with this method; None for a card for once."""
        with self.path.open("a", encoding="utf-8") as log:
            log.write(json.dumps({**payment, "asked_method_id": method_id}) + "\n")
        self.count += 1


@dataclass
class Payer:
    """Pays for one member; `tally` counts what came back, `log_path` keeps what was told."""

    gateway_url: str
    member: Member
    log_path: Path
    tally: Tally = field(default_factory=Tally)

    async def pay(self, count: int, at_once: int = 4, amount_cents: int = AMOUNT_CENTS) -> list[dict[str, Any]]:
        """Make `count` payments, `at_once` side by side; returns what was told of each."""
        limit, told = asyncio.Semaphore(at_once), Told(self.log_path)
        body = {"amount_cents": amount_cents, "method_id": self.member.method_id}
        async with Client(self.gateway_url, self.tally) as client:

            async def one() -> dict[str, Any]:
                async with limit:
                    made = await client.call(
                        "POST", "/v1/payments", body, token=self.member.token, key=uuid4().hex, right=(201,)
                    )
                    payment: dict[str, Any] = made.body
                    told.keep(payment, self.member.method_id)
                    return payment

            return list(await asyncio.gather(*(one() for _ in range(count))))

"""A member who pays again and again and never gives up: the client under which things are killed.

Every payment has a key of its own; whatever goes wrong, the same call is made again with the same key until the portal
answers 201. What it was told goes into a log that `verify.py` compares with what is kept (I5).
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

from deploy.local.portal_client import PortalClient

PASSWORD = "Willow-Bridge-27"
CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2035, "cvc": "123"}
PLAN, PREMIUM_CENTS, ZIP = "Harbor Silver 3000", 900_000, "07081"
ANSWERS = {"plan": PLAN, "premium": "$9,000.00", "zip": ZIP}
AMOUNT_CENTS = 125
RETRY_SECONDS = 0.2
ALLOWED = frozenset({201, 409, 429, 503})


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is enrolled, verified, logged in and has a card."""

    username: str
    token: str
    method_id: str


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
        card = await processor.call("POST", "/v1/tokens", {"card": CARD})
        saved = await portal.call("POST", "/v1/payment-methods", {"type": "card", "token": card["token"]}, token=token)
        return Member(name.lower(), token, saved["method_id"])


@dataclass
class Payer:
    """Pays for one member; `answers` counts statuses, `log_path` keeps what was told."""

    gateway_url: str
    member: Member
    log_path: Path
    answers: Counter[int] = field(default_factory=Counter)
    lost: int = 0

    async def pay(self, count: int, at_once: int = 4, amount_cents: int = AMOUNT_CENTS) -> list[dict[str, Any]]:
        """Make `count` payments, `at_once` side by side; returns what was told of each."""
        limit = asyncio.Semaphore(at_once)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:

            async def one() -> dict[str, Any]:
                async with limit:
                    return await self._until_told(session, uuid4().hex, amount_cents)

            return list(await asyncio.gather(*(one() for _ in range(count))))

    async def _until_told(self, session: aiohttp.ClientSession, key: str, amount_cents: int) -> dict[str, Any]:
        while True:
            told = await self._once(session, key, amount_cents)
            if told is not None:
                with self.log_path.open("a", encoding="utf-8") as log:
                    log.write(json.dumps(told) + "\n")
                return told
            await asyncio.sleep(RETRY_SECONDS)

    async def _once(self, session: aiohttp.ClientSession, key: str, amount_cents: int) -> dict[str, Any] | None:
        headers = {"Authorization": f"Bearer {self.member.token}", "Idempotency-Key": key}
        body = {"amount_cents": amount_cents, "method_id": self.member.method_id}
        try:
            async with session.post(f"{self.gateway_url}/v1/payments", json=body, headers=headers) as response:
                answer = await response.json(content_type=None)
                self.answers[response.status] += 1
                assert response.status in ALLOWED, f"{response.status}: {answer}"
                return answer if response.status == 201 else None
        except (aiohttp.ClientError, TimeoutError, OSError):
            self.lost += 1
            return None

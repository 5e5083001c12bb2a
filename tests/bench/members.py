"""People who pay in a measurement: enrolled, with an account, verified, logged in, with a saved card and bills to pay.

Next: `__main__.py` gives them to wrk.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from deploy.local.portal_client import PortalClient
from tests.bench.wrk import Payer
from tests.chaos.paying import ANSWERS, CARD, PASSWORD, enrollment

AT_ONCE = 4
STARTS_ON = date(2027, 1, 1)
PAYMENT_CENTS = 125


def _name(number: int) -> str:
    return "Bench" + "".join("abcdefghij"[int(digit)] for digit in f"{number:04d}")


async def make_payers(told: Mapping[str, Any], count: int) -> list[Payer]:
    """Take `count` people through the first visit up to a saved card. `told` is the stack's `stack.json`."""
    limit = asyncio.Semaphore(AT_ONCE)
    async with PortalClient(told["gateway_url"]) as portal, PortalClient(told["processor_url"]) as processor:

        async def one(number: int) -> Payer:
            async with limit:
                return await _join(portal, processor, number)

        for number in range(count):
            await portal.call("POST", "/v1/partner/enrollments", _enrollment(number), token=told["partner_key"])
        await portal.call("POST", "/sandbox/settle")
        payers = await asyncio.gather(*(one(number) for number in range(count)))
        await portal.call("POST", "/sandbox/settle")
        return list(payers)


def _enrollment(number: int) -> dict[str, Any]:
    wanted = enrollment(_name(number), STARTS_ON)
    wanted["member"]["ssn"] = f"523-41-{number + 1:04d}"
    return wanted


async def _join(portal: PortalClient, processor: PortalClient, number: int) -> Payer:
    member, name = _enrollment(number)["member"], _name(number).lower()
    person = {field: member[field] for field in ("legal_name", "date_of_birth", "email", "ssn")}
    await portal.call("POST", "/v1/accounts", {**person, "username": name, "password": PASSWORD})
    session = await portal.call("POST", "/v1/sessions", {"username": name, "password": PASSWORD})
    token = str(session["token"])
    asked = await portal.call("POST", "/v1/account/verifications", {"method": "questions"}, token=token)
    answers = {question["question_id"]: ANSWERS[question["question_id"]] for question in asked["questions"]}
    path = f"/v1/account/verifications/{asked['verification_id']}"
    await portal.call("POST", path, {"answers": answers}, token=token)
    card = await processor.call("POST", "/v1/tokens", {"card": CARD})
    saved = await portal.call("POST", "/v1/payment-methods", {"type": "card", "token": card["token"]}, token=token)
    body = json.dumps({"amount_cents": PAYMENT_CENTS, "method_id": saved["method_id"]})
    return Payer(token, body, _enrollment(number)["policy"]["policy_number"])

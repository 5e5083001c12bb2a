"""Demo data, made the way real data comes: by the partner's key and the public API. Made once; safe to run again."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from http import HTTPStatus

import aiohttp

from deploy.local.demo_people import PASSWORD, PEOPLE, Person, Progress
from deploy.local.lineup import Lineup
from deploy.local.memory import Memory, digest_of
from deploy.local.parts import PartFailed
from deploy.local.portal_client import PortalClient, Refused

CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2035, "cvc": "123"}


async def make_demo_data(lineup: Lineup, memory: Memory, partner_key: str) -> bool:
    """Enroll the demo people and take each as far as their progress says; False when that was done before.

    Raises PartFailed.
    """
    digest = digest_of([repr(PEOPLE), partner_key])
    if memory.knows("demo", digest):
        return False
    try:
        async with (
            PortalClient(lineup.url("gateway")) as portal,
            PortalClient(lineup.url("processor")) as processor,
        ):
            await _make(portal, processor, partner_key)
    except (Refused, aiohttp.ClientError, TimeoutError) as error:
        raise PartFailed(f"The demo data could not be made: {error}") from None
    memory.keep("demo", digest)
    return True


def demo_logins() -> Sequence[Mapping[str, str]]:
    """Who can log in, once the demo data is there, and how far they are then."""
    return [
        {"username": person.username, "password": PASSWORD, "state": person.progress.value}
        for person in PEOPLE
        if person.progress is not Progress.ENROLLED
    ]


async def _make(portal: PortalClient, processor: PortalClient, partner_key: str) -> None:
    told = await portal.call("GET", "/sandbox/clock")
    starts_on = _next_month(datetime.fromisoformat(told["now"]).astimezone(UTC).date())
    for person in PEOPLE:
        await portal.call("POST", "/v1/partner/enrollments", person.enrollment(starts_on), token=partner_key)
    await portal.call("POST", "/sandbox/settle")
    await asyncio.gather(
        *(_bring_along(portal, processor, person) for person in PEOPLE if person.progress is not Progress.ENROLLED)
    )
    await portal.call("POST", "/sandbox/settle")


async def _bring_along(portal: PortalClient, processor: PortalClient, person: Person) -> None:
    try:
        await portal.call("POST", "/v1/accounts", person.account())
    except Refused as refused:
        if refused.status != HTTPStatus.CONFLICT:
            raise
    token = await _log_in(portal, person)
    account = await portal.call("GET", "/v1/account", token=token)
    if account["status"] != "verified":
        await _verify(portal, person, token)
    if person.progress is Progress.PAID:
        await _pay(portal, processor, person, token)
    await portal.call("DELETE", "/v1/sessions/current", token=token)


async def _log_in(portal: PortalClient, person: Person) -> str:
    session = await portal.call("POST", "/v1/sessions", {"username": person.username, "password": PASSWORD})
    return str(session["token"])


async def _verify(portal: PortalClient, person: Person, token: str) -> None:
    asked = await portal.call("POST", "/v1/account/verifications", {"method": "questions"}, token=token)
    answers = {question["question_id"]: person.answers()[question["question_id"]] for question in asked["questions"]}
    path = f"/v1/account/verifications/{asked['verification_id']}"
    await portal.call("POST", path, {"answers": answers}, token=token)


async def _pay(portal: PortalClient, processor: PortalClient, person: Person, token: str) -> None:
    balance = await portal.call("GET", "/v1/balance", token=token)
    if balance["due_now_cents"] == 0:
        return
    card = await processor.call("POST", "/v1/tokens", {"card": CARD})
    saved = await portal.call(
        "POST", "/v1/payment-methods", {"type": "card", "token": card["token"], "label": "My card"}, token=token
    )
    paying = {"amount_cents": balance["due_now_cents"], "method_id": saved["method_id"]}
    await portal.call("POST", "/v1/payments", paying, token=token, key=f"demo-{person.number}")


def _next_month(today: date) -> date:
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)

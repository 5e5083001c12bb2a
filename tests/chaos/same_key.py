"""The same payment sent many times at once, round after round: each round must be one payment and one charge."""

import asyncio
from dataclasses import dataclass
from uuid import uuid4

from tests.chaos.client import Answer, Client
from tests.chaos.paying import Member, Told

AMOUNT_CENTS = 150


@dataclass(frozen=True, slots=True)
class Round:
    """What the callers of one round were told; in the end each of them gets a payment."""

    payment_ids: frozenset[str]
    statuses: frozenset[str]


async def send_at_once(client: Client, member: Member, told: Told, at_once: int) -> Round:
    """One round. A caller who is told that too many payments are being made asks again, as callers do."""
    body, key = {"amount_cents": AMOUNT_CENTS, "method_id": member.method_id}, uuid4().hex

    async def one() -> Answer:
        return await client.call("POST", "/v1/payments", body, token=member.token, key=key, right=(201,))

    payments = [answer.body for answer in await asyncio.gather(*(one() for _ in range(at_once)))]
    told.keep(payments[0], member.method_id)
    return Round(
        frozenset(payment["payment_id"] for payment in payments), frozenset(payment["status"] for payment in payments)
    )

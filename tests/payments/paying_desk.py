"""Members who pay at the same moment, and a desk that shows who went together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar
from uuid import uuid4

from services.payments.domain.method import Card
from services.payments.store import new_payments, payments
from services.payments.store.new_payments import NewPayment
from services.payments.store.payments import Move
from services.payments.usecases.accept_payment import accept_together
from services.payments.usecases.desk import Desk
from services.payments.usecases.payment_request import Accepted, PaymentRequest
from services.payments.wiring import SERVICE
from shared.db import Database, Tx
from shared.testing.http import Answered, serving
from shared.together import Together
from tests.payments.paying_world import Member, World

T = TypeVar("T")
LEASE = timedelta(seconds=10)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'test'"
CHANGE = """
UPDATE bill SET version = bill.version + 1 FROM policy
 WHERE policy.policy_id = bill.policy_id AND member_id = $1
RETURNING 1
"""


class LosesAnswers(Database):
    """A database whose connection breaks right after each commit: done again, it is refused by its key or version."""

    lost = 0

    async def _bare(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        await super()._bare(work)
        self.lost += 1
        raise ConnectionResetError


class Statements:
    """A desk whose first payment is held back until all others wait behind it, and which counts its statements."""

    def __init__(self, world: World, *, wait_for: int, **databases: Database) -> None:
        self._world = world
        self._wait_for = wait_for
        self.accepted: list[int] = []
        self.settled: list[int] = []
        db = world.parts.db
        self.desk: Desk = replace(
            world.parts.desk,
            accepting=Together("accept", self._accept, databases.get("accepting", db).write_alone),
            settling=Together("settle", self._settle, databases.get("settling", db).write_alone),
        )

    async def accept(self, request: PaymentRequest) -> Accepted:
        """Take it down with all others for whom the test waits."""
        return await accept(self._world, request, self.desk)

    async def pay(
        self, *wanted: tuple[Member, int, str], method_ids: Sequence[str] | None = None
    ) -> Sequence[Answered]:
        """Pay at the same moment, by HTTP, at a service with this desk: member, amount in cents and key of each."""
        world = self._world
        ids = method_ids or [await world.save_card(member=member) for member, _, _ in wanted]
        parts = replace(world.parts, desk=self.desk)
        async with serving(SERVICE, parts, parts.settings, parts.db, world.clock) as api:
            return await asyncio.gather(
                *(
                    api.call(
                        "POST",
                        "/v1/payments",
                        body={"amount_cents": amount_cents, "method_id": method_id},
                        key=key,
                        token=member.token,
                    )
                    for (member, amount_cents, key), method_id in zip(wanted, ids, strict=True)
                )
            )

    async def _accept(self, tx: Tx, new: Sequence[NewPayment]) -> Sequence[None]:
        is_first = not self.accepted
        self.accepted.append(len(new))
        async with asyncio.timeout(10):
            while is_first and len(new) + self.desk.accepting.waiting_count < self._wait_for:
                await asyncio.sleep(0.005)
        await new_payments.insert(tx, new)
        return [None] * len(new)

    async def _settle(self, tx: Tx, moves: Sequence[Move]) -> Sequence[None]:
        self.settled.append(len(moves))
        await payments.update_moved(tx, moves)
        return [None] * len(moves)


async def accept(world: World, request: PaymentRequest, desk: Desk | None = None) -> Accepted:
    """Take it down at the desk."""
    return await accept_together(desk or world.parts.desk, request, world.parts.keys, LEASE, world.clock)


async def request_of(world: World, member: Member, amount_cents: int, key: str | None = None) -> PaymentRequest:
    """What a member asks for, with a card of its own."""
    return PaymentRequest(
        payment_id=uuid4(),
        principal=str(member.account_id),
        key=key or uuid4().hex,
        body_hash=b"body",
        member_id=member.member_id,
        amount_cents=amount_cents,
        policy_ids=None,
        method_id=None,
        card=Card(await world.sandbox.card_id(), "visa", "4242", "2040-12"),
        quote_id=None,
    )


async def members_of(world: World, count: int) -> list[Member]:
    """So many members, each with a policy and a bill of $300."""
    members = [Member() for _ in range(count)]
    for member in members:
        await world.enroll(member)
    return members

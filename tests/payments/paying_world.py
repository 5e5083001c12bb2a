"""A payments service of the tests: real Postgres, the real processor sandbox, real HTTP, and a member who pays.

`conftest.py` builds it; the tests speak through it as a member or as time does.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.payments.domain.charge import Outcome
from services.payments.domain.method import Card
from services.payments.domain.payment import Payment
from services.payments.jobs import JOBS
from services.payments.usecases.accept_payment import accept_payment
from services.payments.usecases.enroll_policy import enroll_policy
from services.payments.usecases.parts import Parts
from services.payments.usecases.payment_request import PaymentRequest
from services.payments.usecases.settle_payment import settle_payment
from services.payments.wiring import SERVICE
from shared.inbox import Heard
from shared.testing.clock import FixedClock
from shared.testing.http import Answered, ServiceUnderTest, token
from tests.payments.billing_samples import enrollment
from tests.processor_sandbox.sandbox_process import SandboxProcess

VISA, DECLINED, NO_FUNDS, EXPIRED, PROCESSOR_ERROR, SLOW, ANSWER_LOST = (
    "4242424242424242",
    "4000000000000002",
    "4000000000009995",
    "4000000000000069",
    "4000000000000119",
    "4000000000006975",
    "4000000000007777",
)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with an account that is verified."""

    account_id: UUID = field(default_factory=uuid4)
    member_id: UUID = field(default_factory=uuid4)

    @property
    def token(self) -> str:
        """A service token as the gateway would send it."""
        return token(account_id=self.account_id, member_id=self.member_id)


@dataclass(frozen=True, slots=True)
class World:
    """One service and one member; `api` answers over HTTP, `sandbox` is the processor."""

    parts: Parts
    api: ServiceUnderTest
    sandbox: SandboxProcess
    clock: FixedClock
    member: Member

    async def enroll(self, member: Member | None = None, **policy: Any) -> UUID:
        """A policy of the member, $300 a month from January unless said otherwise, with its first bill."""
        number = f"P-{uuid4().hex[:8]}"
        member_id = (member or self.member).member_id
        fact = enrollment(member_id=member_id, **{"policy_number": number, **policy})
        heard = Heard(uuid4(), "test", self.clock.now())
        await self.parts.db.write(lambda tx: enroll_policy(tx, fact, heard))
        found = "SELECT policy_id FROM policy WHERE policy_number = $1"
        policy_id: UUID = await self.value(found, fact.policy.policy_number)
        return policy_id

    async def save_card(self, number: str = VISA, member: Member | None = None) -> str:
        """Save a test card as a method; its id."""
        body = {"type": "card", "token": await self.sandbox.token(number)}
        answer = await self.call("POST", "/v1/payment-methods", body=body, member=member)
        assert answer.status == 201, answer.body
        return str(answer.body["method_id"])

    async def pay(
        self, amount_cents: int, method_id: str | None = None, *, key: str | None = None, **more: Any
    ) -> Answered:
        """POST /v1/payments; with a new Visa card where no method is given."""
        if method_id is None and "method" not in more:
            method_id = await self.save_card()
        body = {"amount_cents": amount_cents, **({"method_id": method_id} if method_id else {}), **more}
        return await self.call("POST", "/v1/payments", body=body, key=key or uuid4().hex)

    async def take_down(self, amount_cents: int, card: str = VISA) -> Payment:
        """What a process leaves behind that was killed after the first commit."""
        card_id = await self.sandbox.card_id(card)
        request = PaymentRequest(
            payment_id=uuid4(),
            principal=str(self.member.account_id),
            key=uuid4().hex,
            body_hash=b"body",
            member_id=self.member.member_id,
            amount_cents=amount_cents,
            policy_ids=None,
            method_id=None,
            card=Card(card_id, "visa", "4242", "2040-12"),
            quote_id=None,
        )
        parts, lease = self.parts, timedelta(seconds=10)
        accepted = await parts.db.write(lambda tx: accept_payment(tx, request, parts.keys, lease, self.clock.now()))
        return accepted.payment

    async def settle(self, payment_id: UUID, outcome: Outcome) -> Payment:
        """The second commit of whoever brings an outcome."""
        return await self.parts.db.write(lambda tx: settle_payment(tx, payment_id, outcome, self.clock.now()))

    async def status_of(self, payment_id: UUID | str) -> str:
        """The status of a payment as the table has it."""
        status: str = await self.value("SELECT status FROM payment WHERE payment_id = $1", UUID(str(payment_id)))
        return status

    async def call(self, method: str, path: str, *, member: Member | None = None, **options: Any) -> Answered:
        """One request as the member."""
        return await self.api.call(method, path, token=(member or self.member).token, **options)

    async def get(self, path: str) -> Any:
        """The body of a GET that must work."""
        answer = await self.call("GET", path)
        assert answer.status == 200, answer.body
        return answer.body

    async def move_clock(self, **step: float) -> None:
        """Let business time pass, stopping at each due instant on the way, with the timers at work."""
        target = self.clock.now() + timedelta(**step)
        while (due := await self._next_due()) is not None and due <= target:
            self.clock.move_to(max(due, self.clock.now()))
            await self.run_jobs()
        self.clock.move_to(target)

    async def run_jobs(self) -> None:
        """Run each timer until nothing is due."""
        for job in JOBS:
            while await job.run(self.parts, self.clock.now()):
                pass

    async def _next_due(self) -> datetime | None:
        due = [await job.next_due_at(self.parts) for job in JOBS]
        return min((at for at in due if at is not None), default=None)

    async def value(self, sql: str, *arguments: Any) -> Any:
        """One value from the service's tables."""
        return await self.parts.db.read(lambda tx: tx.fetchval(sql, *arguments))

    async def rows(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Rows from the service's tables."""
        found = await self.parts.db.read(lambda tx: tx.fetch(sql, *arguments))
        return [tuple(row.values()) for row in found]

    async def told(self, *types: str) -> list[str]:
        """The types of what was announced, in order; only those that begin with one of `types`."""
        rows = await self.rows("SELECT type FROM outbox ORDER BY id")
        return [kind for (kind,) in rows if not types or kind.startswith(types)]

    async def assert_sound(self) -> None:
        """Every invariant of the service holds."""
        for check in SERVICE.checks:
            assert await self.rows(check.sql) == [], f"{check.name}: {check.title}"

    async def charges_of(self, payment_id: str) -> list[dict[str, Any]]:
        """What the processor's journal has under the payment's key."""
        return await self.sandbox.charges(key=payment_id)

    async def charge_arrived(self, payment_id: str) -> None:
        """Wait until the processor has charged the payment."""
        async with asyncio.timeout(10):
            while not await self.charges_of(payment_id):
                await asyncio.sleep(0.02)

"""The whole portal over real HTTP in one process: gateway, identity, payments, notify on one database; processor, mail.

No relay runs: `deliver` hands what was announced to whoever hears it. Two people are there, one verified and one not.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from pydantic import SecretStr

from services.gateway.providers.upstream import open_pool
from services.gateway.settings import GatewaySettings
from services.gateway.usecases.business_time import BusinessTime
from services.gateway.wiring import SERVICE as GATEWAY
from services.gateway.wiring import make_parts
from services.identity.usecases.add_partner_key import add_partner_key
from services.identity.wiring import SERVICE as IDENTITY
from services.notify.wiring import SERVICE as NOTIFY
from services.payments.settings import Settings as PaymentsSettings
from services.payments.wiring import SERVICE as PAYMENTS
from shared.clocks import SystemClock
from shared.db import open_database
from shared.fact import Envelope
from shared.http.routes import Route, Who
from shared.inbox import Delivery, Inbox
from shared.service import Core, Service
from shared.settings import ServiceSettings
from shared.testing.clock import FixedClock
from shared.testing.http import ServiceUnderTest, base_settings, serving, token
from tests.conftest import app_dsn
from tests.gateway.gateway_world import PAGE_SETTINGS
from tests.identity import people
from tests.identity.conftest import first_choices, identity_settings
from tests.notify.conftest import notify_settings
from tests.notify.mail_server import MailServer
from tests.processor_sandbox.sandbox_process import SandboxProcess

SERVICES: tuple[Service[Any], ...] = (IDENTITY, PAYMENTS, NOTIFY)
PARTNER_KEY = "hcpk_of_the_tests"
NOT_WATCHED = ("throttle", "audit_entry")
"""Tables that refusals may write to: counts of failures, and the log of who was refused what."""


@dataclass(slots=True)
class Portal:
    """What a test needs of it; `verified` and `visitor` are accounts, `session` is the first one's at the gateway."""

    operator: asyncpg.Connection
    processor: SandboxProcess
    clock: FixedClock
    services: dict[str, ServiceUnderTest] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    gateway: ServiceUnderTest = None  # type: ignore[assignment] # there before anybody sees the portal
    verified: UUID = field(default_factory=uuid4)
    visitor: UUID = field(default_factory=uuid4)
    member_id: UUID = field(default_factory=uuid4)
    partner_id: UUID = field(default_factory=uuid4)
    session: str = ""
    verification_id: str = ""
    heard: dict[str, int] = field(default_factory=dict)

    def credentials(self, route: Route) -> dict[str, str]:
        """The headers of the caller whom a route is for."""
        headers = {"Portal-Gateway-Key": "gateway-key-of-the-tests", "Portal-Client-Address": _address()}
        match route.who:
            case Who.ACCOUNT:
                headers["Authorization"] = bearer(token(account_id=self.visitor, lifetime_seconds=600))
            case Who.MEMBER:
                held = token(account_id=self.verified, member_id=self.member_id, lifetime_seconds=600)
                headers["Authorization"] = bearer(held)
            case Who.PARTNER:
                headers["Authorization"] = bearer(token("partner", account_id=self.partner_id, lifetime_seconds=600))
        if route.idempotent:
            headers["Idempotency-Key"] = uuid4().hex
        return headers

    async def contents(self) -> Mapping[str, tuple[int, str]]:
        """Each table by name: how many rows, and a hash of all they hold."""
        tables = await self.operator.fetch(
            "SELECT schemaname || '.' || tablename AS name FROM pg_tables "
            " WHERE schemaname = ANY($1) AND tablename <> ALL($2) ORDER BY name",
            [service.name for service in SERVICES],
            NOT_WATCHED,
        )
        looks = (
            f"SELECT '{row['name']}' AS name, count(*) AS rows, "  # noqa: S608 - names of our own tables
            f"coalesce(md5(string_agg(it::text, '' ORDER BY it::text)), '') AS hash FROM {row['name']} AS it"
            for row in tables
        )
        found = await self.operator.fetch(" UNION ALL ".join(looks))
        return {row["name"]: (row["rows"], row["hash"]) for row in found}

    async def deliver(self) -> None:
        """Everybody hears what was announced since the last time. Fails when somebody could not take it in."""
        for said_by in (IDENTITY, PAYMENTS):
            rows = await self.operator.fetch(
                f"SELECT * FROM {said_by.name}.outbox WHERE id > $1 ORDER BY id",  # noqa: S608 - a service's name
                self.heard.get(said_by.name, 0),
            )
            for row in rows:
                await self._hand_out(row)
                self.heard[said_by.name] = row["id"]
        for service in (PAYMENTS, NOTIFY):
            kept = f"SELECT type, error, body FROM {service.name}.inbox WHERE status <> 'done'"  # noqa: S608 - as above
            stuck = [tuple(row) for row in await self.operator.fetch(kept)]
            assert not stuck, f"{service.name} could not take in {stuck}"

    async def _hand_out(self, row: asyncpg.Record) -> None:
        columns = ("event_id", "type", "source", "subject", "sequence", "correlation_id", "causation_id")
        envelope = Envelope(time=row["occurred_at"], **{name: row[name] for name in columns})
        for service in (PAYMENTS, NOTIFY):
            if envelope.type in {contract.TYPE for contract in service.subscriptions}:
                db = self.parts[service.name].db
                inbox = Inbox(db, self.clock, f"{service.name}.inbox", service.subscriptions, service.write_heard)
                await inbox.take([Delivery(envelope, row["body"].encode())])

    async def settle(self) -> None:
        """Everybody hears and does all that is due. Fails when somebody could not, or a mail was not sent."""
        await self.deliver()
        for service in SERVICES:
            for job in service.jobs:
                while await job.run(self.parts[service.name], self.clock.now()):
                    await self.deliver()
        waiting = "SELECT status, last_problem, count(*) FROM notify.delivery WHERE status <> 'sent' GROUP BY 1, 2"
        unsent = [tuple(row) for row in await self.operator.fetch(waiting)]
        assert not unsent, f"mails were not sent: {unsent}"


class StandingTime(BusinessTime):
    """Business time of the gateway's pages, as of all services here."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(None)
        self._clock = clock

    async def now(self) -> datetime:
        """The instant it stands at."""
        return self._clock.now()


def bearer(shown: str) -> str:
    """The value of the Authorization header."""
    return f"Bearer {shown}"


def _address() -> str:
    """Another network each time, so that nobody is asked to wait."""
    return f"10.{uuid4().bytes[0]}.{uuid4().bytes[1]}.{uuid4().bytes[2]}"


@asynccontextmanager
async def open_portal(operator_dsn: str, journal: Path) -> AsyncIterator[Portal]:
    """Everything on free ports, with a verified member who has a bill and a card, and a visitor who has neither."""
    async with AsyncExitStack() as stack:
        processor = await SandboxProcess.start(journal)
        stack.push_async_callback(processor.terminate)
        operator = await asyncpg.connect(operator_dsn)
        stack.push_async_callback(operator.close)
        mail = await stack.enter_async_context(MailServer().listening())
        portal = Portal(operator, processor, FixedClock())
        for service, settings in zip(SERVICES, _settings(processor.url, mail.port), strict=True):
            db = await stack.enter_async_context(open_database(app_dsn(service.name, operator_dsn), name="test"))
            parts = await stack.enter_async_context(service.build(Core(settings, db, portal.clock)))
            serve = serving(service, parts, settings, db, portal.clock)
            portal.services[service.name] = await stack.enter_async_context(serve)
            portal.parts[service.name] = parts
        urls = {f"{name}_url": served.url for name, served in portal.services.items()}
        known = GatewaySettings.model_validate(base_settings(**{**PAGE_SETTINGS, **urls}))
        gateway = make_parts(known, await stack.enter_async_context(open_pool()))
        gateway = replace(gateway, time=StandingTime(portal.clock))
        portal.gateway = await stack.enter_async_context(serving(GATEWAY, gateway, known, None, SystemClock()))
        await _first_visit(portal)
        yield portal


def _settings(processor_url: str, smtp_port: int) -> tuple[ServiceSettings, ...]:
    """Those of SERVICES, in their order."""
    payments = PaymentsSettings(
        **base_settings(
            payments_key=SecretStr("a payments key of the tests only, not used elsewhere"),
            processor="sandbox",
            processor_url=processor_url,
            lookups_per_minute=1_000_000,
        )
    )
    patient = identity_settings(log_in_free_failures=10_000, log_in_free_failures_network=10_000)
    return patient, payments, notify_settings(smtp_port=smtp_port)


async def _first_visit(portal: Portal) -> None:
    """A partner, an enrollment, an account that is verified by it, and one that has begun to be."""
    added = portal.parts["identity"].db.write(
        lambda tx: add_partner_key(tx, portal.partner_id, "marketplace", [], PARTNER_KEY)
    )
    await added
    await _made(portal, "/v1/partner/enrollments", PARTNER_KEY, people.enrollment())
    made = await _made(portal, "/v1/accounts", None, people.account())
    portal.verified = UUID(made["account_id"])
    log_in = {"username": "maria.garcia", "password": people.PASSWORD}
    portal.session = str((await _made(portal, "/v1/sessions", None, log_in))["token"])
    await portal.deliver()
    asked = await _made(portal, "/v1/account/verifications", portal.session, {"method": "questions"})
    answers = {"answers": first_choices(asked, people.RIGHT_ANSWERS)}
    path = f"/v1/account/verifications/{asked['verification_id']}"
    assert (await _made(portal, path, portal.session, answers))["status"] == "verified"
    portal.member_id = await portal.operator.fetchval("SELECT member_id FROM identity.member")
    visitor = people.account(username="visitor", ssn="536-90-4388", email="visitor@mail.test")
    portal.visitor = UUID((await _made(portal, "/v1/accounts", None, visitor))["account_id"])
    log_in["username"] = "visitor"
    session = str((await _made(portal, "/v1/sessions", None, log_in))["token"])
    begun = await _made(portal, "/v1/account/verifications", session, {"method": "questions"})
    portal.verification_id = begun["verification_id"]
    await portal.deliver()


async def _made(portal: Portal, path: str, shown: str | None, body: Any) -> dict[str, Any]:
    answered = await portal.gateway.call("POST", path, token=shown, body=body)
    assert answered.status < 300, answered.body
    made: dict[str, Any] = answered.body
    return made

"""identity as its tests see it: served over HTTP on a fresh database, with what people and partners do in one call."""

import json
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.identity.providers.hashing import PasswordHasher
from services.identity.providers.keyring import KeyRing
from services.identity.settings import IdentitySettings
from services.identity.store.checks import CHECKS
from services.identity.usecases.parts import Parts
from services.identity.wiring import SERVICE
from shared.command import violations
from shared.db import Database
from shared.http.tokens import TokenSigner
from shared.testing.clock import FixedClock
from shared.testing.http import PRIVATE_KEY, Answered, ServiceUnderTest, base_settings, serving, token
from tests.identity import people

RING = json.dumps({"current": "k1", "keys": {"k1": b64encode(secrets.token_bytes(32)).decode()}})
INDEX_KEY = b64encode(secrets.token_bytes(32)).decode()
LINK_KEY = b"the key of links in these tests."  # notify's tests have the same
HOME = "198.51.100.7"


def identity_settings(**more: Any) -> IdentitySettings:
    """Settings of an identity that was not told anything beyond what it must be."""
    keys = {"ssn_keys": RING, "blind_index_key": INDEX_KEY, "token_private_key": PRIVATE_KEY}
    keys["link_key"] = b64encode(LINK_KEY).decode()
    return IdentitySettings(**base_settings(**keys, **more))


Meddle = Callable[[str], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Identity:
    """identity in the hands of a test: calls over HTTP, and a look at what it holds."""

    parts: Parts
    http: ServiceUnderTest

    async def call(self, method: str, path: str, *, address: str = HOME, **more: Any) -> Answered:
        """A call through the gateway from an address."""
        headers = {"Portal-Client-Address": address, **more.pop("headers", {})}
        return await self.http.call(method, path, internal=True, headers=headers, **more)

    async def register(self, **changes: Any) -> UUID:
        """Make Maria's account; returns its id."""
        made = await self.call("POST", "/v1/accounts", body=people.account(**changes))
        assert made.status == 201, made.body
        return UUID(made.body["account_id"])

    async def try_log_in(self, username: str, password: str, address: str = HOME) -> Answered:
        """Try a name and a password."""
        body = {"username": username, "password": password}
        return await self.call("POST", "/v1/sessions", body=body, address=address)

    async def log_in(self, username: str = "maria.garcia", password: str = people.PASSWORD) -> str:
        """Log in; returns the session's token."""
        begun = await self.try_log_in(username, password)
        assert begun.status == 201, begun.body
        return str(begun.body["token"])

    async def resolve(self, session_token: str) -> Answered:
        """Ask who is behind a session's token, as the gateway does."""
        return await self.call("POST", "/internal/sessions/resolve", body={"token": session_token})

    async def enter(self, username: str = "maria.garcia", password: str = people.PASSWORD) -> str:
        """Log in; returns a service token for further calls."""
        resolved = await self.resolve(await self.log_in(username, password))
        return str(resolved.body["service_token"])

    async def partner(self, name: str = "marketplace") -> UUID:
        """The id of a partner."""
        sql = "INSERT INTO partner (partner_id, name) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"
        await self.parts.db.write(lambda tx: tx.execute(sql, uuid4(), name))
        return UUID(str((await self.rows("SELECT partner_id FROM partner WHERE name = $1", name))[0]["partner_id"]))

    async def send(self, body: Any, *, partner: str = "marketplace", insurers: tuple[str, ...] = ()) -> Answered:
        """Send an enrollment as a partner."""
        key = token("partner", account_id=await self.partner(partner), insurers=insurers)
        return await self.call("POST", "/v1/partner/enrollments", token=key, body=body)

    async def enroll(self, control_number: str = "C-0001", **changes: Any) -> dict[str, Any]:
        """Send Maria's enrollment; returns the result of its line."""
        sent = await self.send(people.enrollment(control_number, **changes))
        assert sent.status == 202, sent.body
        return await self.result(sent.body["import_id"])

    async def result(self, import_id: str) -> dict[str, Any]:
        """The result of the line of an import."""
        key = token("partner", account_id=await self.partner())
        shown = await self.call("GET", f"/v1/partner/imports/{import_id}", token=key)
        line: dict[str, Any] = shown.body["lines"][0]
        return line

    async def start(self, service_token: str) -> Answered:
        """Ask for the questions."""
        return await self.call("POST", "/v1/account/verifications", token=service_token, body={"method": "questions"})

    async def answer(self, service_token: str, verification_id: str, answers: dict[str, str]) -> Answered:
        """Answer the questions."""
        path = f"/v1/account/verifications/{verification_id}"
        return await self.call("POST", path, token=service_token, body={"answers": answers})

    async def verify(self, service_token: str, answers: dict[str, str] | None = None) -> dict[str, Any]:
        """Ask and answer; right ones unless told otherwise; returns the result."""
        started = await self.start(service_token)
        assert started.status == 201, started.body
        judged = await self.answer(
            service_token, started.body["verification_id"], answers or first_choices(started.body, people.RIGHT_ANSWERS)
        )
        assert judged.status == 200, judged.body
        result: dict[str, Any] = judged.body
        return result

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """What a query finds."""
        return [dict(row) for row in await self.parts.db.read(lambda tx: tx.fetch(sql, *values))]

    async def said(self, kind: str) -> list[dict[str, Any]]:
        """The facts of a type in the outbox, in their order."""
        rows = await self.rows("SELECT body FROM outbox WHERE type = $1 ORDER BY id", kind)
        return [json.loads(row["body"]) for row in rows]

    async def broken_checks(self) -> dict[str, list[dict[str, Any]]]:
        """What `verify` would complain of."""
        return await self.parts.db.read(lambda tx: violations(tx, CHECKS))


def first_choices(asked: dict[str, Any], wanted: dict[str, str]) -> dict[str, str]:
    """The wanted answer where it is among the choices, else the first choice."""
    return {
        question["question_id"]: wanted[question["question_id"]]
        if wanted.get(question["question_id"]) in question["choices"]
        else question["choices"][0]
        for question in asked["questions"]
    }


def wrong_choices(asked: dict[str, Any]) -> dict[str, str]:
    """An answer to each question that is not the right one."""
    return {
        question["question_id"]: next(
            choice for choice in question["choices"] if choice != people.RIGHT_ANSWERS[question["question_id"]]
        )
        for question in asked["questions"]
    }


@pytest.fixture(scope="session")
def hasher() -> Iterator[PasswordHasher]:
    """The hashing pool as in production."""
    pool = PasswordHasher()
    yield pool
    pool.close()


@pytest.fixture
def keys() -> KeyRing:
    """The keys of the tests."""
    return KeyRing.from_settings(RING, INDEX_KEY)


@pytest.fixture
def parts(identity_db: Database, clock: FixedClock, keys: KeyRing, hasher: PasswordHasher) -> Parts:
    """identity's parts on a fresh database."""
    return Parts(identity_db, clock, identity_settings().rules, keys, hasher, TokenSigner(PRIVATE_KEY), LINK_KEY)


@pytest.fixture
async def meddle(portal_database: str) -> AsyncIterator[Meddle]:
    """Changes rows as the operator does: the service's own role has no right to most of it."""
    connection = await asyncpg.connect(portal_database, server_settings={"search_path": "identity"})
    yield connection.execute
    await connection.close()


@pytest.fixture
async def identity(parts: Parts, clock: FixedClock) -> AsyncIterator[Identity]:
    """identity, served."""
    async with serving(SERVICE, parts, identity_settings(), parts.db, clock) as served:
        yield Identity(parts, served)

"""A service's HTTP side on a loopback port with given parts, and tokens as identity would sign them."""

import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from aiohttp import ClientSession, web
from joserfc.jwk import OKPKey
from pydantic import SecretStr

from shared.clocks import BusinessClock
from shared.db import Database
from shared.http.server import PlainRunner
from shared.http.tokens import Caller, TokenSigner
from shared.running import Running
from shared.service import Core, Service
from shared.settings import ServiceSettings

GATEWAY_KEY = "gateway-key-of-the-tests"
_KEY = OKPKey.generate_key("Ed25519")
PUBLIC_KEY = json.dumps(_KEY.as_dict(private=False))
PRIVATE_KEY = json.dumps(_KEY.as_dict(private=True))
_SIGNER = TokenSigner(PRIVATE_KEY)


def token(
    audience: str = "member",
    *,
    account_id: UUID | None = None,
    member_id: UUID | None = None,
    session_id: UUID | None = None,
    insurers: Sequence[str] = (),
    lifetime_seconds: int = 60,
) -> str:
    """A service token for a person (`account_id`) or a partner (`account_id` is the partner's id)."""
    caller = Caller(
        audience="partner" if audience == "partner" else "member",
        subject=account_id or uuid4(),
        member_id=member_id,
        session_id=session_id,
        insurers=tuple(insurers),
        expires_at=int(time.time()) + lifetime_seconds,
    )
    return _SIGNER.sign(caller)


def base_settings(**more: Any) -> dict[str, Any]:
    """The fields that every service's settings need, for tests that start no process."""
    return {
        "portal_env": "test",
        "http_port": 0,
        "amqp_url": SecretStr("amqp://nobody@127.0.0.1:1/"),
        "token_public_key": PUBLIC_KEY,
        "gateway_key": SecretStr(GATEWAY_KEY),
        **more,
    }


@dataclass(frozen=True, slots=True)
class ServiceUnderTest:
    """A service that answers at `url`; `client` keeps connections to it."""

    url: str
    client: ClientSession

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: Any = None,
        raw: bytes | None = None,
        key: str | None = None,
        internal: bool = False,
        headers: dict[str, str] | None = None,
    ) -> "Answered":
        """One request: JSON `body` or `raw` bytes; `key` is the Idempotency-Key; `internal` calls as the gateway."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if key is not None:
            sent["Idempotency-Key"] = key
        if internal:
            sent["Portal-Gateway-Key"] = GATEWAY_KEY
        content = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
        async with self.client.request(method, self.url + path, data=content, headers=sent) as response:
            raw_answer = await response.read()
            is_json = bool(raw_answer) and "json" in response.content_type
            return Answered(response.status, json.loads(raw_answer) if is_json else raw_answer, dict(response.headers))


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back; `body` is parsed where it was JSON."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def problem(self) -> str:
        """The code that ends the problem's type."""
        return str(self.body["type"]).rsplit("/", 1)[-1]

    @property
    def pointers(self) -> set[str]:
        """The fields that the problem names."""
        return {error["pointer"] for error in self.body.get("errors", [])}


@asynccontextmanager
async def serving(
    service: Service[Any], parts: Any, settings: ServiceSettings, db: Database | None, clock: BusinessClock
) -> AsyncIterator[ServiceUnderTest]:
    """Serve the service's routes over real HTTP on a free loopback port; no consumers, relay or timers run."""
    app = Running(service, Core(settings, db, clock), parts, ("http",)).app()
    runner = PlainRunner(app, drain_timeout_seconds=settings.drain_timeout_seconds)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with ClientSession() as client:
            yield ServiceUnderTest(f"http://127.0.0.1:{runner.addresses[0][1]}", client)
    finally:
        await runner.cleanup()

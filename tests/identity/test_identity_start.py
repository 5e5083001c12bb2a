"""identity as a process and as its settings make it: commands, refusals to start, and its page of URLs."""

import asyncio
import sys
from base64 import b64encode
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from services.identity.domain.passwords import PasswordRule
from services.identity.events import SUBSCRIPTIONS
from services.identity.http.routes import ROUTES
from services.identity.wiring import build
from shared.db import Database
from shared.http.routes import Who
from shared.service import CannotStart, Core
from shared.testing.clock import FixedClock
from shared.testing.http import GATEWAY_KEY, PRIVATE_KEY, PUBLIC_KEY
from tests.conftest import app_dsn
from tests.identity.conftest import INDEX_KEY, LINK_KEY, RING, Identity, identity_settings

ROOT = Path(__file__).parents[2]


async def run(dsn: str, *arguments: str, **changes: str) -> tuple[int, str, str]:
    """Run the command line of identity; returns exit status, output and errors."""
    environment = {
        "PORTAL_ENV": "test",
        "PORTAL_HTTP_PORT": "1",
        "PORTAL_POSTGRES_DSN": dsn,
        "PORTAL_AMQP_URL": "amqp://nobody@127.0.0.1:1/",
        "PORTAL_TOKEN_PUBLIC_KEY": PUBLIC_KEY,
        "PORTAL_GATEWAY_KEY": GATEWAY_KEY,
        "PORTAL_SSN_KEYS": RING,
        "PORTAL_BLIND_INDEX_KEY": INDEX_KEY,
        "PORTAL_TOKEN_PRIVATE_KEY": PRIVATE_KEY,
        "PORTAL_LINK_KEY": b64encode(LINK_KEY).decode(),
        **changes,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.identity", *arguments,
        cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    return process.returncode or 0, out.decode(), errors.decode()


async def test_an_operator_makes_a_key_and_verifies(portal_database: str) -> None:
    """`partner-key add` prints a key and nothing else; `verify` reports that all checks hold."""
    dsn = app_dsn("identity", portal_database)
    status, out, errors = await run(dsn, "partner-key", "add", "State marketplace", "--insurer", "blueharbor")
    assert (status, errors) == (0, "")
    assert out.startswith("hcpk_")
    assert len(out.strip()) > 40
    status, out, _ = await run(dsn, "verify")
    assert status == 0
    assert "checks hold" in out


async def test_it_does_not_start_with_keys_that_cannot_be_used(portal_database: str) -> None:
    """A key that is missing or malformed is named by its setting, and its value is not shown."""
    dsn = app_dsn("identity", portal_database)
    too_short = b64encode(LINK_KEY[:31]).decode()
    cases = (("SSN_KEYS", "secret-ring"), ("TOKEN_PRIVATE_KEY", "secret-key"), ("LINK_KEY", too_short))
    for setting, wrong in ((f"PORTAL_{name}", value) for name, value in cases):
        status, out, errors = await run(dsn, "partner-key", "add", "x", **{setting: wrong})
        assert (status, out) == (2, "")
        assert setting in errors
        assert wrong not in errors


async def test_settings_are_handed_down(identity_db: Database, clock: FixedClock) -> None:
    """What an installation sets arrives in the rules that use cases go by."""
    settings = identity_settings(
        password_rule=PasswordRule.LONG, session_idle_seconds=60, log_in_free_failures=3, verification_attempts=1
    )
    async with build(Core(settings, identity_db, clock)) as parts:
        assert parts.rules.password is PasswordRule.LONG
        assert (parts.rules.session.idle_seconds, parts.rules.session.absolute_seconds) == (60, 43_200)
        assert (parts.rules.log_in.account_and_network.free, parts.rules.log_in.network.free) == (3, 50)
        assert parts.rules.verification.attempts == 1
    with pytest.raises(ValidationError):
        identity_settings(raw_import_days=91)
    with pytest.raises(CannotStart):
        async with build(Core(settings.model_copy(update={"blind_index_key": SecretStr("x")}), identity_db, clock)):
            pass


async def test_every_url_is_in_the_description(identity: Identity) -> None:
    """The part that the gateway merges lists each public route; the internal ones are the gateway's own to call."""
    described = await identity.call("GET", "/internal/openapi.json")
    assert described.status == 200
    for route in ROUTES:
        assert (route.who is Who.GATEWAY) == route.path.startswith("/internal/")
        if route.who is not Who.GATEWAY:
            assert route.method.lower() in described.body["paths"][route.path], route.path


def test_identity_hears_nothing() -> None:
    """It has no queue: what it knows comes over HTTP."""
    assert SUBSCRIPTIONS == {}

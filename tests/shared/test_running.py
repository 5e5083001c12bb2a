"""The run loop, with a real process: it starts only when it has what it needs, drains when told to, and resumes."""

import asyncio
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from shared.db import Database
from shared.running import _end
from shared.testing.http import GATEWAY_KEY, PUBLIC_KEY
from tests.conftest import app_dsn
from tests.shared.message_samples import DONE, EFFECTS, UNSENT, until
from tests.shared.test_outbox_inbox import rows

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(portal_database: str, amqp_url: str, tmp_path: Path) -> dict[str, str]:
    """What the tiny service is told."""
    return {
        "PATH": os.environ["PATH"],
        "PORTAL_ENV": "test",
        "PORTAL_HTTP_PORT": str(free_port()),
        "PORTAL_POSTGRES_DSN": app_dsn("payments", portal_database),
        "PORTAL_AMQP_URL": amqp_url,
        "PORTAL_TOKEN_PUBLIC_KEY": PUBLIC_KEY,
        "PORTAL_GATEWAY_KEY": GATEWAY_KEY,
        "PORTAL_GATE": str(tmp_path / "gate"),
    }


@dataclass
class Tiny:
    """The process; `call` asks its HTTP side."""

    process: asyncio.subprocess.Process
    session: aiohttp.ClientSession
    url: str
    gateway_key: str = GATEWAY_KEY

    async def call(self, method: str, path: str, body: Any = None, *, internal: bool = True) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        headers = {"Portal-Gateway-Key": self.gateway_key} if internal else {}
        async with self.session.request(method, self.url + path, json=body, headers=headers) as response:
            return response.status, json.loads(await response.read() or b"null")

    async def ended(self) -> int:
        """Its exit status."""
        async with asyncio.timeout(30):
            return await self.process.wait()


async def start(environment: dict[str, str], *arguments: str) -> asyncio.subprocess.Process:
    """Start the tiny service with a command."""
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.shared.tiny_service",
        *arguments,
        cwd=ROOT,
        env=environment,
        stdout=pipe,
        stderr=pipe,
    )


async def finish(environment: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    """Run a command to its end: exit status, standard output, standard error."""
    process = await start(environment, *arguments)
    async with asyncio.timeout(START_SECONDS):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def tiny(environment: dict[str, str], *only: str) -> AsyncIterator[Tiny]:
    """The tiny service, serving; it is killed at the end when it still runs."""
    process = await start(environment, "serve", *only)
    assert process.stderr is not None
    log = b""
    async with asyncio.timeout(START_SECONDS):
        while b'"serving"' not in log:
            line = await process.stderr.readline()
            assert line, log.decode()
            log += line
    drained = asyncio.create_task(process.stderr.read())
    async with aiohttp.ClientSession() as session:
        try:
            yield Tiny(process, session, f"http://127.0.0.1:{environment['PORTAL_HTTP_PORT']}")
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await drained


async def until_true(question: Callable[[], Awaitable[bool]]) -> None:
    """Ask again until the answer is yes."""
    async with asyncio.timeout(20):
        while not await question():
            await asyncio.sleep(0.02)


async def test_a_request_under_way_is_finished_when_the_process_is_told_to_stop(
    environment: dict[str, str], payments_db: Database
) -> None:
    """SIGTERM: no new connections, the request under way gets its answer and its commit, the exit status is 0."""
    async with tiny(environment) as service:
        asking = asyncio.create_task(service.call("POST", "/v1/wait"))
        assert service.process.stdout is not None
        assert await service.process.stdout.readline() == b"under way\n"
        service.process.send_signal(signal.SIGTERM)

        async def refused() -> bool:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", int(environment["PORTAL_HTTP_PORT"]))
            except ConnectionError:
                return True
            writer.close()
            return False

        await until_true(refused)
        assert not asking.done()
        await asyncio.to_thread(Path(environment["PORTAL_GATE"]).touch)
        assert await asking == (200, {"count": 1})
        assert await service.ended() == 0
    assert await rows(payments_db, "SELECT count(*) FROM outbox") == [(1,)]


async def test_an_idle_process_stops_at_once(environment: dict[str, str]) -> None:
    """With connections open but nothing to do, stopping takes no waiting time."""
    async with tiny(environment) as service:
        assert (await service.call("GET", "/healthz"))[0] == 200
        service.process.send_signal(signal.SIGTERM)
        started = asyncio.get_running_loop().time()
        assert await service.ended() == 0
        assert asyncio.get_running_loop().time() - started < 8


async def test_facts_flow_from_request_to_effect(environment: dict[str, str], payments_db: Database) -> None:
    """One process has it all: route, outbox, relay, consumer, inbox; it says that nothing is pending in the end."""
    async with tiny(environment) as service:
        assert await service.call("POST", "/v1/announce", {"count": 150}) == (200, {"count": 150})

        async def settled() -> bool:
            return not any((await service.call("GET", "/sandbox/pending"))[1]["pending"].values())

        await until(payments_db, EFFECTS, 150)
        await until_true(settled)
        status, ready = await service.call("GET", "/readyz")
        assert (status, ready) == (200, {"status": "ready", "missing": []})


@pytest.mark.parametrize("point", ["relay.confirmed", "relay.marked", "consumer.committed"])
async def test_a_process_that_is_killed_at_a_crash_point_loses_nothing(
    environment: dict[str, str], payments_db: Database, point: str
) -> None:
    """Killed there without warning and started again: every fact has its effect once."""
    async with tiny({**environment, "CRASH_AT": f"{point}:1"}) as service:
        await service.call("POST", "/v1/announce", {"count": 120})
        assert await service.ended() == -signal.SIGKILL
    async with tiny(environment):
        await until(payments_db, UNSENT, 0)
        await until(payments_db, DONE, 120)
    assert await rows(payments_db, EFFECTS) == [(120,)]


async def test_only_the_part_that_was_asked_for_runs(environment: dict[str, str], payments_db: Database) -> None:
    """`--only http` announces but sends nothing; `--only relay --only events` does the rest."""
    async with tiny(environment, "--only", "http") as service:
        await service.call("POST", "/v1/announce", {"count": 1})
        await asyncio.sleep(0.3)
        assert await rows(payments_db, UNSENT) == [(1,)]
    async with tiny(environment, "--only", "relay", "--only", "events") as service:
        await until(payments_db, EFFECTS, 1)
        with pytest.raises(aiohttp.ClientConnectionError):
            await service.call("GET", "/healthz")


async def test_a_process_without_http_still_shows_operators_how_it_is(environment: dict[str, str]) -> None:
    """On a port of their own operators see health and metrics of a relay; nothing that the service does is there."""
    port = str(free_port())
    async with tiny({**environment, "PORTAL_METRICS_PORT": port}, "--only", "relay") as service:
        operators = replace(service, url=f"http://127.0.0.1:{port}")
        assert await operators.call("GET", "/healthz") == (200, {"status": "alive"})
        assert (await operators.call("GET", "/readyz"))[0] == 200
        async with operators.session.get(f"{operators.url}/metrics") as response:
            assert "portal_outbox_unsent 0.0" in await response.text()
        async with operators.session.post(f"{operators.url}/v1/announce", json={"count": 1}) as response:
            assert response.status == 404
        service.process.send_signal(signal.SIGTERM)
        assert await service.ended() == 0


async def test_moved_time_survives_a_restart(environment: dict[str, str]) -> None:
    """The clock was moved by 40 days: the process that is started next goes on there, and never goes back."""
    goal = datetime.now(UTC) + timedelta(days=40)
    for _ in range(2):
        async with tiny(environment, "--only", "http") as service:
            status, shown = await service.call("PUT", "/sandbox/clock", {"now": goal.isoformat()})
            assert status == 200
            assert datetime.fromisoformat(shown["now"]) - goal < timedelta(seconds=5)
        goal += timedelta(days=1)
    async with tiny(environment, "--only", "http") as service:
        now = datetime.fromisoformat((await service.call("GET", "/sandbox/clock"))[1]["now"])
        assert timedelta(0) <= now - (goal - timedelta(days=1)) < timedelta(seconds=60)
        for wrong, expected in [
            ({"now": (now - timedelta(days=2)).isoformat()}, 409),
            ({"now": "soon"}, 422),
            ({}, 422),
        ]:
            assert (await service.call("PUT", "/sandbox/clock", wrong))[0] == expected
        assert (await service.call("PUT", "/sandbox/clock", {"now": goal.isoformat()}, internal=False))[0] == 404


@pytest.fixture
async def production(environment: dict[str, str], portal_database: str) -> AsyncIterator[dict[str, str]]:
    """The tiny service with secrets that production takes, drawn for this test."""
    drawn = secrets.token_urlsafe(32)
    role = f"production_{secrets.token_hex(6)}"
    operator = await asyncpg.connect(portal_database)
    await operator.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{drawn}' IN ROLE payments_app")
    yield {
        **environment,
        "PORTAL_ENV": "production",
        "PORTAL_POSTGRES_DSN": f"postgresql://{role}:{drawn}@{portal_database.rpartition('@')[2]}",
        "PORTAL_AMQP_URL": f"amqp://payments:{drawn}@127.0.0.1:1/",
        "PORTAL_GATEWAY_KEY": drawn,
    }
    await operator.execute(f"DROP ROLE {role}")
    await operator.close()


async def test_production_starts_with_secrets_only(environment: dict[str, str], production: dict[str, str]) -> None:
    """With the passwords and keys of the tests, which stand in the repository, a process in production ends at once."""
    status, out, err = await finish({**environment, "PORTAL_ENV": "production"}, "serve")
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    for name in ("PORTAL_POSTGRES_DSN", "PORTAL_AMQP_URL", "PORTAL_GATEWAY_KEY"):
        assert name in line
        assert (await finish({**production, name: environment[name]}, "serve"))[0] == 2
        assert environment[name] not in err


async def test_there_is_no_sandbox_in_production(production: dict[str, str]) -> None:
    """Nobody, the gateway included, can move time or ask for crash points there."""
    async with tiny(production, "--only", "http") as started:
        service = replace(started, gateway_key=production["PORTAL_GATEWAY_KEY"])
        for method, path in [("GET", "/sandbox/clock"), ("PUT", "/sandbox/clock"), ("GET", "/sandbox/pending")]:
            assert (await service.call(method, path))[0] == 404
    status, out, err = await finish({**production, "CRASH_AT": "relay.confirmed:1"}, "serve")
    assert (status, out) == (2, "")
    assert err.splitlines() == ["payments: CRASH_AT is only for sandbox and test"]


async def test_a_part_that_does_not_notice_that_it_is_to_end_is_told_again() -> None:
    """A library swallows the cancellation, as `asyncio.wait_for` does now and then: the service ends all the same."""
    swallowed: list[str] = []

    async def part() -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if swallowed:
                    raise
                swallowed.append("once")

    task = asyncio.create_task(part())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await _end([task], again_seconds=0.05)
    assert swallowed == ["once"]
    assert task.cancelled()

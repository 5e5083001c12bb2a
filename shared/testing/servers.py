"""PostgreSQL and RabbitMQ for a test run, the same ones for all of its processes.

From TEST_POSTGRES_DSN and TEST_AMQP_URL where they are given; else containers where Docker answers; else native
servers on free ports. The first process that needs them starts them under a lock, the run's controller ends them.
"""

import asyncio
import fcntl
import json
import os
import shutil
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from shared.native.packages import ensure_installed
from shared.native.postgres import NativePostgres
from shared.native.processes import kill_residents
from shared.native.rabbitmq import NativeRabbitMQ
from shared.testing import containers

T = TypeVar("T")
PASSWORD = "test-only-password"  # noqa: S105 - of servers that live as long as a test run
VHOSTS = tuple(f"tests{number}" for number in range(8))
STATE = "servers.json"

Apply = Callable[[dict[str, Any]], Awaitable[None]]
Prepare = Callable[["Servers", Apply], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they are. `vhosts` is empty when the broker was given: then tests take turns in its own vhost."""

    postgres_dsn: str
    amqp_url: str
    vhosts: tuple[str, ...]
    container_ids: tuple[str, ...] = ()


def running(folder: Path, prepare: Prepare) -> Servers:
    """The servers of this run; starts and prepares them when no process of the run has yet."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = folder / STATE
        if not state.exists():
            state.write_text(json.dumps(asdict(_in_thread(_started(folder, prepare)))))
        known = json.loads(state.read_text())
    return Servers(**{**known, "vhosts": tuple(known["vhosts"]), "container_ids": tuple(known["container_ids"])})


def end(folder: Path) -> None:
    """End what `running` started for this run, if anything."""
    state = folder / STATE
    if state.exists():
        containers.remove(json.loads(state.read_text())["container_ids"])
    for name in ("postgres", "rabbitmq"):
        if (folder / name).exists():
            kill_residents((folder / name).resolve())
            shutil.rmtree((folder / name).resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _in_thread(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on a loop of its own, whatever loop the test runner has."""
    result: list[T] = []
    failure: list[BaseException] = []

    def target() -> None:
        try:
            result.append(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            failure.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return result[0]


async def _started(folder: Path, prepare: Prepare) -> Servers:
    given_dsn, given_url = os.environ.get("TEST_POSTGRES_DSN"), os.environ.get("TEST_AMQP_URL")
    if given_dsn and given_url:
        servers = Servers(given_dsn, given_url, ())
        await prepare(servers, containers.declare_over_amqp(given_url))
        return servers
    if containers.docker_answers():
        started = await containers.start(PASSWORD)
        servers = Servers(started.postgres_dsn, started.amqp_url, VHOSTS, started.container_ids)
        await prepare(servers, started.apply)
        return servers
    return await _started_natively(folder, prepare)


async def _started_natively(folder: Path, prepare: Prepare) -> Servers:
    ensure_installed(lambda line: print(line, flush=True))  # noqa: T201 - an installation takes a while: say so
    postgres = NativePostgres(folder / "postgres", password=PASSWORD, durable=False)
    rabbitmq = NativeRabbitMQ(folder / "rabbitmq", user="operator", password=PASSWORD)
    await asyncio.gather(postgres.start(), rabbitmq.start())

    async def apply(definitions: dict[str, Any]) -> None:
        path = folder / "definitions.json"
        path.write_text(json.dumps(definitions))
        await rabbitmq.rabbitmqctl("import_definitions", str(path))

    servers = Servers(postgres.dsn(), rabbitmq.url(), VHOSTS)
    await prepare(servers, apply)
    return servers

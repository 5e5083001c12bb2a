"""Fixtures for all tests: servers of the run, a fresh database for each test, the broker's vhost of each worker."""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aio_pika
import asyncpg
import hypothesis  # here, too, because its plugin imports it while pytest sums up: there CPython 3.11 may fail to parse
import pytest

from deploy.broker_rows import Definitions
from deploy.database import prepare as prepare_database
from deploy.services import WITH_DATABASE
from deploy.subscribing import Subscriber
from deploy.topology import USERS, definitions
from shared.db import Database, open_database
from shared.migrating import migrate
from shared.testing import servers
from shared.testing.clock import FixedClock

hypothesis.settings.register_profile("busy machine", deadline=None)  # how long an example takes says nothing there
hypothesis.settings.load_profile("busy machine")

TEMPLATE = "portal_template"
PASSWORD = servers.PASSWORD
RIGHTS_VHOST = "rights"
SUBSCRIBERS = (
    Subscriber.wanted("acme", ["evergreen"], ["payment.*"]),
    Subscriber.wanted("brook", ["birch", "cedar"], ["bill.paid", "policy.*"]),
)
ROLE_PASSWORDS = {f"{service}_{kind}": PASSWORD for service in WITH_DATABASE for kind in ("owner", "app")}


def _folder(config: pytest.Config) -> Path:
    run = getattr(config, "workerinput", {}).get("testrunuid") or os.environ.get("PYTEST_XDIST_TESTRUNUID")
    return Path(tempfile.gettempdir()) / f"portal-tests-{run or os.getpid()}"


def pytest_configure_node(node: Any) -> None:
    """Remember, in the controller, the folder that its workers use."""
    node.config.portal_folder = Path(tempfile.gettempdir()) / f"portal-tests-{node.workerinput['testrunuid']}"


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers when the whole run has ended."""
    if not hasattr(config, "workerinput"):
        servers.end(getattr(config, "portal_folder", _folder(config)))


async def _prepare(found: servers.Servers, apply: servers.Apply) -> None:
    """Once a run: a template database with every schema migrated, and the topology in each vhost."""
    connection = await asyncpg.connect(found.postgres_dsn)
    await connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}")
    await connection.execute(f"CREATE DATABASE {TEMPLATE}")
    await connection.close()
    await prepare_database(_database(found.postgres_dsn, TEMPLATE), ROLE_PASSWORDS)
    for service in WITH_DATABASE:
        migrate(service, _as_role(found.postgres_dsn, f"{service}_owner", TEMPLATE))
    await apply(_broker_contents(found))


def _broker_contents(found: servers.Servers) -> Definitions:
    """The topology in each vhost; in one of its own, where rights are tried out, also some outside subscribers."""
    passwords = dict.fromkeys(USERS, PASSWORD)
    if not found.vhosts:
        return definitions(passwords)
    contents = definitions(passwords, (*found.vhosts, RIGHTS_VHOST))
    for subscriber in SUBSCRIBERS:
        for kind, rows in subscriber.definitions(PASSWORD, RIGHTS_VHOST).items():
            contents[kind] += rows
    return contents


def _database(dsn: str, name: str) -> str:
    return f"{dsn.rpartition('/')[0]}/{name}"


def _as_role(dsn: str, role: str, database: str) -> str:
    address = dsn.rpartition("@")[2].partition("/")[0]
    return f"postgresql://{role}:{PASSWORD}@{address}/{database}"


@pytest.fixture(scope="session")
def run_servers(request: pytest.FixtureRequest) -> servers.Servers:
    """PostgreSQL and RabbitMQ of this run."""
    return servers.running(_folder(request.config), _prepare)


@pytest.fixture
async def portal_database(run_servers: servers.Servers) -> AsyncIterator[str]:
    """The operator's DSN of a fresh database with all schemas, gone after the test."""
    name = f"portal_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(run_servers.postgres_dsn)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield _database(run_servers.postgres_dsn, name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


def app_dsn(service: str, operator_dsn: str) -> str:
    """The DSN of a service's app role in the same database."""
    return _as_role(operator_dsn, f"{service}_app", operator_dsn.rpartition("/")[2])


@pytest.fixture
async def identity_db(portal_database: str) -> AsyncIterator[Database]:
    """identity's schema, as its app role sees it."""
    async with open_database(app_dsn("identity", portal_database), name="test") as db:
        yield db


@pytest.fixture
async def payments_db(portal_database: str) -> AsyncIterator[Database]:
    """payments' schema, as its app role sees it."""
    async with open_database(app_dsn("payments", portal_database), name="test") as db:
        yield db


@pytest.fixture
async def notify_db(portal_database: str) -> AsyncIterator[Database]:
    """notify's schema, as its app role sees it."""
    async with open_database(app_dsn("notify", portal_database), name="test") as db:
        yield db


@pytest.fixture
def clock() -> FixedClock:
    """Business time that stands at noon in New York of a December day until the test moves it."""
    return FixedClock()


@pytest.fixture
def vhost(run_servers: servers.Servers, worker_id: str) -> Iterator[str]:
    """The vhost of this worker; a broker that was given has one, and tests take turns in it."""
    if run_servers.vhosts:
        yield run_servers.vhosts[int(worker_id.removeprefix("gw") or 0) if worker_id != "master" else 0]
        return
    with (Path(tempfile.gettempdir()) / "portal-tests-broker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield ""


@pytest.fixture
async def amqp_url(run_servers: servers.Servers, vhost: str) -> AsyncIterator[str]:
    """The broker, as its operator, with the portal's topology; its queues are empty at the start."""
    url = run_servers.amqp_url.rpartition("/")[0] + f"/{vhost}" if vhost else run_servers.amqp_url
    connection = await aio_pika.connect(url)
    channel = await connection.channel()
    for service in WITH_DATABASE:
        for queue in (f"{service}.inbox", f"{service}.dead"):
            with contextlib.suppress(aio_pika.exceptions.ChannelNotFoundEntity):
                await (await channel.get_queue(queue, ensure=False)).purge()
            if channel.is_closed:
                channel = await connection.channel()
    yield url
    await connection.close()


@pytest.fixture
def amqp_url_of(run_servers: servers.Servers, vhost: str) -> Any:
    """The broker as a user sees it: `amqp_url_of("payments")`."""

    def url(user: str) -> str:
        if not run_servers.vhosts:
            return run_servers.amqp_url
        address = run_servers.amqp_url.rpartition("@")[2].partition("/")[0]
        return f"amqp://{user}:{PASSWORD}@{address}/{vhost}"

    return url

"""The private PostgreSQL and RabbitMQ: they survive a kill with their data, and touch nothing that is not theirs."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aio_pika
import asyncpg
import pytest

from shared.native import places
from shared.native.ports import free_port, is_free, remembered_ports
from shared.native.postgres import NativePostgres
from shared.native.processes import AlreadyRunning, ServerFailed, residents
from shared.native.rabbitmq import NativeRabbitMQ


@asynccontextmanager
async def postgres_in(place: Path, *, port: int | None = None) -> AsyncIterator[NativePostgres]:
    """Run a server for the block, and remove it with all its files."""
    server = NativePostgres(place, password="s'cr:t/1", port=port, durable=False)
    try:
        await server.start()
        yield server
    finally:
        server.discard()


@asynccontextmanager
async def rabbitmq_in(place: Path) -> AsyncIterator[NativeRabbitMQ]:
    """Run a broker for the block, with a password full of traps, and remove it with all its files."""
    broker = NativeRabbitMQ(place, user="operator", password="p\"a'ss\\word/ü")
    try:
        await broker.start()
        yield broker
    finally:
        broker.discard()


async def query(server: NativePostgres, statement: str) -> list[asyncpg.Record]:
    """Run one statement as the superuser on a connection of its own."""
    connection = await asyncpg.connect(server.dsn())
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


async def publish(broker: NativeRabbitMQ, queue: str, body: bytes) -> None:
    """Declare a quorum queue and publish a persistent message to it, confirmed."""
    async with await aio_pika.connect(broker.url()) as connection:
        channel = await connection.channel()
        await channel.declare_queue(queue, durable=True, arguments={"x-queue-type": "quorum"})
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, routing_key=queue)


async def take(broker: NativeRabbitMQ, queue: str) -> bytes:
    """Take one message off a queue that exists."""
    async with await aio_pika.connect(broker.url()) as connection:
        channel = await connection.channel()
        kept = await channel.get_queue(queue)
        message = await kept.get(timeout=10)
        await message.ack()
        return message.body


async def test_postgres_keeps_what_was_committed_over_a_kill(tmp_path: Path) -> None:
    """A row committed before a SIGKILL of every Postgres process is there after the next start, on the same port."""
    async with postgres_in(tmp_path / "postgres") as server:
        await query(server, "CREATE TABLE bill (amount_cents int)")
        await query(server, "INSERT INTO bill VALUES (12345)")
        port = server.port
        server.kill()
        assert server.pid is None
        assert is_free(port)
        await server.start()
        assert server.port == port
        assert [row["amount_cents"] for row in await query(server, "SELECT amount_cents FROM bill")] == [12345]


async def test_postgres_starts_again_after_a_stranger_killed_its_postmaster(tmp_path: Path) -> None:
    """When only the postmaster is killed from outside, a start ends its orphans and recovers."""
    async with postgres_in(tmp_path / "postgres") as server:
        await query(server, "CREATE TABLE bill (amount_cents int)")
        open_connection = await asyncpg.connect(server.dsn())
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        assert await _ends(lambda: server.pid is None)
        await server.start()
        assert await query(server, "SELECT count(*) FROM bill")
        open_connection.terminate()


async def test_postgres_stops_in_order_and_starts_again(tmp_path: Path) -> None:
    """A stop ends open sessions, frees the port and keeps the data, without recovery at the next start."""
    async with postgres_in(tmp_path / "postgres") as server:
        await query(server, "CREATE TABLE bill (amount_cents int)")
        session = await asyncpg.connect(server.dsn())
        await server.stop()
        assert is_free(server.port)
        session.terminate()
        await server.start()
        assert await query(server, "SELECT count(*) FROM bill")
        assert "not properly shut down" not in server.log_path.read_text()


async def test_two_postgres_run_side_by_side(tmp_path: Path) -> None:
    """Two servers have ports and data of their own, and a kill of one leaves the other at work."""
    async with postgres_in(tmp_path / "one") as one, postgres_in(tmp_path / "two") as two:
        await query(one, "CREATE TABLE only_here ()")
        one.kill()
        assert not await query(two, "SELECT 1 FROM pg_tables WHERE tablename = 'only_here'")


async def test_postgres_says_that_its_port_is_taken(tmp_path: Path) -> None:
    """A start on a port that another server has fails with the reason, and leaves that server alone."""
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        with pytest.raises(ServerFailed, match="Address already in use"):
            async with postgres_in(tmp_path / "postgres", port=port):
                pass
        socket.create_connection(("127.0.0.1", port)).close()


async def test_a_second_run_on_the_same_files_is_refused(tmp_path: Path) -> None:
    """Two runs of the local stack cannot take each other's database away."""
    async with postgres_in(tmp_path / "postgres") as server:
        second = NativePostgres(server.place, password="s'cr:t/1", durable=False)
        with pytest.raises(AlreadyRunning):
            await second.start()
        with pytest.raises(AlreadyRunning):
            places.discard(server.place)
        assert await query(server, "SELECT 1")


async def test_what_a_killed_run_left_behind_is_taken_over(tmp_path: Path) -> None:
    """After a SIGKILL of the run that started it, the orphaned server is ended and its data used by the next."""
    place = tmp_path / "postgres"
    program = (
        "import asyncio, os, pathlib, signal, sys\n"
        "from shared.native.postgres import NativePostgres\n"
        'server = NativePostgres(pathlib.Path(sys.argv[1]), password="s\'cr:t/1", durable=False)\n'
        "asyncio.run(server.start())\n"
        "print(server.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run = await asyncio.create_subprocess_exec(sys.executable, "-c", program, place, stdout=subprocess.PIPE)
    printed, _ = await run.communicate()
    assert int(printed) in residents(place.resolve())
    async with postgres_in(place) as server:
        assert await query(server, "SELECT 1")
        assert int(printed) not in residents(place.resolve())


async def test_discard_removes_every_file(tmp_path: Path) -> None:
    """`make clean` leaves neither the folder, nor its lock, nor what stood behind a link to /var/tmp."""
    async with postgres_in(tmp_path / "postgres") as server:
        real = server.place.resolve()
        assert residents(real)
    assert not residents(real)
    assert _files_of(real, tmp_path) == []


async def test_a_quorum_queue_keeps_its_message_over_a_kill_of_the_broker(tmp_path: Path) -> None:
    """A confirmed message and the broker's users are there after a SIGKILL and the next start."""
    async with rabbitmq_in(tmp_path / "rabbitmq") as broker:
        await broker.rabbitmqctl("add_user", "payments", stdin="another-secret")
        await publish(broker, "notify", b"payment.accepted")
        await broker.sync_queues()
        await publish(broker, "notify", b"payment.succeeded")
        broker.kill()
        assert all(is_free(port) for port in (broker.port, broker.dist_port, broker.epmd_port))
        await broker.start()
        assert await take(broker, "notify") == b"payment.accepted"
        assert await take(broker, "notify") == b"payment.succeeded"
        assert sorted(_names(await broker.rabbitmqctl("list_users", "--formatter", "json"))) == ["operator", "payments"]


async def test_the_broker_starts_again_after_a_stranger_killed_it(tmp_path: Path) -> None:
    """When only the broker's main process is killed from outside, a start cleans up behind it and recovers."""
    async with rabbitmq_in(tmp_path / "rabbitmq") as broker:
        await publish(broker, "notify", b"kept")
        await broker.sync_queues()
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGKILL)
        assert await _ends(lambda: broker.pid is None)
        await broker.start()
        assert await take(broker, "notify") == b"kept"


async def test_two_brokers_run_side_by_side_and_stop_alone(tmp_path: Path) -> None:
    """Two brokers do not see each other; a stop of one ends its epmd too and nothing of the other."""
    async with rabbitmq_in(tmp_path / "one") as one, rabbitmq_in(tmp_path / "two") as two:
        await publish(one, "notify", b"one")
        await publish(two, "notify", b"two")
        await one.stop()
        assert not residents(one.place)
        assert "two" in (await take(two, "notify")).decode()
        assert await two.rabbitmqctl("list_queues", "name", "messages")


async def test_a_wrong_password_for_old_data_is_told(tmp_path: Path) -> None:
    """A broker whose files were made with another password is not left running without anybody able to log in."""
    async with rabbitmq_in(tmp_path / "rabbitmq") as broker:
        await broker.stop()
        other = NativeRabbitMQ(broker.place, user="operator", password="not-the-one")
        with pytest.raises(ServerFailed, match="another password"):
            await other.start()
        assert not residents(broker.place)


def test_free_port_gives_the_preferred_one_only_when_nobody_has_it() -> None:
    """8080 is used where it is free; a taken one is passed over."""
    wanted = free_port()
    assert free_port(wanted) == wanted
    with socket.create_server(("127.0.0.1", wanted)):
        assert not is_free(wanted)
        assert free_port(wanted) != wanted
    assert free_port(wanted, avoid=[wanted]) != wanted


def test_ports_are_kept_between_starts_while_they_are_free(tmp_path: Path) -> None:
    """The address of the portal stays the same from one `make up` to the next, except for a port that was taken."""
    path = tmp_path / ".local" / "ports.json"
    first = remembered_ports(path, {"gateway": free_port(), "postgres": None})
    assert remembered_ports(path, {"gateway": 1, "postgres": None}) == first
    with socket.create_server(("127.0.0.1", first["gateway"])):
        moved = remembered_ports(path, {"gateway": None, "postgres": None})
    assert moved["gateway"] != first["gateway"]
    assert moved["postgres"] == first["postgres"]


def test_a_damaged_memory_of_ports_is_made_anew(tmp_path: Path) -> None:
    """A half-written or foreign file does not stop a start."""
    path = tmp_path / "ports.json"
    for damage in ("", "[1]", '{"gateway": "x"', '{"gateway": "8080"}', '{"gateway": 99999999}'):
        path.write_text(damage)
        ports = remembered_ports(path, {"gateway": None})
        assert json.loads(path.read_text()) == ports


async def _ends(condition: Callable[[], bool]) -> bool:
    """Give the kernel the moment it needs to bury a killed process."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)
    return True


def _names(listing: str) -> list[str]:
    return [row["user"] for row in json.loads(listing)]


def _files_of(*folders: Path) -> list[Path]:
    return [path for folder in folders if folder.exists() for path in folder.iterdir()]

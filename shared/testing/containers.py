"""PostgreSQL and RabbitMQ as containers, where Docker answers, and the topology of a broker that was given."""

import asyncio
import io
import json
import tarfile
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import aio_pika
import asyncpg
import docker
from docker.errors import DockerException, NotFound
from testcontainers.core.container import DockerContainer

from shared.native.postgres import COMMON_SETTINGS, FAST_SETTINGS

POSTGRES_IMAGE = "postgres:17-bookworm"
RABBITMQ_IMAGE = "rabbitmq:4-management"
READY_WITHIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Started:
    """Two containers that answer; `apply` gives the broker its definitions."""

    postgres_dsn: str
    amqp_url: str
    container_ids: tuple[str, ...]
    apply: Callable[[dict[str, Any]], Awaitable[None]]


def docker_answers() -> bool:
    """Whether a Docker engine can be used."""
    try:
        return bool(docker.from_env(timeout=3).ping())
    except DockerException:
        return False


async def start(password: str) -> Started:
    """Start both and return when they take connections; they live until `remove`."""
    postgres = (
        DockerContainer(POSTGRES_IMAGE)
        .with_env("POSTGRES_PASSWORD", password)
        .with_exposed_ports(5432)
        .with_command(["postgres", *(f"--{name}={value}" for name, value in (COMMON_SETTINGS | FAST_SETTINGS).items())])
    )
    rabbitmq = (
        DockerContainer(RABBITMQ_IMAGE)
        .with_env("RABBITMQ_DEFAULT_USER", "operator")
        .with_env("RABBITMQ_DEFAULT_PASS", password)
        .with_exposed_ports(5672)
    )
    await asyncio.gather(asyncio.to_thread(postgres.start), asyncio.to_thread(rabbitmq.start))
    host = postgres.get_container_host_ip()
    dsn = f"postgresql://postgres:{password}@{host}:{postgres.get_exposed_port(5432)}/postgres"
    url = f"amqp://operator:{password}@{host}:{rabbitmq.get_exposed_port(5672)}/"
    await asyncio.gather(_until(lambda: _postgres_answers(dsn)), _until(lambda: _rabbitmq_answers(url)))
    wrapped = rabbitmq.get_wrapped_container()

    async def apply(definitions: dict[str, Any]) -> None:
        await asyncio.to_thread(_import_definitions, wrapped, definitions)

    return Started(dsn, url, (postgres.get_wrapped_container().id, wrapped.id), apply)


def remove(container_ids: Iterable[str]) -> None:
    """End and remove containers that `start` made."""
    for container_id in container_ids:
        try:
            docker.from_env().containers.get(container_id).remove(force=True, v=True)
        except NotFound:
            continue


def _import_definitions(container: Any, definitions: dict[str, Any]) -> None:
    content = json.dumps(definitions).encode()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("definitions.json")
        entry.size = len(content)
        entry.mode = 0o644
        tar.addfile(entry, io.BytesIO(content))
    container.put_archive("/tmp", archive.getvalue())  # noqa: S108 - inside the container
    status, output = container.exec_run(["rabbitmqctl", "import_definitions", "/tmp/definitions.json"])  # noqa: S108 - as above
    if status != 0:
        raise RuntimeError(f"the broker refused its definitions: {output.decode(errors='replace')[-500:]}")


async def _postgres_answers(dsn: str) -> None:
    await (await asyncpg.connect(dsn, timeout=2)).close()


async def _rabbitmq_answers(url: str) -> None:
    await (await aio_pika.connect(url, timeout=2)).close()


async def _until(attempt: Callable[[], Awaitable[None]]) -> None:
    give_up_at = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            return await attempt()
        except Exception:
            if time.monotonic() > give_up_at:
                raise
            await asyncio.sleep(0.2)


def declare_over_amqp(url: str) -> Callable[[dict[str, Any]], Awaitable[None]]:
    """For a broker that was given: its own user declares exchanges, queues and bindings in its vhost; no users."""

    async def apply(definitions: dict[str, Any]) -> None:
        connection = await aio_pika.connect(url, timeout=5)
        async with connection:
            channel = await connection.channel()
            vhost = definitions["vhosts"][0]["name"]
            for row in definitions["exchanges"]:
                if row["vhost"] == vhost:
                    await channel.declare_exchange(row["name"], row["type"], durable=True, arguments=row["arguments"])
            for row in definitions["queues"]:
                if row["vhost"] == vhost:
                    await channel.declare_queue(row["name"], durable=True, arguments=row["arguments"])
            for row in definitions["bindings"]:
                if row["vhost"] == vhost:
                    queue = await channel.get_queue(row["destination"], ensure=False)
                    await queue.bind(row["source"], row["routing_key"])

    return apply

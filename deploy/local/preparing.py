"""What the servers must hold before a service can start: roles, schemas, migrations, and the broker's topology.

Each is done again only when something that goes into it has changed.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import asyncpg

from deploy import database
from deploy.database import DATABASE
from deploy.local.folder import REPOSITORY, Folder, write_private_json
from deploy.local.keys import Keys
from deploy.local.memory import Memory, digest_of
from deploy.services import WITH_DATABASE
from deploy.topology import definitions
from shared.migrating import migrate
from shared.native.postgres import NativePostgres
from shared.native.rabbitmq import NativeRabbitMQ


async def prepare_database(postgres: NativePostgres, keys: Keys, memory: Memory) -> bool:
    """Roles, schemas and migrations of every service; False when there was nothing to do. Raises MigrationFailed."""
    digest = _database_digest(keys.role_passwords)
    if memory.knows("database", digest):
        return False
    await _make_database(postgres.dsn())
    await database.prepare(postgres.dsn(database=DATABASE), keys.role_passwords)
    await asyncio.gather(*(asyncio.to_thread(migrate, name, owner_dsn(postgres, keys, name)) for name in WITH_DATABASE))
    memory.keep("database", digest)
    return True


def owner_dsn(postgres: NativePostgres, keys: Keys, service: str) -> str:
    """The address of the database for the role that changes a service's schema."""
    return postgres.dsn(f"{service}_owner", DATABASE, password=keys[f"postgres_{service}_owner"])


def app_dsn(postgres: NativePostgres, keys: Keys, service: str) -> str:
    """The address of the database for the role that a service works under."""
    return postgres.dsn(f"{service}_app", DATABASE, password=keys[f"postgres_{service}_app"])


async def _make_database(operator_dsn: str) -> None:
    connection = await asyncpg.connect(operator_dsn, timeout=5)
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()


def _database_digest(role_passwords: Mapping[str, str]) -> str:
    folders = [REPOSITORY / "services" / name / "migrations" for name in WITH_DATABASE]
    files = [path for folder in (*folders, REPOSITORY / "shared" / "migrations") for path in sorted(folder.glob("*"))]
    preparation = Path(database.__file__)
    return digest_of(
        [*(text for path in (preparation, *files) for text in (path.name, path.read_text())), *role_passwords.values()]
    )


async def prepare_topology(rabbitmq: NativeRabbitMQ, keys: Keys, memory: Memory, folder: Folder) -> bool:
    """Exchanges, queues, bindings and users; False when there was nothing to do. Raises ServerFailed."""
    wanted = definitions(keys.amqp_passwords)
    # hashes of passwords are salted anew each time
    comparable = {name: rows for name, rows in wanted.items() if name != "users"}
    digest = digest_of([json.dumps(comparable, sort_keys=True), *keys.amqp_passwords.values()])
    if memory.knows("topology", digest):
        return False
    path = folder.root / "definitions.json"
    write_private_json(path, wanted)
    await rabbitmq.rabbitmqctl("import_definitions", str(path))
    await rabbitmq.sync_queues()
    path.unlink()
    memory.keep("topology", digest)
    return True

"""Migrations: applied once, quiet when there is nothing to do, and whoever breaks one is told which file it is."""

import shutil
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from deploy.services import WITH_DATABASE
from shared.migrating import MigrationFailed, migrate
from tests.conftest import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
TABLES = "SELECT array_agg(table_name::text ORDER BY 1) FROM information_schema.tables WHERE table_schema = 'payments'"


def owner_dsn(portal_database: str, service: str = "payments", password: str = PASSWORD) -> str:
    """The DSN of a schema's owner."""
    return f"postgresql://{service}_owner:{password}@{portal_database.rpartition('@')[2]}"


async def value(portal_database: str, sql: str) -> object:
    """What a query says, asked as the operator."""
    connection = await asyncpg.connect(portal_database)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_migrating_again_changes_nothing(portal_database: str, service: str) -> None:
    """Every start may migrate: what was applied is not applied again."""
    applied = f"SELECT count(*) FROM {service}.schema_migrations"  # noqa: S608 - a service's name
    before = await value(portal_database, applied)
    migrate(service, owner_dsn(portal_database, service))
    assert await value(portal_database, applied) == before


async def test_every_schema_has_the_common_tables(portal_database: str) -> None:
    """Outbox, inbox, idempotency keys and the business clock are in each schema."""
    for service in WITH_DATABASE:
        for table in ("outbox", "inbox", "idempotency_key", "business_clock"):
            name = f"{service}.{table}"
            assert await value(portal_database, f"SELECT to_regclass('{name}') IS NOT NULL"), name


@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_a_services_role_works_in_its_schema_and_nowhere_else(portal_database: str, service: str) -> None:
    """It reads and writes rows; it makes, changes and drops no table, and sees no other schema."""
    dsn = owner_dsn(portal_database, service).replace("_owner:", "_app:")
    connection = await asyncpg.connect(dsn)
    other = next(name for name in WITH_DATABASE if name != service)
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 0
    for forbidden in (
        "CREATE TABLE mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE outbox ADD COLUMN a int",
        "DROP TABLE inbox",
        "TRUNCATE outbox",
        f"TABLE {other}.outbox",
        f"TABLE {other}.business_clock",
        "CREATE ROLE mine",
        f"SET ROLE {service}_owner",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(forbidden)
    await connection.close()


async def test_a_migration_that_fails_is_named(portal_database: str, tmp_path: Path) -> None:
    """In a copy of the tree one migration is broken: the message names its file, nothing of it stays behind."""
    shutil.copytree(ROOT / "shared", tmp_path / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "services/payments/migrations", tmp_path / "services/payments/migrations")
    broken = tmp_path / "services/payments/migrations/8999_break_something.sql"
    broken.write_text("-- migrate:up\nCREATE TABLE half (a int);\nCREATE TABLE half (a int);\n\n-- migrate:down\n")
    before = await value(portal_database, TABLES)
    program = "import sys; from shared.migrating import migrate; migrate('payments', sys.argv[1])"
    done = subprocess.run(  # noqa: S603, ASYNC221 - our own code, in another tree; nothing else runs meanwhile
        [sys.executable, "-c", program, owner_dsn(portal_database)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    last = done.stderr[done.stderr.index("MigrationFailed") :]
    assert "payments" in last
    assert "8999_break_something.sql" in last
    assert PASSWORD not in done.stderr
    assert await value(portal_database, TABLES) == before


async def test_a_wrong_password_is_refused_without_being_shown(portal_database: str) -> None:
    """The message says that the log-in failed, not with which password."""
    with pytest.raises(MigrationFailed, match="migrating payments failed") as caught:
        migrate("payments", owner_dsn(portal_database, password="hush-hush"))
    assert "hush-hush" not in str(caught.value)

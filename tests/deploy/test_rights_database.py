"""Rights in the database: the table in `rights_of_roles.py`, walked against PostgreSQL with every migration applied."""

# ruff: noqa: S608 - the statements are made of names of our own tables
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg
import pytest

from deploy.database import prepare
from deploy.services import WITH_DATABASE
from tests.conftest import PASSWORD, ROLE_PASSWORDS
from tests.deploy.rights_of_roles import REFUSED, REFUSED_TO_OWNERS, TABLES

LINE = re.compile(r"S?I?(U(\([a-z_ ]+\))?)?D?")
NOT_IN_TRANSACTIONS = ("CREATE DATABASE", "ALTER SYSTEM")
COLUMNS = """
SELECT attname AS name
  FROM pg_attribute
 WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = ''
 ORDER BY attname
"""
TABLES_THERE = "SELECT tablename FROM pg_tables WHERE schemaname = $1"
ATTRIBUTES = """
SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
       EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid) AS has_another_role,
       EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns_a_table
  FROM pg_roles
 WHERE rolname = ANY ($1)
 ORDER BY rolname
"""


@pytest.fixture
async def database(portal_database: str) -> str:
    """A database as the operator's step leaves it: rights on the database itself are not copied from the template."""
    await prepare(portal_database, ROLE_PASSWORDS)
    return portal_database


@pytest.fixture
async def operator(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Whoever sees everything."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


async def log_in(database: str, role: str) -> asyncpg.Connection:
    """A connection of a role, by its password."""
    address = database.rpartition("@")[2]
    return await asyncpg.connect(f"postgresql://{role}:{PASSWORD}@{address}")


async def allowed_of(deeds: Mapping[str, str], database: str, role: str, service: str) -> list[str]:
    """Those of the deeds that a role can do."""
    connection = await log_in(database, role)
    allowed = []
    for deed, statement in deeds.items():
        for other in set(WITH_DATABASE) - {service}:
            refused = await is_refused(connection, statement.format(service=service, other=other))
            allowed += [] if refused else [deed]
    await connection.close()
    return allowed


async def is_refused(connection: asyncpg.Connection, statement: str) -> bool:
    """Try it and take it back; whether the rights forbade it. Whatever else goes wrong fails the test."""
    if statement.startswith(NOT_IN_TRANSACTIONS):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
        return True
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return True
    else:
        return False
    finally:
        await transaction.rollback()


async def columns_of(operator: asyncpg.Connection, schema: str, table: str) -> list[str]:
    """The columns that a statement may set."""
    return [row["name"] for row in await operator.fetch(COLUMNS, f"{schema}.{table}")]


async def rights_on(connection: asyncpg.Connection, columns: list[str], schema: str, table: str) -> str:
    """What a role can do with a table, found out by doing it, in the notation of the rights table."""
    place, first = f"{schema}.{table}", columns[0]
    found = "" if await is_refused(connection, f"SELECT {first} FROM {place} LIMIT 0") else "S"
    values = ", ".join("NULL" for _ in columns)
    inserting = f"INSERT INTO {place} ({', '.join(columns)}) SELECT {values} WHERE false"
    found += "" if await is_refused(connection, inserting) else "I"
    updated = [
        name for name in columns if not await is_refused(connection, f"UPDATE {place} SET {name} = NULL WHERE false")
    ]
    if updated:
        found += "U" if updated == columns else f"U({' '.join(updated)})"
    found += "" if await is_refused(connection, f"DELETE FROM {place} WHERE false") else "D"
    return found


@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_each_table_has_its_line_and_each_line_its_table(operator: asyncpg.Connection, service: str) -> None:
    """A table that nobody has thought about is found here: give it a line, and a migration that revokes the rest."""
    there = {row["tablename"] for row in await operator.fetch(TABLES_THERE, service)}
    assert there == set(TABLES[service])
    assert all(LINE.fullmatch(line) for line in TABLES[service].values())


@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_a_service_does_with_its_tables_what_their_lines_say(
    database: str, operator: asyncpg.Connection, service: str
) -> None:
    """Each right is tried out, on each table and column: no less than the line, and no more."""
    connection = await log_in(database, f"{service}_app")
    found = {
        table: await rights_on(connection, await columns_of(operator, service, table), service, table)
        for table in TABLES[service]
    }
    await connection.close()
    assert found == TABLES[service]


@pytest.mark.parametrize("service", WITH_DATABASE)
@pytest.mark.parametrize("kind", ["app", "owner"])
async def test_no_role_reaches_into_another_schema(
    database: str, operator: asyncpg.Connection, service: str, kind: str
) -> None:
    """Nothing of another service can be read, written, changed, deleted or emptied, whichever table it is."""
    connection = await log_in(database, f"{service}_{kind}")
    for other in set(WITH_DATABASE) - {service}:
        for table in TABLES[other]:
            assert await rights_on(connection, await columns_of(operator, other, table), other, table) == ""
            assert await is_refused(connection, f"TRUNCATE {other}.{table}")
    await connection.close()


@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_an_app_role_changes_nothing_but_rows(database: str, service: str) -> None:
    """No DDL, no files, no programs, no other role: a stolen password of a service is worth its own rows, at most."""
    assert await allowed_of(REFUSED, database, f"{service}_app", service) == []


@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_the_role_of_migrations_stays_in_its_schema(database: str, service: str) -> None:
    """A migration of one team cannot touch what belongs to another."""
    assert await allowed_of(REFUSED_TO_OWNERS, database, f"{service}_owner", service) == []


@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_an_app_role_gives_no_rights_away(database: str, operator: asyncpg.Connection, service: str) -> None:
    """What it may do with its rows nobody else may, however it tries to let them."""
    connection = await log_in(database, f"{service}_app")
    for other in set(WITH_DATABASE) - {service}:
        # PostgreSQL warns and grants nothing
        await connection.execute(f"GRANT SELECT, UPDATE ON {service}.outbox TO {other}_app")
        await connection.execute(f"GRANT ALL ON {service}.outbox TO {service}_app")
        allowed = "SELECT has_table_privilege($1, $2, 'SELECT') OR has_table_privilege($1, $2, 'UPDATE')"
        assert not await operator.fetchval(allowed, f"{other}_app", f"{service}.outbox")
    assert not await operator.fetchval(
        "SELECT has_table_privilege($1, $2, 'TRUNCATE')", f"{service}_app", f"{service}.outbox"
    )
    await connection.close()


@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_an_app_role_empties_no_table(database: str, service: str) -> None:
    """TRUNCATE asks no row and fires no trigger: nobody but the owner may."""
    connection = await log_in(database, f"{service}_app")
    for table in TABLES[service]:
        assert await is_refused(connection, f"TRUNCATE {service}.{table} CASCADE"), table
    await connection.close()


async def test_the_row_of_references_cannot_be_turned_back(database: str) -> None:
    """payments takes the next number for a reference and can neither set nor repeat it."""
    connection = await log_in(database, "payments_app")
    assert not await is_refused(connection, "SELECT nextval('payments.payment_reference')")
    assert await is_refused(connection, "SELECT setval('payments.payment_reference', 1)")
    await connection.close()


async def test_roles_have_no_power_of_their_own(operator: asyncpg.Connection) -> None:
    """Neither superuser nor maker of roles or databases, in no other role, and app roles own nothing."""
    roles: list[Any] = await operator.fetch(ATTRIBUTES, list(ROLE_PASSWORDS))
    assert [role["rolname"] for role in roles] == sorted(ROLE_PASSWORDS)
    for role in roles:
        may_own = role["rolname"].endswith("_owner")
        assert [name for name, value in role.items() if value is True] == (["owns_a_table"] if may_own else [])


async def test_a_wrong_password_opens_nothing(database: str) -> None:
    """The roles are only as good as their passwords: another role's, or none, is refused by the test's server too."""
    address = database.rpartition("@")[2]
    for secret in ("", "not-the-password"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(f"postgresql://payments_app:{secret}@{address}", timeout=5)

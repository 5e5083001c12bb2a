"""Roles and schemas: for each service an owner role for migrations and an app role without DDL, in a schema of its own.

Run once by the operator before migrations: `python -m deploy.database` (superuser DSN in PORTAL_OPERATOR_DSN, the
roles' passwords in PORTAL_<SERVICE>_OWNER_PASSWORD and …_APP_PASSWORD). Safe to run again.
"""

import asyncio
import os
import sys
from collections.abc import Mapping

import asyncpg

from deploy.services import WITH_DATABASE

MAKE_ROLE = """
DO $do$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
END
$do$
"""
SET_PASSWORD = "SELECT set_config('portal.new_password', $1, false)"  # noqa: S105 - a statement
USE_SET_PASSWORD = """
DO $do$ BEGIN EXECUTE format('ALTER ROLE {role} PASSWORD %L', current_setting('portal.new_password')); END $do$
"""  # noqa: S105 - a statement
# a service's roles find their tables through the search_path and see no other schema
PREPARE_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS {service} AUTHORIZATION {service}_owner;
ALTER ROLE {service}_owner SET search_path = {service};
ALTER ROLE {service}_app SET search_path = {service};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA {service} TO {service}_app;
ALTER DEFAULT PRIVILEGES FOR ROLE {service}_owner IN SCHEMA {service}
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {service}_app;
ALTER DEFAULT PRIVILEGES FOR ROLE {service}_owner IN SCHEMA {service}
    GRANT USAGE ON SEQUENCES TO {service}_app;
"""
CLOSE_DATABASE = """
DO $do$
BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$do$
"""


async def prepare(operator_dsn: str, passwords: Mapping[str, str]) -> None:
    """Make the roles and schemas of all services; `passwords` by role name. Raises KeyError when one is missing."""
    connection = await asyncpg.connect(operator_dsn, timeout=5)
    try:
        for service in WITH_DATABASE:
            for role in (f"{service}_owner", f"{service}_app"):
                await connection.execute(MAKE_ROLE.format(role=role))
                await connection.fetchval(SET_PASSWORD, passwords[role])
                await connection.execute(USE_SET_PASSWORD.format(role=role))
            await connection.execute(PREPARE_SCHEMA.format(service=service))
        await connection.execute(CLOSE_DATABASE)
    finally:
        await connection.close()


def main() -> int:
    """Prepare the database that the environment names."""
    roles = [f"{service}_{kind}" for service in WITH_DATABASE for kind in ("owner", "app")]
    try:
        passwords = {role: os.environ[f"PORTAL_{role.upper()}_PASSWORD"] for role in roles}
        dsn = os.environ["PORTAL_OPERATOR_DSN"]
    except KeyError as error:
        sys.stderr.write(f"deploy.database: {error.args[0]} is missing\n")
        return 2
    asyncio.run(prepare(dsn, passwords))
    return 0


if __name__ == "__main__":
    sys.exit(main())

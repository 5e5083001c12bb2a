"""Roles and schemas: for each service an owner role for migrations and an app role without DDL, in a schema of its own.

Run once by the operator before migrations: `python -m deploy.database` (superuser DSN in PORTAL_OPERATOR_DSN, the
roles' passwords in PORTAL_<SERVICE>_OWNER_PASSWORD and …_APP_PASSWORD, each also as …_FILE). Safe to run again. What an
app role may do with which table stands in the migrations, and whole in `tests/deploy/rights_of_roles.py`.
"""

import asyncio
import os
import sys
from collections.abc import Mapping

import asyncpg

from deploy.services import WITH_DATABASE
from shared.settings import SettingsError, operator_secrets

DATABASE = "portal"
"""What the database is called wherever we make it ourselves: on this machine and in containers."""
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
    variables = {
        f"{service}_{kind}": f"PORTAL_{service}_{kind}_PASSWORD".upper()
        for service in WITH_DATABASE
        for kind in ("owner", "app")
    }
    try:
        found = operator_secrets(os.environ, needed=["PORTAL_OPERATOR_DSN", *variables.values()])
    except SettingsError as error:
        sys.stderr.write(f"deploy.database: {error}\n")
        return 2
    passwords = {role: found[variable] for role, variable in variables.items()}
    asyncio.run(prepare(found["PORTAL_OPERATOR_DSN"], passwords))
    return 0


if __name__ == "__main__":
    sys.exit(main())

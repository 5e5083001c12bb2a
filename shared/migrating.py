"""Migrations by dbmate: a service's own numbered files, and the common `9NNN_…` ones, into the service's schema.

Run by the schema's owner role, whose search_path names the schema; dbmate holds its lock while it works.
"""

import os
import subprocess
import sysconfig
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
COMMON = ROOT / "shared" / "migrations"


class MigrationFailed(Exception):
    """dbmate refused; the message is its own."""


def migrate(service: str, owner_dsn: str, schema: str | None = None) -> None:
    """Bring the schema (default: named as the service) up to date. Raises MigrationFailed with dbmate's words."""
    scheme, netloc, path, query, _ = urlsplit(owner_dsn)
    # dbmate insists on TLS where the address does not say; our own tools take what the server offers
    query += ("" if "sslmode=" in query else "&sslmode=disable") + f"&search_path={quote(schema or service)}"
    url = urlunsplit((scheme.replace("postgresql", "postgres"), netloc, path, query.lstrip("&"), ""))
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [
            _dbmate(),
            "--no-dump-schema",
            "--migrations-table",
            "schema_migrations",
            "--migration-lock",
            "-d",
            str(ROOT / "services" / service / "migrations"),
            "-d",
            str(COMMON),
            "migrate",
        ],
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode != 0:
        # what it was applying stands on its standard output, what went wrong on its standard error
        words = [*done.stdout.strip().splitlines()[-1:], *done.stderr.strip().splitlines()]
        raise MigrationFailed(f"migrating {service} failed: {' | '.join(words)}")


def _dbmate() -> str:
    return str(Path(sysconfig.get_path("scripts")) / "dbmate")

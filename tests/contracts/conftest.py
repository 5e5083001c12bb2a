"""Two members of one portal: what `test_ids_of_others.py` and `test_pages_of_others.py` stand on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import pytest

from services.payments.domain.reference import make_reference
from shared.testing.servers import Servers
from tests.conftest import TEMPLATE
from tests.contracts.portal_world import open_portal
from tests.contracts.two_members import Pair, import_of_another_partner, open_other_member


@asynccontextmanager
async def own_database(servers: Servers) -> AsyncIterator[str]:
    """The operator's DSN of a database with all schemas, for as long as it is held."""
    name = f"portal_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(servers.postgres_dsn)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield f"{servers.postgres_dsn.rpartition('/')[0]}/{name}"
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture(scope="module")
async def pair(run_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """Two members who have one of everything, and ids that nobody has."""
    journal = tmp_path_factory.mktemp("processor") / "journal.jsonl"
    async with own_database(run_servers) as dsn, open_portal(dsn, journal) as portal:
        session, others = await open_other_member(portal)
        others["import_id"] = await import_of_another_partner(portal)
        await portal.settle()
        nobodys = {name: str(uuid4()) for name in others}
        nobodys["reference"] = make_reference(2**39 + 7, b"a key of nobody")
        yield Pair(portal, session, others, nobodys)

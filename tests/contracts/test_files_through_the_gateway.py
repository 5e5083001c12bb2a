"""A partner's 834 file through the real gateway into the real identity."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from services.identity.jobs import run_take_files
from services.identity.usecases.add_partner_key import add_partner_key
from services.identity.usecases.parts import Parts
from services.identity.wiring import SERVICE, build
from shared.clocks import MovableClock
from shared.db import Database
from shared.service import Core
from shared.testing.http import serving
from tests.gateway.gateway_world import World, open_world
from tests.identity import edi
from tests.identity.conftest import identity_settings

KEY = "hcpk_of_a_partner"
PATH = "/v1/partner/enrollments/834"
Portal = tuple[World, Parts]


@pytest.fixture
async def portal(identity_db: Database) -> AsyncIterator[Portal]:
    """A gateway before identity on a fresh database, and a partner with a key."""
    settings, clock = identity_settings(body_timeout_seconds=1), MovableClock()
    async with (
        build(Core(settings, identity_db, clock)) as parts,
        serving(SERVICE, parts, settings, identity_db, clock) as identity,
        open_world(identity_url=identity.url, body_timeout_seconds=1) as opened,
    ):
        await identity_db.write(lambda tx: add_partner_key(tx, uuid4(), "marketplace", [], KEY))
        yield opened, parts


async def rows(parts: Parts, table: str) -> int:
    """How many rows a table has."""
    counted: int = await parts.db.read(lambda tx: tx.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608 - our own word
    return counted


async def test_a_file_goes_in_and_its_result_comes_out(portal: Portal) -> None:
    """202 with the import's id; worked through, it shows the policy; what is refused comes in identity's words."""
    world, parts = portal
    sent = await world.gateway.call("POST", PATH, token=KEY, raw=edi.sample())
    assert sent.status == 202
    while await run_take_files(parts, parts.clock.now()):
        pass
    shown = await world.gateway.call("GET", f"/v1/partner/imports/{sent.body['import_id']}", token=KEY)
    assert (shown.body["status"], shown.body["lines"][0]["policy_number"]) == ("done", edi.POLICY)
    refused = await world.gateway.call("POST", PATH, token=KEY, raw=b"name;address\n" * 100_000)
    assert (refused.status, refused.problem) == (422, "not-an-interchange")
    other = edi.sample().replace(b"808.31", b"908.31")
    assert (await world.gateway.call("POST", PATH, token=KEY, raw=other)).problem == "control-number-reused"
    assert (await world.gateway.call("POST", PATH, token="hcpk_unknown", raw=other)).status == 401


async def test_an_upload_that_breaks_off_leaves_nothing(portal: Portal) -> None:
    """The partner's line goes down in the middle: no import is made of half a file, and its pieces are dropped."""
    world, parts = portal
    whole = b"".join(edi.large_file(1_500))
    _, writer = await asyncio.open_connection("127.0.0.1", int(world.gateway.url.rpartition(":")[2]))
    head = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {len(whole)}\r\n\r\n"
    writer.write(head.encode() + whole[:600_000])
    await writer.drain()
    async with asyncio.timeout(20):
        while not await rows(parts, "enrollment_import_part"):
            await asyncio.sleep(0.02)
        writer.close()
        while await rows(parts, "enrollment_import_part"):
            await asyncio.sleep(0.02)
    assert await rows(parts, "enrollment_import") == 0
    assert (await world.gateway.call("POST", PATH, token=KEY, raw=whole)).status == 202

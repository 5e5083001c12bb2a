"""The same payment sent fifty times at once is one payment and one charge, round after round."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from deploy.local.cleaning import clean
from deploy.local.folder import Folder
from deploy.local.stack import Stack
from tests.chaos import verify
from tests.chaos.paying import Member, make_member

pytestmark = pytest.mark.timeout(400)

AT_ONCE = 50
ROUNDS = 50


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A portal of its own."""
    folder = Folder(tmp_path_factory.mktemp("same-key") / "local")
    try:
        async with Stack(folder.root, say=lambda _: None, with_demo_data=False) as stack:
            yield stack
    finally:
        clean(folder)


async def test_the_same_key_fifty_times_at_once_is_one_charge(stack: Stack) -> None:
    """Fifty rounds of fifty simultaneous requests with one key: each round is one payment and one charge."""
    told = _told(stack)
    member = await make_member(told, "Ines", "523-41-7401", date(2027, 1, 1))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        for _ in range(ROUNDS):
            answers = await _round(session, told["gateway_url"], member)
            assert {status for status, _ in answers} == {201}
            assert len({answer["payment_id"] for _, answer in answers}) == 1
            assert {answer["status"] for _, answer in answers} == {"succeeded"}
        journal = await verify.charges(verify.Stack.read(stack.folder.stack_file), session)
    assert len(journal) == ROUNDS
    found = await verify.verify(verify.Stack.read(stack.folder.stack_file), all_ended=True)
    assert {title: rows for title, rows in found.items() if rows} == {}


def _told(stack: Stack) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(stack.folder.stack_file.read_text(encoding="utf-8"))
    return content


async def _round(session: aiohttp.ClientSession, url: str, member: Member) -> list[tuple[int, dict[str, Any]]]:
    headers = {"Authorization": f"Bearer {member.token}", "Idempotency-Key": uuid4().hex}
    body = {"amount_cents": 150, "method_id": member.method_id}

    async def one() -> tuple[int, dict[str, Any]]:
        async with session.post(f"{url}/v1/payments", json=body, headers=headers) as response:
            return response.status, await response.json()

    return list(await asyncio.gather(*(one() for _ in range(AT_ONCE))))

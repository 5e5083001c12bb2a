"""The same payment sent many times at once is one payment and one charge, round after round.

`make chaos ROUNDS=1000` is the long version.
"""

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import aiohttp
import pytest

from deploy.local.cleaning import clean
from deploy.local.folder import Folder
from deploy.local.stack import Stack
from tests.chaos import verify
from tests.chaos.client import Client, Tally
from tests.chaos.paying import Told, make_member
from tests.chaos.same_key import send_at_once

pytestmark = pytest.mark.timeout(400)

AT_ONCE = 50
ROUNDS = 40


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
    """Rounds of fifty simultaneous requests with one key: each round is one payment and one charge."""
    told = _told(stack)
    member = await make_member(told, "Ines", "523-41-7401", date(2027, 1, 1))
    tally, log = Tally(), Told(stack.folder.root / "client.log")
    async with Client(told["gateway_url"], tally) as client:
        for _ in range(ROUNDS):
            done = await send_at_once(client, member, log, AT_ONCE)
            assert len(done.payment_ids) == 1
            assert done.statuses == {"succeeded"}
    assert set(tally.statuses) == {201}
    running = verify.Stack.read(stack.folder.stack_file)
    async with aiohttp.ClientSession() as session:
        assert len(await verify.charges(running, session)) == ROUNDS
    found = await verify.verify(running, log.path, all_ended=True, only_told=True)
    assert {title: rows for title, rows in found.items() if rows} == {}


def _told(stack: Stack) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(stack.folder.stack_file.read_text(encoding="utf-8"))
    return content

"""kill -9 of a real payments process at each point of the money path, under a client that tries again by key."""

import asyncio
from uuid import uuid4

import aiohttp
import pytest

from shared.testing.http import Answered, ServiceUnderTest
from tests.payments.paying_world import Member, World
from tests.payments.payments_process import Start


async def pay(api: ServiceUnderTest, member: Member, method_id: str, key: str) -> Answered:
    """A payment of $300."""
    body = {"amount_cents": 30_000, "method_id": method_id}
    return await api.call("POST", "/v1/payments", token=member.token, body=body, key=key)


@pytest.mark.parametrize("point", ["accepted", "charging", "charged", "settled"])
async def test_killed_anywhere_the_payment_is_made_once(world: World, start: Start, point: str) -> None:
    """The process dies between two steps; the client tries again by its key and ends with one charge, once told."""
    await world.enroll()
    method_id, key = await world.save_card(), uuid4().hex
    dying = await start(f"payments.{point}:1")
    with pytest.raises(aiohttp.ClientError):
        await pay(dying.api, world.member, method_id, key)
    assert await dying.process.wait() == -9
    await world.assert_sound()

    revived = await start()
    again = await pay(revived.api, world.member, method_id, key)
    assert again.status == 201
    async with asyncio.timeout(30):
        while (await pay(revived.api, world.member, method_id, key)).body["status"] != "succeeded":
            await asyncio.sleep(0.2)
    assert len(await world.charges_of(again.body["payment_id"])) == 1
    assert await world.value("SELECT count(*) FROM payment") == 1
    assert await world.told("payment.") == ["payment.accepted.v1", "payment.succeeded.v1"]

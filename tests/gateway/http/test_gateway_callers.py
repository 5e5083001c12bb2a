"""Who calls: from token to service token, remembered for seconds, forgotten at once when it matters."""

import asyncio
from uuid import uuid4

import pytest

from services.gateway.usecases.resolve_caller import TokenKind, TokenRefused
from services.gateway.wiring import MAX_REFUSALS
from tests.gateway.gateway_world import World


async def test_a_session_is_looked_up_once_in_ten_seconds(world: World) -> None:
    """Twenty calls, one question to identity."""
    for _ in range(20):
        assert (await world.gateway.call("GET", "/v1/bills", token="ana-token")).status == 200
    assert world.identity.asked == ["ana-token"]


async def test_calls_at_the_same_moment_share_one_question(world: World) -> None:
    """A page that loads ten things asks identity once."""
    world.identity.hold = asyncio.Event()
    calls = [asyncio.create_task(world.gateway.call("GET", "/v1/bills", token="ana-token")) for _ in range(10)]
    while not world.identity.asked:
        await asyncio.sleep(0)
    world.identity.hold.set()
    assert [answered.status for answered in await asyncio.gather(*calls)] == [200] * 10
    assert world.identity.asked == ["ana-token"]


async def test_who_is_not_verified_yet_is_looked_up_each_time(world: World) -> None:
    """Right after the verification the next call already counts as verified."""
    world.identity.unverified.add("ana-token")
    for _ in range(3):
        await world.gateway.call("GET", "/v1/account", token="ana-token")
    assert len(world.identity.asked) == 3


async def test_a_log_out_is_felt_by_the_next_call(world: World) -> None:
    """Here at once, without waiting for the event."""
    await world.gateway.call("GET", "/v1/bills", token="ana-token")
    await world.gateway.call("DELETE", "/v1/sessions/current", token="ana-token")
    world.identity.sessions.clear()
    answered = await world.gateway.call("GET", "/v1/bills", token="ana-token")
    assert (answered.status, answered.problem) == (401, "session-ended")


async def test_a_log_out_everywhere_is_felt_by_the_other_sessions_too(world: World) -> None:
    """All tokens of the account are forgotten, and nobody else's."""
    world.identity.sessions |= {"ana-phone": world.identity.sessions["ana-token"], "ben-token": uuid4()}
    for token in ("ana-token", "ana-phone", "ben-token"):
        await world.gateway.call("GET", "/v1/bills", token=token)
    await world.gateway.call("DELETE", "/v1/sessions", token="ana-token")
    del world.identity.sessions["ana-token"], world.identity.sessions["ana-phone"]
    statuses = [(await world.gateway.call("GET", "/v1/bills", token=it)).status for it in ("ana-phone", "ben-token")]
    assert statuses == [401, 200]
    assert world.identity.asked.count("ben-token") == 1


async def test_an_answer_that_was_on_its_way_at_log_out_is_not_kept(world: World) -> None:
    """identity said yes before the session ended; the answer arrived after."""
    world.identity.hold = asyncio.Event()
    late = asyncio.create_task(world.gateway.call("GET", "/v1/bills", token="ana-token"))
    while not world.identity.asked:
        await asyncio.sleep(0)
    world.parts.callers.forget_account(str(world.identity.sessions["ana-token"]))
    world.identity.hold.set()
    assert (await late).status == 200
    world.identity.sessions.clear()
    assert (await world.gateway.call("GET", "/v1/bills", token="ana-token")).status == 401


async def test_a_partner_key_and_a_session_are_not_taken_for_each_other(world: World) -> None:
    """Each route takes its own kind of token."""
    answered = await world.gateway.call("GET", "/v1/partner/imports/i-1", token="ana-token")
    assert (answered.status, answered.problem) == (401, "invalid-partner-key")
    answered = await world.gateway.call("GET", "/v1/bills", token="acme-key")
    assert (answered.status, answered.problem) == (401, "session-ended")
    assert (await world.gateway.call("GET", "/v1/partner/imports/i-1", token="acme-key")).status == 200


@pytest.mark.parametrize(
    "shown",
    [
        ["Basic YW5hOmFuYQ=="],
        ["Bearer"],
        ["Bearer "],
        ["ana-token"],
        ["Bearer ana-token", "Bearer ana-token"],
        ["Basic x", "Bearer ana-token"],
    ],
)
async def test_only_one_bearer_token_is_a_log_in(world: World, shown: list[str]) -> None:
    """Another scheme, none, or two headers: the caller is asked to log in."""
    headers = [("Authorization", value) for value in shown]
    async with world.gateway.client.get(f"{world.gateway.url}/v1/bills", headers=headers) as answered:
        assert answered.status == 401
        assert (await answered.json())["type"].endswith("/not-logged-in")
    assert not world.identity.asked
    assert not world.payments.received


async def test_the_scheme_may_be_written_in_any_case(world: World) -> None:
    """As HTTP has it."""
    answered = await world.gateway.call("GET", "/v1/bills", headers={"Authorization": "bearer ana-token"})
    assert answered.status == 200


@pytest.mark.parametrize("token", ["x" * 401, "caf\u00e9", "a b"], ids=["long", "letters", "space"])
async def test_what_cannot_be_a_token_is_refused(world: World, token: str) -> None:
    """A session that ended and a token that never was are the same."""
    answered = await world.gateway.call("GET", "/v1/bills", token=token)
    assert (answered.status, answered.problem) == (401, "session-ended")


async def test_ten_thousand_bad_tokens_do_not_grow_the_memory(world: World) -> None:
    """What is remembered of them is bounded, and who is logged in is still let in."""
    callers = world.parts.callers

    async def try_some(worker: int) -> None:
        for number in range(500):
            with pytest.raises(TokenRefused):
                await callers.resolve(TokenKind.SESSION, f"bad-{worker}-{number}")

    await world.gateway.call("GET", "/v1/bills", token="ana-token")
    await asyncio.gather(*(try_some(worker) for worker in range(20)))
    assert sum(len(cache) for cache in callers._caches.values()) <= MAX_REFUSALS + 1
    assert callers._asking == {}
    assert (await world.gateway.call("GET", "/v1/bills", token="ana-token")).status == 200


async def test_a_bad_token_tried_again_is_not_asked_about_again(world: World) -> None:
    """A client that loops over a dead session does not load identity."""
    for _ in range(5):
        await world.gateway.call("GET", "/v1/bills", token="bad")
    assert world.identity.asked == ["bad"]


async def test_identity_away_is_503_not_401(world: World) -> None:
    """Nobody is thrown out because we cannot ask."""
    await world.identity.stop()
    answered = await world.gateway.call("GET", "/v1/bills", token="ana-token")
    assert (answered.status, answered.problem) == (503, "unavailable")

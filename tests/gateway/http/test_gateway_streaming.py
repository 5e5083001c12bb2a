"""Files through the door: passed on as they arrive, held nowhere, and what breaks off is never taken for whole."""

import asyncio
import resource
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from services.gateway.http.routes import FILE_BYTES
from tests.gateway.gateway_world import World, open_world

PATH = "/v1/partner/enrollments/834"
HEADERS = {"Authorization": "Bearer acme-key", "Content-Type": "application/edi-x12"}
Read = Callable[[web.Request], Awaitable[web.StreamResponse]]
PIECE = b"INS*Y*18*021~\n" * 5_000


async def pieces(count: int) -> AsyncIterator[bytes]:
    """A body in pieces, so that it is sent in chunks without a length."""
    for _ in range(count):
        yield PIECE


async def test_a_file_arrives_as_it_was_sent(world: World) -> None:
    """Bytes, content type and the partner's service token; in chunks or with a length."""
    for body in (PIECE * 3, pieces(3)):
        async with world.gateway.client.post(world.gateway.url + PATH, data=body, headers=HEADERS) as answer:
            assert answer.status == 200
    first, second = world.identity.received
    assert first.body == second.body == PIECE * 3
    assert first.headers["Content-Type"] == "application/edi-x12"
    assert first.headers["Authorization"].startswith("Bearer service-token-of-")


async def test_the_first_piece_is_there_before_the_last_is_sent() -> None:
    """The service reads while the caller still sends: nothing is gathered at the door."""
    seen, go_on = asyncio.Event(), asyncio.Event()
    async with open_world() as world:
        url, parted = world.gateway.url + PATH, await _reading_service(world, seen)

        async def slowly() -> AsyncIterator[bytes]:
            yield PIECE
            await go_on.wait()
            yield PIECE

        sending = asyncio.create_task(_status(world, url, slowly()))
        async with asyncio.timeout(10):
            await seen.wait()
        assert not sending.done()
        go_on.set()
        assert await sending == 200
        await parted.cleanup()


async def test_a_large_file_does_not_grow_the_memory() -> None:
    """A file of 140 MB goes through, and the process is not 50 MB larger for it."""
    async with open_world() as world:
        parted = await _reading_service(world, asyncio.Event())
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert await _status(world, world.gateway.url + PATH, pieces(2_000)) == 200
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
        await parted.cleanup()


async def test_a_file_above_the_limit_is_413_by_its_length_or_its_size() -> None:
    """A length that is too large is refused before a byte is read, a body without a length when it has come too far."""
    async with open_world() as world:
        parted = await _reading_service(world, asyncio.Event())
        reader, writer = await asyncio.open_connection("127.0.0.1", int(world.gateway.url.rpartition(":")[2]))
        head = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer acme-key\r\n"
        writer.write(f"{head}Content-Length: {FILE_BYTES + 1}\r\n\r\n".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
        writer.close()
        await parted.cleanup()


@pytest.mark.parametrize("ending", ["breaks off", "stands still"])
async def test_a_file_that_does_not_come_whole_is_never_taken_for_whole(ending: str) -> None:
    """The service sees that the body broke off; who still listens is told 400 or 408, and nothing is a 500."""
    async with open_world(body_timeout_seconds=0.5) as world:
        seen, outcome = asyncio.Event(), asyncio.get_running_loop().create_future()
        parted = await _noting_service(world, seen, outcome)
        reader, writer = await asyncio.open_connection("127.0.0.1", int(world.gateway.url.rpartition(":")[2]))
        head = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer acme-key\r\nContent-Length: 900000\r\n\r\n"
        writer.write(head.encode() + PIECE)
        async with asyncio.timeout(10):
            await seen.wait()
        if ending == "breaks off":
            writer.close()
        else:
            assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        async with asyncio.timeout(10):
            assert await outcome == "broken"
        writer.close()
        await parted.cleanup()


async def test_a_refusal_in_the_middle_of_a_file_comes_back(world: World) -> None:
    """What the service answers before it has read all is what the caller gets."""

    async def refuse(_request: web.Request, _body: bytes) -> web.StreamResponse:
        return web.json_response({"type": "x/control-number-reused"}, status=409)

    world.identity.answer = refuse
    assert await _status(world, world.gateway.url + PATH, pieces(3)) == 409
    url = f"{world.gateway.url}{PATH}?a=1&a=2"
    assert await _status(world, url, pieces(1)) == 422


async def test_a_service_that_is_away_is_503(world: World) -> None:
    """Nobody behind the door: the caller is asked to try again."""
    await world.gateway.call("GET", "/v1/partner/imports/x", token="acme-key")
    await world.identity.stop()
    assert await _status(world, world.gateway.url + PATH, pieces(1)) == 503
    await world.identity.start()


async def _status(world: World, url: str, body: AsyncIterator[bytes]) -> int:
    async with world.gateway.client.post(url, data=body, headers=HEADERS) as answer:
        return answer.status


async def _reading_service(world: World, seen: asyncio.Event) -> web.AppRunner:
    """identity as a service that reads what comes piece by piece and drops it."""

    async def read(request: web.Request) -> web.StreamResponse:
        async for _ in request.content.iter_any():
            seen.set()
        return web.json_response({})

    return await _instead_of_identity(world, read)


async def _noting_service(world: World, seen: asyncio.Event, outcome: "asyncio.Future[str]") -> web.AppRunner:
    """identity as a service that tells whether a body came whole."""

    async def read(request: web.Request) -> web.StreamResponse:
        try:
            async for _ in request.content.iter_any():
                seen.set()
        except (ConnectionError, web.RequestPayloadError):
            outcome.set_result("broken")
            raise
        outcome.set_result("whole")
        return web.json_response({})

    return await _instead_of_identity(world, read)


async def _instead_of_identity(world: World, read: Read) -> web.AppRunner:
    """Public calls go to `read`; the gateway asks the stand-in once who the partner is, and remembers it."""
    await world.gateway.call("GET", "/v1/partner/imports/x", token="acme-key")
    port = await world.identity.stop()
    app = web.Application()
    app.router.add_post(PATH, read)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    return runner

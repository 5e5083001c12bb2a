"""One thin HTTP client for all services: a pool of kept connections, one time limit, repeats where they are safe.

Repeated are questions and what carries an Idempotency-Key; anything else is the caller's to decide. Next: `service.py`.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass, field, replace

import aiohttp
from yarl import URL

from shared.telemetry import passed_on, step

CALL_TIMEOUT_SECONDS = 15.0
CONNECT_TIMEOUT_SECONDS = 3.0
REPEAT_PAUSES_SECONDS = (0.1, 0.4)
MAX_CONNECTIONS = 512
KEEP_ALIVE_SECONDS = 10.0  # below the 15 s of the services, so that we close first and no call meets a closed door


@dataclass(frozen=True, slots=True)
class UpstreamCall:
    """A call to a service; `path` is percent-encoded and carries the query. A body of pieces is streamed."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | AsyncIterable[bytes] | None = None
    may_repeat: bool = False


@dataclass(frozen=True, slots=True)
class UpstreamAnswer:
    """What the service answered, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ServiceAway(Exception):
    """The service could not be reached, or the connection broke before its answer was complete."""

    def __init__(self, service: str) -> None:
        self.service = service
        super().__init__(f"{service} cannot be reached")


class ServiceSlow(ServiceAway):
    """The service did not answer in time; whether it did what was asked is not known."""


class AnswerLost(ServiceAway):
    """The connection broke after something to be done was sent; whether it was done is not known."""


def open_pool() -> aiohttp.ClientSession:
    """The shared pool; no cookies, no redirects followed, bodies untouched. The caller closes it."""
    pool = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS, keepalive_timeout=KEEP_ALIVE_SECONDS),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
    )
    pool._retry_connection = False  # noqa: SLF001 - aiohttp repeats PUT and DELETE by itself and has no public switch
    return pool


class Upstream:
    """One service at one address."""

    def __init__(
        self, name: str, url: str, pool: aiohttp.ClientSession, timeout_seconds: float = CALL_TIMEOUT_SECONDS
    ) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._pool = pool
        self._timeout_seconds = timeout_seconds

    async def send(self, call: UpstreamCall) -> UpstreamAnswer:
        """Send a call, repeats included in the time limit. Raises ServiceAway, AnswerLost, ServiceSlow.

        While a body is streamed, the time begins anew with each piece; what reading it raises is raised here.
        """
        if not isinstance(call.body, bytes | None):
            return await self._send_streamed(call, call.body)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._send_with_repeats(call)
        except TimeoutError as error:
            raise ServiceSlow(self.name) from error

    async def _send_streamed(self, call: UpstreamCall, pieces: AsyncIterable[bytes]) -> UpstreamAnswer:
        broken_by: list[Exception] = []
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(self._timeout_seconds) as limit:

                async def counted() -> AsyncIterator[bytes]:
                    try:
                        async for piece in pieces:
                            limit.reschedule(clock() + self._timeout_seconds)
                            yield piece
                    except Exception as error:
                        broken_by.append(error)
                        raise

                return await self._send_once(replace(call, body=counted()))
        except TimeoutError as error:
            raise ServiceSlow(self.name) from error
        except AnswerLost:
            if broken_by:
                raise broken_by[0] from None
            raise

    async def _send_with_repeats(self, call: UpstreamCall) -> UpstreamAnswer:
        for pause_seconds in REPEAT_PAUSES_SECONDS if call.may_repeat else ():
            try:
                return await self._send_once(call)
            except ServiceAway:
                await asyncio.sleep(pause_seconds)
        return await self._send_once(call)

    async def _send_once(self, call: UpstreamCall) -> UpstreamAnswer:
        with step(f"{call.method} {self.name}", "client", {"http.request.method": call.method}) as told:
            answer = await self._exchange(call)
            told.set("http.response.status_code", answer.status)
            return answer

    async def _exchange(self, call: UpstreamCall) -> UpstreamAnswer:
        url = URL(self._url + call.path, encoded=True)
        try:
            async with self._pool.request(
                call.method, url, headers=passed_on(call.headers), data=call.body, allow_redirects=False
            ) as answer:
                return UpstreamAnswer(answer.status, answer.headers, await answer.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise ServiceAway(self.name) from error
        except (aiohttp.ClientError, OSError) as error:
            raise (ServiceAway if call.method == "GET" else AnswerLost)(self.name) from error

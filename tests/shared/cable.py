"""A cable between the portal and a server that a test can cut, mend and hold up: faults as the network makes them."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

from shared.native.ports import free_port

CHUNK_BYTES = 65536


class Cable:
    """Passes bytes on, from a port of its own to a server, as long as it is whole."""

    def __init__(self, host: str, port: int, own_port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._losing = False
        self.port = own_port

    def url(self, original: str) -> str:
        """The same URL or DSN through this cable."""
        parts = urlsplit(original)
        login, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{login}{at}127.0.0.1:{self.port}"))

    @property
    def is_whole(self) -> bool:
        """Whether it takes connections."""
        return self._server is not None

    async def mend(self) -> None:
        """Take connections, at the same port as before."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Break every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.break_connections()
        await asyncio.sleep(0)

    def break_connections(self) -> None:
        """Break every connection; new ones are taken."""
        for writer in tuple(self._open):
            writer.transport.abort()

    def hold(self) -> None:
        """Let nothing through, with every connection open: the server seems to hang."""
        self._flowing.clear()

    def release(self) -> None:
        """Let everything through again."""
        self._flowing.set()

    def lose_next_answer(self) -> None:
        """Let the next thing that is asked reach the server, and break its connection when the answer comes."""
        self._losing = True

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, upstream_writer}
        try:
            await asyncio.gather(self._pass(reader, upstream_writer), self._pass(upstream_reader, writer, answers=True))
        finally:
            self._open -= {writer, upstream_writer}

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool = False) -> None:
        with suppress(OSError):
            while content := await source.read(CHUNK_BYTES):
                await self._flowing.wait()
                if answers and self._losing:
                    self._losing = False
                    self.break_connections()
                    return
                sink.write(content)
                await sink.drain()
        sink.close()


@asynccontextmanager
async def cable_to(url: str, *, avoid: Collection[int] = ()) -> AsyncIterator[Cable]:
    """A cable to the server that a URL or DSN names, on a port that nobody else gets while it is cut."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    cable = Cable(parts.hostname, parts.port, free_port(avoid=avoid))
    await cable.mend()
    try:
        yield cable
    finally:
        cable.release()
        await cable.cut()

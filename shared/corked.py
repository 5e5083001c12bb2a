"""A connection to the broker that sends what is written in one turn of the event loop at once.

aiormq writes frame by frame, and each write is a system call that wakes the broker: of a relay's batch, or of a batch
of acks, those cost more than all the rest. Next: `shared/bus.py` connects with it.
"""

import asyncio
from typing import Any

import aio_pika
import aiormq
from yarl import URL


class CorkedWriter:
    """An `asyncio.StreamWriter` that gathers; everything but writing goes to the one underneath."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send at the end of this turn."""
        if not self._parts:
            asyncio.get_running_loop().call_soon(self._flush)
        self._parts.append(data)

    async def drain(self) -> None:
        """Send now, and wait while the buffer is full."""
        self._flush()
        await self._writer.drain()

    def write_eof(self) -> None:
        """Send now; nothing comes after it."""
        self._flush()
        self._writer.write_eof()

    def close(self) -> None:
        """Send now, and close."""
        self._flush()
        self._writer.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts and not self._writer.is_closing():
            self._writer.write(b"".join(parts))


class _Corked(aiormq.TransportFactory):
    def __init__(self, factory: aiormq.TransportFactory) -> None:
        self._factory = factory

    async def create(self, url: URL, **kwargs: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await self._factory.create(url, **kwargs)
        corked: Any = CorkedWriter(writer)
        return reader, corked


class CorkedConnection(aio_pika.Connection):
    """A connection of aio-pika over such a writer."""

    def __init__(self, url: URL, *arguments: Any, **options: Any) -> None:
        super().__init__(url, *arguments, **options)
        tls = aiormq.connection.TLSTransportFactory()
        plain = aiormq.connection.TCPTransportFactory()
        self.kwargs["transport_factory"] = _Corked(tls if self.url.scheme == "amqps" else plain)

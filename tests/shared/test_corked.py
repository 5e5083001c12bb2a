"""What is written to the broker in one turn goes out as one piece, in order, and nothing stays behind."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from shared.corked import CorkedWriter


class Listening(asyncio.StreamWriter):
    """The writer underneath; it notes what reaches it, piece by piece."""

    pieces: list[bytes]

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Note it, and send it."""
        self.pieces.append(bytes(data))
        super().write(data)


class Line:
    """A connection to a listener on this machine, which keeps what it hears."""

    def __init__(self, writer: asyncio.StreamWriter, heard: bytearray) -> None:
        writer.__class__ = Listening
        self.sent = cast("Listening", writer)
        self.sent.pieces = []
        self.heard = heard
        self.corked = CorkedWriter(writer)

    async def until_heard(self, wanted: bytes) -> None:
        """Wait until the other end has it all."""
        async with asyncio.timeout(5):
            while bytes(self.heard) != wanted:
                await asyncio.sleep(0.01)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """A real connection."""
    heard = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(1000):
            heard.extend(piece)
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    async with server:
        yield Line(writer, heard)
        writer.close()


async def test_frames_of_one_turn_are_one_piece(line: Line) -> None:
    """Three writes in a row leave together at the end of the turn; those of the next turn follow."""
    for part in (b"one ", b"two ", b"three "):
        line.corked.write(part)
    assert line.sent.pieces == []
    await line.until_heard(b"one two three ")
    line.corked.write(b"four")
    await line.until_heard(b"one two three four")
    assert line.sent.pieces == [b"one two three ", b"four"]


async def test_who_waits_for_the_buffer_has_sent(line: Line) -> None:
    """`drain` sends what is gathered first, and the end of the turn does not send it again."""
    line.corked.write(b"now")
    await line.corked.drain()
    assert line.sent.pieces == [b"now"]
    await line.until_heard(b"now")
    assert line.sent.pieces == [b"now"]


async def test_closing_sends_what_was_said_before(line: Line) -> None:
    """The good-bye to the broker is not lost."""
    line.corked.write(b"good-bye")
    line.corked.close()
    await line.until_heard(b"good-bye")

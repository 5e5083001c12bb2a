"""Asks a RabbitMQ broker whether it works: a whole AMQP 0-9-1 log-in and polite log-out, in a few frames by hand."""

import asyncio
import struct

PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
START_OK = (10, 11)
TUNE = (10, 30)
TUNE_OK = (10, 31)
OPEN = (10, 40)
OPEN_OK = (10, 41)
CLOSE = (10, 50)
ANSWER_WITHIN_SECONDS = 5.0


class LoginRefused(RuntimeError):
    """The broker works, but does not know this user and password."""


async def broker_answers(port: int, user: str, password: str) -> bool:
    """Return whether the broker on 127.0.0.1 lets `user` into the virtual host "/"; False while it starts.

    Raises:
        LoginRefused: it refused `user`.
    """
    try:
        async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                return await _log_in_and_out(reader, writer, user, password)
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False


async def _log_in_and_out(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, user: str, password: str) -> bool:
    writer.write(PROTOCOL_HEADER)
    await _method(reader)
    secret = f"\0{user}\0{password}".encode()
    writer.write(_frame(START_OK, struct.pack(">I", 0) + _short("PLAIN") + _long(secret) + _short("en_US")))
    try:
        answer, arguments = await _method(reader)
    except (asyncio.IncompleteReadError, ConnectionError):  # it hangs up, 3 s later
        raise LoginRefused(f"RabbitMQ refused the user {user}.") from None
    if answer != TUNE:
        raise LoginRefused(f"RabbitMQ refused the user {user}.")
    writer.write(_frame(TUNE_OK, arguments))
    writer.write(_frame(OPEN, _short("/") + _short("") + b"\0"))
    answer, _ = await _method(reader)
    if answer != OPEN_OK:
        return False
    writer.write(_frame(CLOSE, struct.pack(">H", 200) + _short("") + struct.pack(">HH", 0, 0)))
    await _method(reader)
    return True


async def _method(reader: asyncio.StreamReader) -> tuple[tuple[int, int], bytes]:
    _, _, size = struct.unpack(">BHI", await reader.readexactly(7))
    payload = await reader.readexactly(size)
    await reader.readexactly(1)
    class_number, method_number = struct.unpack(">HH", payload[:4])
    return (class_number, method_number), payload[4:]


def _frame(method: tuple[int, int], arguments: bytes) -> bytes:
    payload = struct.pack(">HH", *method) + arguments
    return struct.pack(">BHI", 1, 0, len(payload)) + payload + b"\xce"


def _short(text: str) -> bytes:
    return bytes([len(text.encode())]) + text.encode()


def _long(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content

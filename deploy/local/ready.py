"""Asks whether a part works, as whoever uses it would."""

import asyncio

import aiohttp

ANSWERS_WITHIN_SECONDS = 2.0


async def answers_ok(url: str) -> bool:
    """Whether a GET of `url` is answered 200."""
    timeout = aiohttp.ClientTimeout(total=ANSWERS_WITHIN_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False


async def takes_mail(port: int) -> bool:
    """Whether a mail server on 127.0.0.1 greets."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            greeting = await reader.readline()
            writer.write(b"QUIT\r\n")
            writer.close()
    except (TimeoutError, OSError):
        return False
    return greeting.startswith(b"220")

"""Where something secret could have stayed after a run: every table, what went over the broker, logs, and mails.

Next: `test_nothing_secret_stays.py` looks there for card numbers, SSNs, passwords and tokens.
"""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aio_pika
import asyncpg
from aio_pika.abc import AbstractIncomingMessage

from deploy.services import WITH_DATABASE
from deploy.topology import UNROUTED
from shared.fact import Exchange

TABLES = """
SELECT schemaname || '.' || tablename AS name
  FROM pg_tables
 WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
 ORDER BY name
"""
QUEUES = (UNROUTED, *(f"{service}.{end}" for service in WITH_DATABASE for end in ("inbox", "dead")))
BOUNDARY = re.compile(r"={15}\d{19}==")
CARD = re.compile(r"(?<![0-9A-Za-z])(?:[0-9][ -]?){12,18}[0-9](?![0-9A-Za-z])")
CARD_NUMBERS = re.compile(r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|5\d\d)\d{12}")
"""As the card networks number (ISO/IEC 7812): what times and ids look like is none."""


async def tables(operator_dsn: str) -> dict[str, str]:
    """All that every table of every schema holds, by its name; bytes as they are."""
    connection = await asyncpg.connect(operator_dsn)
    try:
        names = [row["name"] for row in await connection.fetch(TABLES)]
        rows = {name: await connection.fetch(f"SELECT * FROM {name}") for name in names}  # noqa: S608 - from the catalog
        return {name: " ".join(_text(value) for row in found for value in row.values()) for name, found in rows.items()}
    finally:
        await connection.close()


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


@asynccontextmanager
async def listening(operator_amqp_url: str) -> AsyncIterator[list[str]]:
    """Everything that is said on both exchanges meanwhile, headers and bodies; and what waits in the queues."""
    heard: list[str] = []

    async def hear(message: AbstractIncomingMessage) -> None:
        heard.append(f"{message.routing_key} {dict(message.headers)} {message.body.decode('latin-1')}")

    async with await aio_pika.connect(operator_amqp_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        for exchange in Exchange:
            await queue.bind(exchange.value, "#")
        await queue.consume(hear, no_ack=True)
        yield heard


async def waiting(operator_amqp_url: str) -> dict[str, str]:
    """What lies in each queue, put back afterwards."""
    found: dict[str, str] = {}
    async with await aio_pika.connect(operator_amqp_url) as connection:
        for name in QUEUES:
            channel = await connection.channel()
            try:
                queue = await channel.get_queue(name)
            except aio_pika.exceptions.ChannelNotFoundEntity:
                continue
            messages = []
            while (message := await queue.get(fail=False)) is not None:
                messages.append(message)
            found[name] = " ".join(f"{dict(it.headers)} {it.body.decode('latin-1')}" for it in messages)
            for message in messages:
                await message.nack(requeue=True)
    return found


def files(root: Path, *endings: str) -> dict[str, str]:
    """The text of each file below a folder that ends so; the processor's journal is the outside world's."""
    found = (path for path in root.rglob("*") if path.is_file() and path.name.endswith(endings))
    return {str(path.relative_to(root)): path.read_text("latin-1") for path in found}


def places_of(words: Iterable[str], places: Mapping[str, str]) -> list[str]:
    """Where any of these words stands."""
    return [f"{place}: {word[:4]}…" for word in words for place, text in places.items() if word in text]


def card_numbers(text: str) -> Iterator[str]:
    """What may be the number of a payment card, with or without blanks in it: its form, and its check digit.

    Not the random number of 19 digits that parts a mail.
    """
    for found in CARD.finditer(BOUNDARY.sub("", text)):
        digits = re.sub(r"\D", "", found[0])
        if CARD_NUMBERS.fullmatch(digits) and _has_check_digit(digits):
            yield found[0]


def _has_check_digit(digits: str) -> bool:
    """By Luhn's sum."""
    doubled = (int(it) * (1 + place % 2) for place, it in enumerate(reversed(digits)))
    return sum(it - 9 if it > 9 else it for it in doubled) % 10 == 0

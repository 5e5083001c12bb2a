"""Hears the events of the payment portal and keeps each of them once: a program to start your own from.

`python subscriber.py` listens until it is told to stop; `python subscriber.py replay` reads the last 90 days again.
README.md beside this file says what to set, and why each step is as it is.
"""

import asyncio
import contextlib
import json
import logging
import os
import sqlite3
import sys
from datetime import datetime
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

PREFETCH_MESSAGES = 100
CONSUME_TIMEOUT_SECONDS = 10.0  # a broker that has just come back may owe the answer for a minute
LONGEST_WAIT_SECONDS = 30.0
REPLAY_ENDS_AFTER_SECONDS = 5.0
REQUIRED = ("ce-id", "ce-source", "ce-type", "ce-subject", "ce-time", "ce-sequence")
TABLES = """
CREATE TABLE IF NOT EXISTS event (
    source TEXT, event_id TEXT, subject TEXT, sequence INTEGER, type TEXT, time TEXT, body TEXT,
    PRIMARY KEY (source, event_id)
);
CREATE INDEX IF NOT EXISTS event_in_order ON event (subject, sequence);
CREATE TABLE IF NOT EXISTS state (subject TEXT PRIMARY KEY, sequence INTEGER, type TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS unreadable (message_id TEXT, headers TEXT, body BLOB, problem TEXT);
"""
log = logging.getLogger("subscriber")


class Store:
    """What has been heard, in one SQLite file. Whatever is kept is on the disk when `take` returns."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(TABLES)

    def take(self, message: AbstractIncomingMessage) -> bool:
        """Keep one message, once, in one transaction; whether it was new. What is no event is put aside."""
        headers = {name: str(value) for name, value in message.headers.items()}
        with self._database:
            try:
                event = read_event(headers, message.body)
            except (KeyError, ValueError) as error:
                log.exception("a message is no event; put aside")
                row = (message.message_id, json.dumps(headers), message.body, repr(error))
                self._database.execute("INSERT INTO unreadable VALUES (?, ?, ?, ?)", row)
                return False
            statement = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
            is_new = self._database.execute(statement, event).rowcount == 1
            if is_new:
                self._update_state(event)
            return is_new

    def _update_state(self, event: tuple[Any, ...]) -> None:
        """Each event has the whole state of its subject, so the newest one is the truth; an older one is only kept."""
        _, _, subject, sequence, event_type, _, body = event
        self._database.execute(
            "INSERT INTO state VALUES (?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE "
            "SET sequence = excluded.sequence, type = excluded.type, body = excluded.body "
            "WHERE excluded.sequence > state.sequence",
            (subject, sequence, event_type, body),
        )


def read_event(headers: dict[str, str], body: bytes) -> tuple[str, str, str, int, str, str, str]:
    """A CloudEvent as a row. Raises KeyError for a missing attribute, ValueError for a wrong one or another body."""
    if headers["ce-specversion"] != "1.0":
        raise ValueError("another version of CloudEvents")
    event_id, source, event_type, subject, time, sequence = (headers[name] for name in REQUIRED)
    datetime.fromisoformat(time)
    json.loads(body)
    return source, event_id, subject, int(sequence), event_type, time, body.decode()


async def listen(url: str, queue_name: str, store: Store) -> None:
    """Take what comes until the connection ends."""
    async with await aio_pika.connect(url, timeout=10) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH_MESSAGES)
        received: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
        for ending in (connection, channel):
            ending.close_callbacks.add(lambda *_: received.put_nowait(None))
        queue = await channel.get_queue(queue_name, ensure=False)  # it is there, and nobody may declare it
        await queue.consume(received.put, timeout=CONSUME_TIMEOUT_SECONDS)
        log.info("listening to %s", queue_name)
        while (message := await received.get()) is not None:
            is_new = store.take(message)
            await message.ack()  # after the commit: what is not acknowledged comes again
            log.info("%s %s %s", "kept" if is_new else "knew", message.headers.get("ce-type"), message.message_id)


async def listen_for_ever(url: str, queue_name: str, store: Store) -> None:
    """Connect again whenever the connection ends, with growing waits while the broker is away."""
    wait_seconds = 0.5
    while True:
        started = asyncio.get_running_loop().time()
        try:
            await listen(url, queue_name, store)
        except (aio_pika.exceptions.AMQPError, OSError, RuntimeError) as error:
            log.warning("no connection: %s", error)
        lasted = asyncio.get_running_loop().time() - started
        wait_seconds = 0.5 if lasted > LONGEST_WAIT_SECONDS else min(2 * wait_seconds, LONGEST_WAIT_SECONDS)
        await asyncio.sleep(wait_seconds)


async def replay(url: str, history_name: str, store: Store) -> None:
    """Read the history from its beginning; what is known already is passed over."""
    new = 0
    async with await aio_pika.connect(url, timeout=10) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH_MESSAGES)
        stream = await channel.get_queue(history_name, ensure=False)
        received: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        await stream.consume(received.put, arguments={"x-stream-offset": "first"})
        with contextlib.suppress(TimeoutError):
            while message := await asyncio.wait_for(received.get(), REPLAY_ENDS_AFTER_SECONDS):
                new += store.take(message)
                await message.ack()
    log.info("replayed: %d events were new", new)


def main() -> None:
    """Listen, or replay."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    wanted = ("SUBSCRIBER_AMQP_URL", "SUBSCRIBER_HISTORY" if sys.argv[1:] == ["replay"] else "SUBSCRIBER_QUEUE")
    if missing := [name for name in wanted if name not in os.environ]:
        sys.exit(f"Please set {' and '.join(missing)}: the portal's operator has told you what to.")
    url, store = os.environ["SUBSCRIBER_AMQP_URL"], Store(os.environ.get("SUBSCRIBER_STORE", "events.sqlite"))
    work = (
        replay(url, os.environ["SUBSCRIBER_HISTORY"], store)
        if sys.argv[1:] == ["replay"]
        else listen_for_ever(url, os.environ["SUBSCRIBER_QUEUE"], store)
    )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(work)


if __name__ == "__main__":
    main()

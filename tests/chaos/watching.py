"""What is looked at while things break: transactions left open (I9), when the broker is published to again, the logs.

All of it with the operator's eyes; what cannot be asked at a moment, as the database is away, is asked again.
"""

import asyncio
import json
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from tests.chaos.verify import IDLE_IN_TRANSACTION

LOOK_SECONDS = 0.1
SAMPLE_SECONDS = 1.0
FOLLOW_SECONDS = 0.5
PUBLISHING_WITHIN_SECONDS = 30.0
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
SENT_SINCE = """
SELECT EXISTS (SELECT FROM payments.outbox WHERE sent_at > $1)
    OR NOT EXISTS (SELECT FROM payments.outbox WHERE sent_at IS NULL)
"""


class Eyes:
    """One connection as the operator, made again whenever it is lost."""

    def __init__(self, operator_dsn: str) -> None:
        self._dsn = operator_dsn
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    async def see(self, sql: str, *arguments: object) -> list[asyncpg.Record] | None:
        """The rows; None while the database does not answer."""
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(self._dsn, timeout=2, command_timeout=2)
            return await self._connection.fetch(sql, *arguments)
        except AWAY:
            self.close()
            return None

    def close(self) -> None:
        """Let go."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


class IdleWatch:
    """I9, sampled: who is seen idle in one transaction at two looks in a row, the first being too long already."""

    def __init__(self, operator_dsn: str) -> None:
        self._eyes = Eyes(operator_dsn)
        self.samples = 0
        self.found: list[dict[str, Any]] = []

    async def run(self) -> None:
        """Look once a second; ends by cancellation."""
        before: set[int] = set()
        try:
            while True:
                rows = await self._eyes.see(IDLE_IN_TRANSACTION.sql)
                if rows is not None:
                    self.samples += 1
                    self.found += [dict(row) for row in rows if row["pid"] in before]
                    before = {row["pid"] for row in rows}
                await asyncio.sleep(SAMPLE_SECONDS)
        finally:
            self._eyes.close()


class BrokerWatch:
    """How long it takes from the broker's return until payments has sent something that waited."""

    def __init__(self, operator_dsn: str) -> None:
        self._dsn = operator_dsn
        self.seconds: list[float] = []
        self.late: list[str] = []

    async def back(self, after: str) -> None:
        """The broker is back at this moment: return when it is published to, at the latest when that is too late."""
        back_at, started, eyes = datetime.now(UTC), time.monotonic(), Eyes(self._dsn)
        try:
            while time.monotonic() - started < PUBLISHING_WITHIN_SECONDS:
                rows = await eyes.see(SENT_SINCE, back_at)
                if rows is not None and rows[0][0]:
                    self.seconds.append(time.monotonic() - started)
                    return
                await asyncio.sleep(LOOK_SECONDS)
            self.late.append(f"nothing was published within {PUBLISHING_WITHIN_SECONDS:.0f} s after: {after}")
        finally:
            eyes.close()


class LogWatch:
    """Follows the services' logs and counts what they warn of; error lines are kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read_to: dict[Path, int] = {}
        self.warnings: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.error_lines: list[dict[str, Any]] = []

    async def run(self) -> None:
        """Read what is new, twice a second: a log that has grown too long is begun anew when its service starts."""
        while True:
            self.read()
            await asyncio.sleep(FOLLOW_SECONDS)

    def read(self) -> None:
        """Read what is new in each log."""
        for path in self._folder.glob("*.log"):
            begin = self._read_to.get(path, 0)
            if path.stat().st_size < begin:
                begin = 0
            with path.open("rb") as log:
                log.seek(begin)
                content = log.read()
            whole = content.rpartition(b"\n")[0]
            self._read_to[path] = begin + len(whole) + (1 if whole else 0)
            for line in whole.splitlines():
                self._note(path.stem, line)

    def _note(self, service: str, line: bytes) -> None:
        try:
            said = json.loads(line)
            level, name = said["level"], f"{service} {said['event']}"
        except (ValueError, KeyError, TypeError):
            return
        if level == "warning":
            self.warnings[f"{name} {said.get('error_class', said.get('kind', ''))}".rstrip()] += 1
        elif level in ("error", "critical"):
            self.errors[f"{name} {said.get('error_class', '')}".rstrip()] += 1
            self.error_lines.append(said)

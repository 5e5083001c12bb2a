"""The append-only journal: JSON lines, in the operating system's hands before any answer goes out.

A kill of the process loses nothing that was answered; only a crash of the machine could (there is no fsync, on
purpose: a sandbox must be cheap). `vault` and `charges` write here, `restore` reads it at start.
"""

import fcntl
import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from deploy.processor_sandbox.errors import JournalDamaged, JournalInUse, JournalUnavailable


class RecordKind(StrEnum):
    """What a line of the journal tells."""

    TOKEN = "token"  # noqa: S105 - the name of a record, no secret
    CARD = "card"
    CHARGE = "charge"
    VOID = "void"


class Journal:
    """One journal file, locked by this process until it is closed or the process ends."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size_bytes = os.fstat(self._descriptor).st_size
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise JournalInUse(f"{path} is in use by another process") from error

    def read_records(self) -> Iterator[dict[str, Any]]:
        """Yield every whole line, oldest first, then cut off a torn last one, which nobody had an answer to.

        Raises JournalDamaged for a whole line that is no JSON object.
        """
        whole_bytes = 0
        with self._path.open("rb") as lines:
            for line_number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    break
                yield _parsed(line, line_number)
                whole_bytes += len(line)
        os.ftruncate(self._descriptor, whole_bytes)
        self._size_bytes = whole_bytes

    def append(self, kind: RecordKind, **facts: object) -> None:
        """Write one line; what it tells is true once this returns.

        Raises JournalUnavailable when the line could not be written whole (disk full); the journal is as before.
        """
        line = orjson.dumps({"kind": kind, **facts}, option=orjson.OPT_APPEND_NEWLINE)
        try:
            written_bytes = os.write(self._descriptor, line)
        except OSError as error:
            raise JournalUnavailable from error
        if written_bytes != len(line):
            os.ftruncate(self._descriptor, self._size_bytes)
            raise JournalUnavailable
        self._size_bytes += written_bytes

    def close(self) -> None:
        """Give the file and its lock back."""
        os.close(self._descriptor)


def _parsed(line: bytes, line_number: int) -> dict[str, Any]:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise JournalDamaged(f"line {line_number} is not JSON") from error
    if not isinstance(record, dict):
        raise JournalDamaged(f"line {line_number} is not a record")
    return record

"""Imports of partners: once per control number, with the result of each line; raw bodies are sealed, dropped later.

What came as a file is in pieces of its own (`import_parts.py`) and is worked through later (`import_work.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from asyncpg import Record

from services.identity.domain.enrollment import Line, LineStatus
from services.identity.domain.reasons import LineWarning, Rejection
from services.identity.domain.sealed import Sealed
from shared.db import Tx

CLAIM = """
INSERT INTO enrollment_import (import_id, partner_id, control_number, body_hash, body_key_id, body_sealed, status,
                               insurers, received_on)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (partner_id, control_number) DO NOTHING
"""
FIND_BY_CONTROL_NUMBER = """
SELECT import_id, body_hash
  FROM enrollment_import
 WHERE partner_id = $1 AND control_number = $2
"""
FIND = """
SELECT import_id, control_number, received_at, status
  FROM enrollment_import
 WHERE import_id = $1 AND partner_id = $2
"""
INSERT_LINE = """
INSERT INTO enrollment_import_line (import_id, line_number, status, insurer_id, policy_number, warnings, rejection,
                                    member_id, policy_version, segment, dependents)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
LIST_LINES = """
SELECT line_number, status, insurer_id, policy_number, warnings, rejection, member_id, policy_version, segment,
       dependents
  FROM enrollment_import_line
 WHERE import_id = $1 AND line_number > $2
 ORDER BY line_number
 LIMIT $3
"""
COUNT_LINES = """
SELECT status, count(*) AS lines
  FROM enrollment_import_line
 WHERE import_id = $1
 GROUP BY status
"""
UPDATE_RAW_DROPPED = """
UPDATE enrollment_import
   SET body_key_id = NULL, body_sealed = NULL
 WHERE import_id IN (SELECT import_id
                       FROM enrollment_import
                      WHERE body_sealed IS NOT NULL AND received_at < now() - $1::interval
                      LIMIT 500
                        FOR UPDATE SKIP LOCKED)
"""


Status = Literal["received", "working", "done"]
"""A file is received, then worked through; a single enrollment is done at once."""


class ControlNumberReused(Exception):
    """The partner used this control number before, for something else."""


@dataclass(frozen=True, slots=True, repr=False)
class NewImport:
    """An import about to be taken; its id was chosen before the transaction.

    A file has no `raw` here; it says for which `insurers` its sender may speak (none means all), and its business day.
    """

    import_id: UUID
    partner_id: UUID
    control_number: str
    body_hash: bytes
    raw: Sealed | None
    status: Status = "done"
    insurers: tuple[str, ...] = ()
    received_on: date | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """An import as it was taken, and how far it has come."""

    import_id: UUID
    control_number: str
    received_at: datetime
    status: Status


async def claim(tx: Tx, new: NewImport) -> UUID | None:
    """Take the control number: None when it is this import's now, else the import that has it with the same body.

    Waits for whoever takes it at this moment. Raises ControlNumberReused for another body.
    """
    done: str = await tx.execute(
        CLAIM,
        new.import_id,
        new.partner_id,
        new.control_number,
        new.body_hash,
        new.raw.key_id if new.raw else None,
        new.raw.blob if new.raw else None,
        new.status,
        list(new.insurers),
        new.received_on,
    )
    if done.endswith(" 1"):
        return None
    row = await tx.fetchrow(FIND_BY_CONTROL_NUMBER, new.partner_id, new.control_number)
    if row is None or row["body_hash"] != new.body_hash:
        raise ControlNumberReused
    found: UUID = row["import_id"]
    return found


async def insert_lines(tx: Tx, import_id: UUID, lines: Sequence[tuple[str, Line]]) -> None:
    """Write the results of lines, each with the insurer's id (empty where none could be read)."""
    await tx.executemany(INSERT_LINE, [_values(import_id, insurer_id, line) for insurer_id, line in lines])


async def find(tx: Tx, import_id: UUID, partner_id: UUID) -> Import | None:
    """The partner's import, or None."""
    row = await tx.fetchrow(FIND, import_id, partner_id)
    return Import(row["import_id"], row["control_number"], row["received_at"], row["status"]) if row else None


async def list_lines(tx: Tx, import_id: UUID, after: int, limit: int) -> list[Line]:
    """The results of an import's lines behind a line number, in their order."""
    return [_line(row) for row in await tx.fetch(LIST_LINES, import_id, after, limit)]


async def count_lines(tx: Tx, import_id: UUID) -> Mapping[LineStatus, int]:
    """How many lines have each status; one that none has is left out."""
    return {LineStatus(row["status"]): row["lines"] for row in await tx.fetch(COUNT_LINES, import_id)}


async def update_raw_dropped(tx: Tx, kept_days: int) -> int:
    """Drop the raw bodies of up to 500 imports that are older than they may be kept."""
    done: str = await tx.execute(UPDATE_RAW_DROPPED, timedelta(days=kept_days))
    return int(done.rsplit(" ", 1)[-1])


def _values(import_id: UUID, insurer_id: str, line: Line) -> tuple[object, ...]:
    return (
        import_id,
        line.line_number,
        line.status,
        insurer_id,
        line.policy_number,
        [warning.value for warning in line.warnings],
        line.rejection,
        line.member_id,
        line.policy_version,
        line.segment,
        line.dependents,
    )


def _line(row: Record) -> Line:
    return Line(
        line_number=row["line_number"],
        status=LineStatus(row["status"]),
        policy_number=row["policy_number"],
        warnings=tuple(LineWarning(warning) for warning in row["warnings"]),
        rejection=Rejection(row["rejection"]) if row["rejection"] else None,
        member_id=row["member_id"],
        policy_version=row["policy_version"],
        segment=row["segment"],
        dependents=row["dependents"],
    )

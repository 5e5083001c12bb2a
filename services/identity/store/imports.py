"""Imports of partners: once per control number, with the result of each line; raw bodies are sealed, dropped later."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Record

from services.identity.domain.enrollment import Line, LineStatus, LineWarning, Rejection
from services.identity.domain.sealed import Sealed
from shared.db import Tx

CLAIM = """
INSERT INTO enrollment_import (import_id, partner_id, control_number, body_hash, body_key_id, body_sealed)
VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (partner_id, control_number) DO NOTHING
"""
FIND_BY_CONTROL_NUMBER = """
SELECT import_id, body_hash
  FROM enrollment_import
 WHERE partner_id = $1 AND control_number = $2
"""
FIND = """
SELECT import_id, control_number, received_at
  FROM enrollment_import
 WHERE import_id = $1 AND partner_id = $2
"""
INSERT_LINE = """
INSERT INTO enrollment_import_line (import_id, line_number, status, insurer_id, policy_number, warnings, rejection,
                                    member_id, policy_version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
LIST_LINES = """
SELECT line_number, status, insurer_id, policy_number, warnings, rejection, member_id, policy_version
  FROM enrollment_import_line
 WHERE import_id = $1
 ORDER BY line_number
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


class ControlNumberReused(Exception):
    """The partner used this control number before, for something else."""


@dataclass(frozen=True, slots=True, repr=False)
class NewImport:
    """An import about to be taken; its id was chosen before the transaction."""

    import_id: UUID
    partner_id: UUID
    control_number: str
    body_hash: bytes
    raw: Sealed


@dataclass(frozen=True, slots=True)
class Import:
    """An import as it was taken."""

    import_id: UUID
    control_number: str
    received_at: datetime


async def claim(tx: Tx, new: NewImport) -> UUID | None:
    """Take the control number: None when it is this import's now, else the import that has it with the same body.

    Waits for whoever takes it at this moment. Raises ControlNumberReused for another body.
    """
    done: str = await tx.execute(
        CLAIM, new.import_id, new.partner_id, new.control_number, new.body_hash, new.raw.key_id, new.raw.blob
    )
    if done.endswith(" 1"):
        return None
    row = await tx.fetchrow(FIND_BY_CONTROL_NUMBER, new.partner_id, new.control_number)
    if row is None or row["body_hash"] != new.body_hash:
        raise ControlNumberReused
    found: UUID = row["import_id"]
    return found


async def insert_line(tx: Tx, import_id: UUID, insurer_id: str, line: Line) -> None:
    """Write the result of one line."""
    await tx.execute(
        INSERT_LINE,
        import_id,
        line.line_number,
        line.status,
        insurer_id,
        line.policy_number,
        [warning.value for warning in line.warnings],
        line.rejection,
        line.member_id,
        line.policy_version,
    )


async def find(tx: Tx, import_id: UUID, partner_id: UUID) -> Import | None:
    """The partner's import, or None."""
    row = await tx.fetchrow(FIND, import_id, partner_id)
    return Import(row["import_id"], row["control_number"], row["received_at"]) if row else None


async def list_lines(tx: Tx, import_id: UUID) -> list[Line]:
    """The results of an import's lines, in their order."""
    return [_line(row) for row in await tx.fetch(LIST_LINES, import_id)]


async def update_raw_dropped(tx: Tx, kept_days: int) -> int:
    """Drop the raw bodies of up to 500 imports that are older than they may be kept."""
    done: str = await tx.execute(UPDATE_RAW_DROPPED, timedelta(days=kept_days))
    return int(done.rsplit(" ", 1)[-1])


def _line(row: Record) -> Line:
    return Line(
        line_number=row["line_number"],
        status=LineStatus(row["status"]),
        policy_number=row["policy_number"],
        warnings=tuple(LineWarning(warning) for warning in row["warnings"]),
        rejection=Rejection(row["rejection"]) if row["rejection"] else None,
        member_id=row["member_id"],
        policy_version=row["policy_version"],
    )

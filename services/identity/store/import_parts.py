"""Files of enrollments as they came, in sealed pieces: stored before their import is claimed, dropped when old."""

from datetime import timedelta
from uuid import UUID

from services.identity.domain.sealed import Sealed
from shared.db import Tx

INSERT = """
INSERT INTO enrollment_import_part (import_id, part, key_id, sealed)
VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING
"""
FIND = """
SELECT key_id, sealed
  FROM enrollment_import_part
 WHERE import_id = $1 AND part = $2
"""
DELETE = "DELETE FROM enrollment_import_part WHERE import_id = $1"
# An upload that broke off leaves pieces without an import; no upload takes a day.
DELETE_OLD = """
DELETE FROM enrollment_import_part
 WHERE (import_id, part) IN (SELECT part.import_id, part.part
                               FROM enrollment_import_part AS part
                               LEFT JOIN enrollment_import USING (import_id)
                              WHERE part.stored_at < now() - $1::interval
                                 OR (part.stored_at < now() - interval '1 day'
                                     AND enrollment_import.import_id IS NULL)
                              ORDER BY part.stored_at
                              LIMIT 100)
"""


def row_name(import_id: UUID, part: int) -> str:
    """What a piece is sealed for: it opens in no other place."""
    return f"import_part:{import_id}:{part}"


async def insert(tx: Tx, import_id: UUID, part: int, sealed: Sealed) -> None:
    """Write a piece down; again, it is there already."""
    await tx.execute(INSERT, import_id, part, sealed.key_id, sealed.blob)


async def find(tx: Tx, import_id: UUID, part: int) -> Sealed | None:
    """The piece, or None behind the last one."""
    row = await tx.fetchrow(FIND, import_id, part)
    return Sealed(row["key_id"], row["sealed"]) if row else None


async def delete(tx: Tx, import_id: UUID) -> None:
    """Drop the pieces of an upload that did not become an import."""
    await tx.execute(DELETE, import_id)


async def delete_old(tx: Tx, kept_days: int) -> int:
    """Drop up to 100 pieces that are older than they may be kept, or belong to no import."""
    done: str = await tx.execute(DELETE_OLD, timedelta(days=kept_days))
    return int(done.rsplit(" ", 1)[-1])

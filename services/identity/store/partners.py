"""Partners and the hashes of their keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.db import Tx

UPSERT_PARTNER = """
INSERT INTO partner (partner_id, name)
VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE
   SET name = excluded.name
RETURNING partner_id
"""
INSERT_KEY = """
INSERT INTO partner_key (key_hash, partner_id, insurers)
VALUES ($1, $2, $3)
    ON CONFLICT (key_hash) DO NOTHING
"""
FIND = """
SELECT partner_id, insurers
  FROM partner_key
 WHERE key_hash = $1
"""


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """Whose key it is and which insurers it may name; none listed means all."""

    partner_id: UUID
    insurers: tuple[str, ...]


async def upsert_partner(tx: Tx, partner_id: UUID, name: str) -> UUID:
    """The partner of this name, made when there is none; returns the id that it has."""
    found: UUID = await tx.fetchval(UPSERT_PARTNER, partner_id, name)
    return found


async def insert_key(tx: Tx, key_hash: bytes, partner_id: UUID, insurers: Sequence[str]) -> None:
    """Write the hash of a partner's key down."""
    await tx.execute(INSERT_KEY, key_hash, partner_id, list(insurers))


async def find(tx: Tx, key_hash: bytes) -> PartnerKey | None:
    """Whose key this is, or None."""
    row = await tx.fetchrow(FIND, key_hash)
    return PartnerKey(row["partner_id"], tuple(row["insurers"])) if row else None

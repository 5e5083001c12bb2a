"""Idempotency keys: the same request again shows the thing that the first one made; another body is refused."""

from hashlib import sha256
from uuid import UUID

from pydantic import BaseModel

from shared.db import Tx

CLAIM = """
INSERT INTO idempotency_key (principal, route, key, body_hash, subject_id)
VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (principal, route, key) DO NOTHING
"""
FIND = """
SELECT body_hash, subject_id
  FROM idempotency_key
 WHERE principal = $1 AND route = $2 AND key = $3
"""


class KeyReused(Exception):
    """The key was used before with another body."""


def body_hash(body: BaseModel) -> bytes:
    """SHA-256 of the validated body, so that spacing and field order do not make it another one."""
    return sha256(body.model_dump_json().encode()).digest()


async def claim(tx: Tx, principal: str, route: str, key: str, body_hash: bytes, subject_id: UUID) -> UUID | None:
    """Take the key for `subject_id`; None when it is ours, else the subject that an earlier request made.

    Waits for a request that is claiming the same key at this moment. Raises KeyReused for another body.
    """
    taken: str = await tx.execute(CLAIM, principal, route, key, body_hash, subject_id)
    if taken.endswith(" 1"):
        return None
    return await find(tx, principal, route, key, body_hash)


async def find(tx: Tx, principal: str, route: str, key: str, body_hash: bytes) -> UUID | None:
    """What an earlier request with this key made, or None. Raises KeyReused for another body."""
    row = await tx.fetchrow(FIND, principal, route, key)
    if row is None:
        return None
    if row["body_hash"] != body_hash:
        raise KeyReused
    subject: UUID = row["subject_id"]
    return subject

"""Idempotency keys: the same request again shows the thing that the first one made; another body is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from shared.db import Tx

CLAIM = """
INSERT INTO idempotency_key (principal, route, key, body_hash, subject_id)
SELECT *
  FROM unnest($2::text[], $3::text[], $4::text[], $5::bytea[], $6::uuid[])
    ON CONFLICT (principal, route, key) DO NOTHING
RETURNING subject_id
"""
"""A part of the statement that makes things and announces them (`$1`, see `shared/outbox.py`): a row per key not taken.

Its parameters are the `columns`. Waits for a request that is claiming one of the keys at this moment.
"""
FIND = """
SELECT body_hash, subject_id
  FROM idempotency_key
 WHERE principal = $1 AND route = $2 AND key = $3
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that is asked for: whose it is, and the id of what a request under it would make."""

    principal: str
    route: str
    key: str
    body_hash: bytes
    subject_id: UUID


def columns(claims: Sequence[Claim]) -> tuple[list[Any], ...]:
    """The parameters `$2` to `$6` of `CLAIM`."""
    return (
        [claim.principal for claim in claims],
        [claim.route for claim in claims],
        [claim.key for claim in claims],
        [claim.body_hash for claim in claims],
        [claim.subject_id for claim in claims],
    )


class KeyReused(Exception):
    """The key was used before with another body."""


class KeyTaken(Exception):
    """Another request has taken the key since it was looked up: look it up again."""


def body_hash(body: BaseModel) -> bytes:
    """SHA-256 of the validated body, so that spacing and field order do not make it another one."""
    return sha256(body.model_dump_json().encode()).digest()


async def find(tx: Tx, principal: str, route: str, key: str, body_hash: bytes) -> UUID | None:
    """What an earlier request with this key made, or None. Raises KeyReused for another body."""
    row = await tx.fetchrow(FIND, principal, route, key)
    if row is None:
        return None
    if row["body_hash"] != body_hash:
        raise KeyReused
    subject: UUID = row["subject_id"]
    return subject

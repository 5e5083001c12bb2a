"""The statements of payment methods."""

from uuid import UUID

import asyncpg

from services.payments.domain.method import Card, Method
from shared.db import Tx

_FIND = """
SELECT method_id, member_id, card_id, brand, last4, expires, label, added_at, removed_at, version
  FROM payment_method
 WHERE method_id = $1 AND member_id = $2 AND removed_at IS NULL
"""
_LOCK = _FIND + "FOR UPDATE"


class MethodNotFound(Exception):
    """There is no such method, it was removed, or it is somebody else's."""

    def __init__(self, method_id: UUID) -> None:
        super().__init__(f"{method_id}")
        self.method_id = method_id


async def insert(tx: Tx, method: Method) -> bool:
    """Write a method; False when the member has this very card from the processor as a method already."""
    written: str = await tx.execute(
        """
        INSERT INTO payment_method (method_id, member_id, method_type, card_id, brand, last4, expires, label, added_at,
                                    version)
        VALUES ($1, $2, 'card', $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (member_id, card_id) WHERE removed_at IS NULL DO NOTHING
        """,
        method.method_id,
        method.member_id,
        method.card.card_id,
        method.card.brand,
        method.card.last4,
        method.card.expires,
        method.label,
        method.added_at,
        method.version,
    )
    return written == "INSERT 0 1"


async def get_usable(tx: Tx, method_id: UUID, member_id: UUID) -> Method:
    """Read a method of the member that can be paid with. Raises MethodNotFound."""
    return _got(await tx.fetchrow(_FIND, method_id, member_id), method_id)


async def find_usable(tx: Tx, method_id: UUID, member_id: UUID) -> Method | None:
    """Read a method of the member that can be paid with; None when it was removed."""
    row = await tx.fetchrow(_FIND, method_id, member_id)
    return _method(row) if row else None


async def lock_usable(tx: Tx, method_id: UUID, member_id: UUID) -> Method:
    """Read a method of the member and keep others from changing it until the commit. Raises MethodNotFound."""
    return _got(await tx.fetchrow(_LOCK, method_id, member_id), method_id)


async def find_by_card(tx: Tx, member_id: UUID, card_id: str) -> Method | None:
    """Read the member's method that is this card of the processor, if there is one."""
    row = await tx.fetchrow(
        """
        SELECT method_id, member_id, card_id, brand, last4, expires, label, added_at, removed_at, version
          FROM payment_method
         WHERE member_id = $1 AND card_id = $2 AND removed_at IS NULL
        """,
        member_id,
        card_id,
    )
    return _method(row) if row else None


async def list_usable(tx: Tx, member_id: UUID) -> list[Method]:
    """The member's methods that can be paid with, oldest first."""
    rows = await tx.fetch(
        """
        SELECT method_id, member_id, card_id, brand, last4, expires, label, added_at, removed_at, version
          FROM payment_method
         WHERE member_id = $1 AND removed_at IS NULL
         ORDER BY added_at, method_id
        """,
        member_id,
    )
    return [_method(row) for row in rows]


async def update_removed(tx: Tx, method: Method) -> None:
    """Save that a method was removed."""
    await tx.execute(
        "UPDATE payment_method SET removed_at = $2, version = $3 WHERE method_id = $1",
        method.method_id,
        method.removed_at,
        method.version,
    )


def _got(row: asyncpg.Record | None, method_id: UUID) -> Method:
    if row is None:
        raise MethodNotFound(method_id)
    return _method(row)


def _method(row: asyncpg.Record) -> Method:
    return Method(
        method_id=row["method_id"],
        member_id=row["member_id"],
        card=Card(row["card_id"], row["brand"], row["last4"], row["expires"]),
        label=row["label"],
        added_at=row["added_at"],
        removed_at=row["removed_at"],
        version=row["version"],
    )

"""Statements on `kept_copy`: only inserted and read, the role of the service may do no more."""

from collections.abc import Sequence
from uuid import UUID

from services.notify.domain.catalog import Language
from services.notify.domain.delivery import KeptCopy, Letter
from shared.db import Tx

INSERT = """
INSERT INTO kept_copy (delivery_id, message_id, recipient, recipient_name, language, subject, body, html)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
LIST = """
SELECT delivery_id, message_id, recipient, recipient_name, language, subject, body, html
  FROM kept_copy
 WHERE delivery_id = ANY($1::uuid[])
"""


async def insert(tx: Tx, copy: KeptCopy) -> None:
    """Keep what will be sent."""
    await tx.execute(
        INSERT,
        copy.delivery_id,
        copy.message_id,
        copy.recipient,
        copy.recipient_name,
        copy.language.value,
        copy.letter.subject,
        copy.letter.body,
        copy.letter.html,
    )


async def list_by_delivery(tx: Tx, delivery_ids: Sequence[UUID]) -> dict[UUID, KeptCopy]:
    """The copies of these deliveries; those without one have had no try yet."""
    return {
        row["delivery_id"]: KeptCopy(
            delivery_id=row["delivery_id"],
            message_id=row["message_id"],
            recipient=row["recipient"],
            recipient_name=row["recipient_name"],
            letter=Letter(row["subject"], row["body"], row["html"]),
            language=Language(row["language"]),
        )
        for row in await tx.fetch(LIST, delivery_ids)
    }

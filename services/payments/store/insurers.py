"""How members reach their insurers: one statement per function."""

from collections.abc import Sequence

import asyncpg

from services.payments.domain.insurer import InsurerContact
from shared.db import Tx


async def upsert(tx: Tx, contact: InsurerContact) -> None:
    """Write the contacts of an insurer over what was there."""
    await tx.execute(
        """
        INSERT INTO insurer_contact AS kept (insurer_id, name, phone, website)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (insurer_id) DO UPDATE
           SET name = excluded.name, phone = excluded.phone, website = excluded.website, updated_at = now()
        """,
        contact.insurer_id,
        contact.name,
        contact.phone,
        contact.website,
    )


async def lock(tx: Tx, insurer_id: str) -> InsurerContact | None:
    """Read the contacts of an insurer and keep others from changing them until the commit; None where none are told."""
    row = await tx.fetchrow(
        """
        SELECT insurer_id, name, phone, website
          FROM insurer_contact
         WHERE insurer_id = $1
           FOR UPDATE
        """,
        insurer_id,
    )
    return _contact(row) if row else None


async def list_of(tx: Tx, insurer_ids: Sequence[str]) -> dict[str, InsurerContact]:
    """Read the contacts of some insurers, by id; those of which none are told are not in it."""
    rows = await tx.fetch(
        """
        SELECT insurer_id, name, phone, website
          FROM insurer_contact
         WHERE insurer_id = ANY ($1::text[])
        """,
        insurer_ids,
    )
    return {row["insurer_id"]: _contact(row) for row in rows}


async def list_all(tx: Tx) -> list[InsurerContact]:
    """Read every insurer that has a policy here or contacts, by id, with the name that members see."""
    rows = await tx.fetch(
        """
        SELECT insurer_id, coalesce(kept.name, told.name) AS name, kept.phone, kept.website
          FROM insurer_contact AS kept
          FULL JOIN (SELECT insurer_id, max(insurer_name) AS name
                       FROM policy
                      GROUP BY insurer_id) AS told USING (insurer_id)
         ORDER BY insurer_id
        """
    )
    return [_contact(row) for row in rows]


def _contact(row: asyncpg.Record) -> InsurerContact:
    return InsurerContact(row["insurer_id"], row["name"], row["phone"], row["website"])

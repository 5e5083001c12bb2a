"""The audit log: rows are added and read, never changed; the service's role has no right to."""

from services.identity.domain.audit import Entry
from shared.db import Tx

INSERT = """
INSERT INTO audit_entry (act, account_id, partner_id, subject_id, network)
VALUES ($1, $2, $3, $4, $5)
"""


async def insert(tx: Tx, entry: Entry) -> None:
    """Add one entry."""
    await tx.execute(INSERT, entry.act, entry.account_id, entry.partner_id, entry.subject_id, entry.network)

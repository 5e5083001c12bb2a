"""Give a partner a key; the partner is made when the name is new. The key itself is shown once and never kept."""

from collections.abc import Sequence
from uuid import UUID

from services.identity.domain.audit import Act, Entry
from services.identity.domain.session import token_hash
from services.identity.store import audit, partners
from shared.db import Tx


async def add_partner_key(tx: Tx, partner_id: UUID, name: str, insurers: Sequence[str], key: str) -> UUID:
    """Keep the key's hash; returns the partner's id (`partner_id` when the partner is new)."""
    found = await partners.upsert_partner(tx, partner_id, name)
    await partners.insert_key(tx, token_hash(key), found, insurers)
    await audit.insert(tx, Entry(Act.PARTNER_KEY_ADDED, partner_id=found))
    return found

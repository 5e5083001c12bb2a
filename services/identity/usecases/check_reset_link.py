"""Whether an e-mailed link can still be used: asked before a page shows the form, and again when it is sent."""

from uuid import UUID

from services.identity.domain.session import token_hash
from services.identity.store import password_resets
from shared.db import Tx


class LinkExpired(Exception):
    """The link is unknown, used, replaced by a newer one, or older than it may be."""


async def check_reset_link(tx: Tx, token: str) -> UUID:
    """Whose link this is. Raises LinkExpired."""
    account_id = await password_resets.find_open(tx, token_hash(token))
    if account_id is None:
        raise LinkExpired
    return account_id

"""Log out everywhere: every session of the account ends, this one too."""

from datetime import datetime
from uuid import UUID

from services.identity.domain.audit import Act, Entry
from services.identity.store import audit, sessions
from shared import outbox
from shared.db import Tx


async def end_all_sessions(tx: Tx, account_id: UUID, network: str, now: datetime) -> None:
    """End the sessions and let gateways forget them."""
    ended = await sessions.update_all_ended(tx, account_id, None, "logged_out_everywhere")
    if not ended:
        return
    await outbox.add(tx, *(session.ended("logged_out_everywhere", now) for session in ended))
    await audit.insert(tx, Entry(Act.LOGGED_OUT_EVERYWHERE, account_id=account_id, network=network))

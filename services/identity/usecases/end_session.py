"""Log out of one session, this one or another of the same account."""

from datetime import datetime
from uuid import UUID

from services.identity.domain.audit import Act, Entry
from services.identity.store import audit, sessions
from shared import outbox
from shared.db import Tx


class SessionUnknown(Exception):
    """The account never had such a session."""


async def end_session(tx: Tx, account_id: UUID, session_id: UUID, network: str, now: datetime) -> None:
    """End the session and let gateways forget it; one that is over stays so. Raises SessionUnknown."""
    session = await sessions.update_ended(tx, session_id, account_id, "logged_out")
    if session is None:
        if not await sessions.exists(tx, session_id, account_id):
            raise SessionUnknown
        return
    await outbox.add(tx, session.ended("logged_out", now))
    await audit.insert(tx, Entry(Act.LOGGED_OUT, account_id=account_id, subject_id=session_id, network=network))

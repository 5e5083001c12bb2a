"""Note down that somebody wants a link to set a new password. Nothing is looked up here: names that are there and names
that are not cost the same one statement, so neither answer nor time tells them apart. Next: `send_password_reset.py`.
"""

from uuid import UUID

from services.identity.providers.keyring import KeyRing
from services.identity.store import password_resets
from services.identity.store.password_resets import ResetRequest
from shared.db import Tx


def request_row(request_id: UUID) -> str:
    """What the name of a request is sealed for."""
    return f"password_reset_request:{request_id}"


async def ask_password_reset(tx: Tx, keys: KeyRing, request_id: UUID, name: str, network: str) -> None:
    """Keep the user name or e-mail address, sealed, until the timer takes it."""
    sealed = keys.seal(name.encode(), request_row(request_id))
    await password_resets.insert_request(tx, ResetRequest(request_id, sealed, network))

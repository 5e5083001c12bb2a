"""Forget what may not be kept, by machine time: raw imports after 90 days, old sessions, old links, old counts."""

from services.identity.store import import_parts, imports, password_resets, sessions, throttles
from shared.db import Tx


async def forget_old(tx: Tx, raw_import_days: int) -> int:
    """One batch; returns how many rows were dropped or emptied."""
    dropped = await imports.update_raw_dropped(tx, raw_import_days)
    dropped += await import_parts.delete_old(tx, raw_import_days)
    dropped += await password_resets.delete_old(tx)
    return dropped + await sessions.delete_old(tx) + await throttles.delete_old(tx)

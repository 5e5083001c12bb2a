"""Forget what may not be kept: raw imports after 90 days, sessions long over, counts of failures. By machine time."""

from services.identity.store import imports, sessions, throttles
from shared.db import Tx


async def forget_old(tx: Tx, raw_import_days: int) -> int:
    """One batch; returns how many rows were dropped or emptied."""
    dropped = await imports.update_raw_dropped(tx, raw_import_days)
    return dropped + await sessions.delete_old(tx) + await throttles.delete_old(tx)

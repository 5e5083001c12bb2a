"""identity's timer: forget what may not be kept, by machine time, so the movable clock has nothing to step to."""

from datetime import datetime

from services.identity.usecases.forget_old import forget_old
from services.identity.usecases.parts import Parts
from shared.jobs import Job, never_due

LOOK_SECONDS = 900.0


async def run_forget_old(parts: Parts, _now: datetime) -> int:
    """Forget one batch; returns how many rows. Raises Unavailable."""
    return await parts.db.write(lambda tx: forget_old(tx, parts.rules.raw_import_days))


JOBS: tuple[Job[Parts], ...] = (Job("forget_old_identity", LOOK_SECONDS, run_forget_old, never_due),)

"""The processor was asked about an open payment in vain: say when it is asked again, or that a person must look."""

from datetime import datetime
from uuid import UUID

import structlog

from services.payments.domain.charge import delay_before_check
from services.payments.store import payment_checks
from shared.db import Tx

log = structlog.get_logger()


async def postpone_check(tx: Tx, payment_id: UUID, checks_done: int, now: datetime) -> None:
    """Plan the next check after `checks_done` in vain; after the last the payment stays processing for a person."""
    delay = delay_before_check(checks_done)
    if delay is None:
        log.error("payment_needs_person", payment_id=payment_id, count=checks_done)
    await payment_checks.update_check(tx, payment_id, checks_done, now + delay if delay else None)

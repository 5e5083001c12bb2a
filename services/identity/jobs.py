"""identity's timers, by machine time: work through enrollment files, send the links that were asked for, forget.

A file is worked through in batches, each a commit of its own: killed in between, another process goes on from there.
A link is not made as soon as somebody asks, but once a second: how busy that makes us no next answer can tell.
"""

import secrets
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import structlog

from services.identity.domain.reasons import Rejection
from services.identity.domain.x12.enrollment_834 import Refused
from services.identity.store import import_parts, import_work, password_resets
from services.identity.store.import_work import LeaseLost
from services.identity.usecases.forget_old import forget_old
from services.identity.usecases.open_file import FileLine, OpenFile
from services.identity.usecases.parts import Parts
from services.identity.usecases.send_password_reset import NewLink, send_password_reset
from services.identity.usecases.take_file_lines import LEASE, take_file_lines
from shared.crash import crash_point
from shared.db import Unavailable
from shared.jobs import Job, never_due
from shared.log import describe

log = structlog.get_logger()

LOOK_SECONDS = 900.0
LINK_SECONDS = 1.0
TOKEN_BYTES = 32
FILE_SECONDS = 1.0
BATCH_LINES = 100


async def run_forget_old(parts: Parts, _now: datetime) -> int:
    """Forget one batch; returns how many rows. Raises Unavailable."""
    return await parts.db.write(lambda tx: forget_old(tx, parts.rules.raw_import_days))


async def run_send_password_resets(parts: Parts, now: datetime) -> int:
    """Take one request for a link; returns 0 when nobody waits. Raises Unavailable."""
    link = NewLink(uuid4(), secrets.token_urlsafe(TOKEN_BYTES), parts.link_key)
    return await parts.db.write(lambda tx: send_password_reset(tx, parts.keys, parts.rules.password_reset, link, now))


async def next_password_reset_at(parts: Parts) -> datetime | None:
    """Now, while somebody waits for a link: so that a portal that has settled has sent it."""
    return parts.clock.now() if await parts.db.read(password_resets.has_requests) else None


async def run_take_files(parts: Parts, now: datetime) -> int:
    """Take one batch of the file at hand; returns 0 when no file waits. Raises Unavailable."""
    opened, parts.files.held = parts.files.held or await _open_file(parts), None
    if opened is None:
        return 0
    try:
        batch = await opened.next_batch(BATCH_LINES)
        if batch:
            await _take_batch(parts, opened, batch, now)
            crash_point("identity.file_batch_taken")
            parts.files.held = opened
        else:
            await parts.db.write(lambda tx: import_work.finish(tx, opened.claimed))
    except Unavailable:
        parts.files.held = opened
        raise
    except LeaseLost:
        log.warning("file_taken_over", import_id=opened.claimed.import_id)
    return 1


async def _open_file(parts: Parts) -> OpenFile | None:
    claimed = await parts.db.write(lambda tx: import_work.claim(tx, parts.files.worker_id, LEASE))
    if claimed is None:
        return None
    import_id = claimed.import_id

    async def load(part: int) -> bytes | None:
        sealed = await parts.db.read(lambda tx: import_parts.find(tx, import_id, part))
        return parts.keys.open(sealed, import_parts.row_name(import_id, part)) if sealed else None

    return OpenFile(claimed, load)


async def _take_batch(parts: Parts, opened: OpenFile, batch: list[FileLine], now: datetime) -> None:
    """All in one commit; where one of them cannot be taken for a reason of ours, each in its own and that one named."""
    try:
        await parts.db.write(lambda tx: take_file_lines(tx, parts.keys, opened.claimed, batch, now))
    except (Unavailable, LeaseLost):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is one line's: the others of the batch are taken
        log.error("file_batch_failed", import_id=opened.claimed.import_id, **describe(error))
        for line in batch:
            await _take_one(parts, opened, line, now)
    opened.acknowledge()


async def _take_one(parts: Parts, opened: OpenFile, line: FileLine, now: datetime) -> None:
    claimed = opened.claimed
    try:
        await parts.db.write(lambda tx: take_file_lines(tx, parts.keys, claimed, [line], now))
    except (Unavailable, LeaseLost):
        raise
    except Exception as error:  # noqa: BLE001 - the line is named to the partner, the failure to us
        log.error("file_line_failed", import_id=claimed.import_id, line=line.line_number, **describe(error))
        refused = replace(line, found=Refused(line.found.number, "", Rejection.NOT_TAKEN))
        await parts.db.write(lambda tx: take_file_lines(tx, parts.keys, claimed, [refused], now))


async def next_file_at(parts: Parts) -> datetime | None:
    """Now, while a file waits or is worked through: so that a portal that has settled has taken it."""
    return parts.clock.now() if await parts.db.read(import_work.exists_open) else None


JOBS: tuple[Job[Parts], ...] = (
    Job("forget_old_identity", LOOK_SECONDS, run_forget_old, never_due),
    Job("take_enrollment_files", FILE_SECONDS, run_take_files, next_file_at),
    Job("send_password_resets", LINK_SECONDS, run_send_password_resets, next_password_reset_at),
)

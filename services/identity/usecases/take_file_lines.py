"""Take a batch of a file's lines, in one commit with how far the file has come: killed at any point, none is lost.

load     the lease, and the locks of all lines at once: two batches cannot wait for each other in a circle
decide   `take_line.py` for each, as for an enrollment that comes alone
save     the results of the lines
announce what the lines say
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

from services.identity.domain.enrollment import Enrollment, Line, LineStatus
from services.identity.domain.reasons import Rejection
from services.identity.domain.x12.enrollment_834 import Read, Refused
from services.identity.domain.x12.envelope import Note
from services.identity.providers.keyring import KeyRing
from services.identity.store import import_work, imports
from services.identity.store.import_work import Claimed
from services.identity.store.locks import enrollment_locks, lock_names
from services.identity.usecases.open_file import FileLine
from services.identity.usecases.take_line import Taken, take_line
from shared import outbox
from shared.crash import crash_point
from shared.db import Tx
from shared.fact import Fact

LEASE = timedelta(seconds=60)
"""How long a file belongs to a process after its last batch, should that process die."""


async def take_file_lines(tx: Tx, keys: KeyRing, claimed: Claimed, lines: Sequence[FileLine], now: datetime) -> None:
    """Take the lines, which follow each other; those of a commit that was made already are left. Raises LeaseLost."""
    first, last = lines[0].line_number, lines[-1].line_number
    if not await import_work.advance(tx, claimed, first - 1, last, LEASE):
        return
    await lock_names(tx, chain.from_iterable(_locks(keys, line) for line in lines))
    results: list[tuple[str, Line]] = []
    facts: list[Fact] = []
    for line in lines:
        insurer_id, taken = await _take(tx, keys, claimed, line, now)
        results.append((insurer_id, taken.line))
        facts += taken.facts
    await imports.insert_lines(tx, claimed.import_id, results)
    await outbox.add(tx, *facts)
    crash_point("identity.file_batch_saved")


async def _take(tx: Tx, keys: KeyRing, claimed: Claimed, line: FileLine, now: datetime) -> tuple[str, Taken]:
    number = line.line_number
    match line.found:
        case Note(segment, warning):
            return "", Taken(Line(number, LineStatus.NOTED, "", (warning,), None, segment=segment))
        case Refused(segment, policy_number, rejection, warnings):
            told = Line(number, LineStatus.REJECTED, policy_number, warnings, rejection, segment=segment)
            return "", Taken(told)
        case Read(segment, enrollment):
            policy = enrollment.policy
            if claimed.insurers and policy.insurer_id not in claimed.insurers:
                rejection = Rejection.INSURER_NOT_ALLOWED
                told = Line(number, LineStatus.REJECTED, policy.policy_number, (), rejection, segment=segment)
                return policy.insurer_id, Taken(told)
            taken = await take_line(tx, keys, _hashed(keys, enrollment), number, line.member_id, now)
            return policy.insurer_id, Taken(replace(taken.line, segment=segment), taken.facts)


def _hashed(keys: KeyRing, enrollment: Enrollment) -> Enrollment:
    return replace(enrollment, content_hash=keys.keyed_hash(b"enrollment-834", enrollment.words))


def _locks(keys: KeyRing, line: FileLine) -> list[str]:
    if not isinstance(line.found, Read):
        return []
    enrollment = line.found.enrollment
    ssn = enrollment.enrollee.ssn
    return enrollment_locks(enrollment, keys.ssn_index(ssn) if ssn else None)

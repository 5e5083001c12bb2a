"""Write on in one's own case; the same words again within 10 minutes are the same message."""

from datetime import datetime
from uuid import UUID

from services.identity.domain.case import MOST_MESSAGES, SAME_WITHIN, Author, Case, CaseFull, CaseMessage
from services.identity.domain.case_text import check_numbers
from services.identity.domain.throttle import Schedule, Throttled, throttle_key
from services.identity.store import cases, throttles
from services.identity.usecases.show_case import CaseUnknown
from shared.db import Tx


async def add_case_message(
    tx: Tx, schedule: Schedule, account_id: UUID, case_id: UUID, text: str, now: datetime
) -> tuple[Case, list[CaseMessage]]:
    """The case with all its messages. Raises NumberNotKept, CaseUnknown, CaseFull, Throttled."""
    check_numbers(text)
    case = await cases.lock(tx, case_id, account_id)
    if case is None:
        raise CaseUnknown
    messages = await cases.list_messages(tx, case_id)
    message = CaseMessage(Author.MEMBER, text, now)
    if await cases.has_same_message(tx, case_id, message, SAME_WITHIN):
        return case, messages
    if len(messages) >= MOST_MESSAGES:
        raise CaseFull
    key = throttle_key("case", str(account_id))
    seconds = await throttles.find_wait_seconds(tx, [key])
    if seconds > 0:
        raise Throttled(seconds)
    await throttles.count_failure(tx, key, schedule)
    await cases.insert_message(tx, case_id, len(messages) + 1, message)
    return case, [*messages, message]

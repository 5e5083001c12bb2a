"""Support cases and their messages. `opened_at` is business time; what counts as "just now" is machine time."""

from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Record

from services.identity.domain.case import Author, Case, CaseMessage, CaseStatus, Opener, Topic
from shared.db import Tx

COLUMNS = "case_id, reference, account_id, email, first_name, language, topic, payment_reference, status, opened_at"

INSERT = """
INSERT INTO support_case (case_id, reference, account_id, email, first_name, language, topic, payment_reference,
                          status, opened_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (reference) DO NOTHING
"""
FIND_SAME = f"""
SELECT {COLUMNS}
  FROM support_case
 WHERE account_id IS NOT DISTINCT FROM $1 AND email = $2 AND created_at > now() - $4::interval
   AND EXISTS (SELECT 1
                 FROM support_case_message AS message
                WHERE message.case_id = support_case.case_id AND message.message_number = 1 AND message.text = $3)
 ORDER BY created_at DESC
 LIMIT 1
"""  # noqa: S608 - the column list is a constant
FIND = f"""
SELECT {COLUMNS}
  FROM support_case
 WHERE case_id = $1 AND account_id = $2
"""  # noqa: S608 - the column list is a constant
LOCK = FIND + "   FOR UPDATE"
LIST_PAGE = f"""
SELECT {COLUMNS}
  FROM support_case
 WHERE account_id = $1 AND ($2::timestamptz IS NULL OR (opened_at, case_id) < ($2, $3::uuid))
 ORDER BY opened_at DESC, case_id DESC
 LIMIT $4
"""  # noqa: S608 - the column list is a constant
INSERT_MESSAGE = """
INSERT INTO support_case_message (case_id, message_number, author, text, written_at)
VALUES ($1, $2, $3, $4, $5)
"""
LIST_MESSAGES = """
SELECT author, text, written_at
  FROM support_case_message
 WHERE case_id = $1
 ORDER BY message_number
"""
HAS_SAME_MESSAGE = """
SELECT EXISTS (SELECT 1
                 FROM support_case_message
                WHERE case_id = $1 AND author = $2 AND text = $3 AND created_at > now() - $4::interval)
"""


async def insert(tx: Tx, case: Case) -> bool:
    """Write a new case down; False when its reference is another's already."""
    opener = case.opener
    done: str = await tx.execute(
        INSERT,
        case.case_id,
        case.reference,
        opener.account_id,
        opener.email,
        opener.first_name,
        opener.language,
        case.topic,
        case.payment_reference,
        case.status,
        case.opened_at,
    )
    return done.endswith(" 1")


async def find_same(tx: Tx, opener: Opener, text: str, within: timedelta) -> Case | None:
    """The case that the same person opened just now with the same words, or None."""
    row = await tx.fetchrow(FIND_SAME, opener.account_id, opener.email, text, within)
    return _case(row) if row else None


async def find(tx: Tx, case_id: UUID, account_id: UUID) -> Case | None:
    """The account's case, or None."""
    row = await tx.fetchrow(FIND, case_id, account_id)
    return _case(row) if row else None


async def lock(tx: Tx, case_id: UUID, account_id: UUID) -> Case | None:
    """The account's case, held until the transaction ends; or None."""
    row = await tx.fetchrow(LOCK, case_id, account_id)
    return _case(row) if row else None


async def list_page(tx: Tx, account_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Case]:
    """The account's cases, newest first, after the place (opened_at, case_id) where a page ended."""
    opened_at, case_id = after or (None, None)
    return [_case(row) for row in await tx.fetch(LIST_PAGE, account_id, opened_at, case_id, limit)]


async def insert_message(tx: Tx, case_id: UUID, message_number: int, message: CaseMessage) -> None:
    """Add a message to a case that is held; numbers begin at 1."""
    await tx.execute(INSERT_MESSAGE, case_id, message_number, message.author, message.text, message.written_at)


async def list_messages(tx: Tx, case_id: UUID) -> list[CaseMessage]:
    """The messages of a case in their order."""
    return [
        CaseMessage(Author(row["author"]), row["text"], row["written_at"])
        for row in await tx.fetch(LIST_MESSAGES, case_id)
    ]


async def has_same_message(tx: Tx, case_id: UUID, message: CaseMessage, within: timedelta) -> bool:
    """Whether the same author wrote the same words into the case just now."""
    found: bool = await tx.fetchval(HAS_SAME_MESSAGE, case_id, message.author, message.text, within)
    return found


def _case(row: Record) -> Case:
    return Case(
        case_id=row["case_id"],
        reference=row["reference"],
        opener=Opener(row["account_id"], row["email"], row["first_name"], row["language"]),
        topic=Topic(row["topic"]),
        payment_reference=row["payment_reference"],
        status=CaseStatus(row["status"]),
        opened_at=row["opened_at"],
    )

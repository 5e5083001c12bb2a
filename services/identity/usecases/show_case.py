"""One of one's own cases with its messages; somebody else's is not found."""

from uuid import UUID

from services.identity.domain.case import Case, CaseMessage
from services.identity.store import cases
from shared.db import Tx


class CaseUnknown(Exception):
    """The account has no such case."""


async def show_case(tx: Tx, account_id: UUID, case_id: UUID) -> tuple[Case, list[CaseMessage]]:
    """The case and its messages in their order. Raises CaseUnknown."""
    case = await cases.find(tx, case_id, account_id)
    if case is None:
        raise CaseUnknown
    return case, await cases.list_messages(tx, case_id)

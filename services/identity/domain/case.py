"""A support case: what somebody asks for, one reference number, one history that both sides see.

Staff's side (answers, closing) is not there yet: a case is open. Next: `case_text.py` says what may be written.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.identity.domain.account import Language
from shared.contracts.identity import CaseOpenedV1

REFERENCE_PREFIX = "CS-"
REFERENCE_LENGTH = 8
REFERENCE_BITS = 5 * REFERENCE_LENGTH
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: nothing that is misread over the phone
SAME_WITHIN = timedelta(minutes=10)  # a double click, a reload, a second try: the same text again is the same message
MOST_MESSAGES = 100


class Topic(StrEnum):
    """What it is about; the words of the API."""

    PAYMENT_DECLINED = "payment_declined"
    PAYMENT_MISSING = "payment_missing"
    CANNOT_LOG_IN = "cannot_log_in"
    BILL_QUESTION = "bill_question"
    COVERAGE_QUESTION = "coverage_question"
    ENROLLMENT_QUESTION = "enrollment_question"
    TECHNICAL = "technical"
    OTHER = "other"


class CaseStatus(StrEnum):
    """Where a case stands."""

    OPEN = "open"


class Author(StrEnum):
    """Who wrote a message."""

    MEMBER = "member"
    STAFF = "staff"
    PORTAL = "portal"


class CaseFull(Exception):
    """The case holds as many messages as it may."""


@dataclass(frozen=True, slots=True)
class CaseMessage:
    """One message; written at a moment of business time."""

    author: Author
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Opener:
    """Who asks; `account_id` is None where they did not log in, whatever address they gave."""

    account_id: UUID | None
    email: str
    first_name: str | None
    language: Language


@dataclass(frozen=True, slots=True)
class Case:
    """A case without its messages."""

    case_id: UUID
    reference: str
    opener: Opener
    topic: Topic
    payment_reference: str | None
    status: CaseStatus
    opened_at: datetime

    def opened(self, now: datetime) -> CaseOpenedV1:
        """The fact of a new case; what was written is not in it."""
        return CaseOpenedV1(
            occurred_at=now,
            version=1,
            case_id=self.case_id,
            reference=self.reference,
            account_id=self.opener.account_id,
            email=self.opener.email,
            first_name=self.opener.first_name,
            language=self.opener.language,
            topic=self.topic.value,
            payment_reference=self.payment_reference,
        )


def case_reference(random_number: int) -> str:
    """The reference of 40 random bits, `CS-` and eight characters. Raises ValueError outside 0 to 2^40 - 1."""
    if not 0 <= random_number < 1 << REFERENCE_BITS:
        raise ValueError("a case reference is made of 40 bits")
    return REFERENCE_PREFIX + "".join(
        ALPHABET[random_number >> 5 * place & 31] for place in reversed(range(REFERENCE_LENGTH))
    )

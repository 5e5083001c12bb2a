"""What comes in and goes out of the URLs of support cases."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from services.identity.domain.case import Author, Case, CaseMessage, CaseStatus, Topic
from services.identity.domain.case_text import LONGEST_MESSAGE, checked_message, checked_payment_reference
from services.identity.http.fields import Email, Language, Name, Text
from shared.http.models import Input, Output

Place = tuple[datetime, UUID]
YEARS = range(2000, 2200)  # outside of them lie instants that Postgres cannot be asked about


def cursor_of(case: Case) -> str:
    """Where a page ended, as a text that callers hand back and need not understand."""
    return urlsafe_b64encode(f"{case.opened_at.isoformat()}|{case.case_id}".encode()).decode()


def _place(cursor: str) -> Place:
    try:
        opened_at, _, case_id = urlsafe_b64decode(cursor).decode().partition("|")
        place = datetime.fromisoformat(opened_at), UUID(case_id)
    except ValueError:
        raise ValueError("This is no cursor of ours. Leave it out to begin at the newest.") from None
    if place[0].utcoffset() is None or place[0].year not in YEARS:
        raise ValueError("This is no cursor of ours. Leave it out to begin at the newest.")
    return place


def _one_line_end(text: Any) -> Any:
    """Forms send two characters for each line break; a person counts one."""
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


MessageText = Annotated[
    str,
    BeforeValidator(_one_line_end),
    Field(min_length=1, max_length=LONGEST_MESSAGE, json_schema_extra={"format": "multiline"}),
    AfterValidator(checked_message),
]
PaymentReference = Annotated[Text, Field(max_length=40), AfterValidator(checked_payment_reference)]


class NewCaseBody(Input):
    """What one needs help with."""

    topic: Topic
    message: MessageText
    payment_reference: PaymentReference | None = None


class NewMessage(Input):
    """One more message of a case."""

    message: MessageText


class SupportRequest(Input):
    """A question of somebody who is not logged in; the answer goes to the e-mail address."""

    email: Email
    name: Name | None = None
    topic: Topic = Topic.OTHER
    message: MessageText
    payment_reference: PaymentReference | None = None
    language: Language = "en"


class SupportRequestMade(Output):
    """The number by which support finds the case."""

    reference: str


class MessageShown(Output):
    """One message; `at` is business time."""

    author: Author
    text: str
    at: datetime


class CaseListed(Output):
    """One of one's cases."""

    case_id: UUID
    reference: str
    topic: Topic
    payment_reference: str | None
    status: CaseStatus
    opened_at: datetime

    @classmethod
    def of(cls, case: Case) -> "CaseListed":
        """A case as its account sees it in the list."""
        return cls(**_told(case))


class CaseShown(CaseListed):
    """A case with all its messages, the first one first."""

    messages: tuple[MessageShown, ...]

    @classmethod
    def whole(cls, case: Case, messages: Sequence[CaseMessage]) -> "CaseShown":
        """A case as its account sees it."""
        shown = tuple(MessageShown(author=it.author, text=it.text, at=it.written_at) for it in messages)
        return cls(**_told(case), messages=shown)


class CasesQuery(Input):
    """Which page: `cursor` is the `next_cursor` of the page before."""

    cursor: Annotated[Place | None, BeforeValidator(_place), WithJsonSchema({"type": "string"})] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class CasesShown(Output):
    """One's cases, newest first."""

    items: tuple[CaseListed, ...]
    next_cursor: str | None


def _told(case: Case) -> dict[str, Any]:
    return {
        "case_id": case.case_id,
        "reference": case.reference,
        "topic": case.topic,
        "payment_reference": case.payment_reference,
        "status": case.status,
        "opened_at": case.opened_at,
    }

"""What identity answers, as far as pages show it; fields that a page does not need are left out."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel


class LegalName(BaseModel):
    """A person's legal name."""

    first: str
    middle: str | None = None
    last: str
    suffix: str | None = None

    @property
    def full(self) -> str:
        """As one writes it."""
        return " ".join(part for part in (self.first, self.middle, self.last, self.suffix) if part)


class Address(BaseModel):
    """A mailing address."""

    line1: str
    city: str
    state: str
    zip: str


class Account(BaseModel):
    """The account that is logged in."""

    account_id: UUID
    status: Literal["unverified", "waiting_for_record", "verified"] | str
    username: str
    legal_name: LegalName
    date_of_birth: date
    ssn_last4: str | None
    email: str
    phone: str | None
    language: str
    mailing_address: Address | None


class AccountMade(BaseModel):
    """A new account."""

    account_id: UUID


class SessionMade(BaseModel):
    """A session that was just begun; the only place where its token is told."""

    token: str
    session_id: UUID
    account_id: UUID
    expires_at: datetime


class Session(BaseModel):
    """One of the account's sessions."""

    session_id: UUID
    device: str
    network: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class Sessions(BaseModel):
    """All sessions of the account."""

    items: tuple[Session, ...]


class Question(BaseModel):
    """A question about the enrollment, with its choices."""

    question_id: str
    text: str
    choices: tuple[str, ...]


class Verification(BaseModel):
    """What is asked to verify an identity."""

    verification_id: UUID
    questions: tuple[Question, ...] = ()


class VerificationResult(BaseModel):
    """Whether the answers were right."""

    status: Literal["verified", "failed", "pending_review"]
    account_status: str


class CaseMessage(BaseModel):
    """One message of a case."""

    author: str
    text: str
    at: datetime


class Case(BaseModel):
    """A support case with its messages."""

    case_id: UUID
    reference: str
    topic: str
    status: str
    opened_at: datetime
    payment_reference: str | None = None
    messages: tuple[CaseMessage, ...] = ()


class Cases(BaseModel):
    """A page of cases, newest first."""

    items: tuple[Case, ...]
    next_cursor: str | None = None


class SupportRequestMade(BaseModel):
    """The case that a message without log-in opened."""

    reference: str

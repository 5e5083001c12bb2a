"""What identity says: people, accounts, sessions. All private: names, contact data, links.

Heard by payments (`member.enrolled`), notify (contacts, notices, links) and the gateway (`session.ended`).
"""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.fact import Exchange, Fact


class LegalName(BaseModel):
    """A person's legal name as the marketplace or the person wrote it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    first: str
    middle: str | None = None
    last: str
    suffix: str | None = None


class EnrolledPolicy(BaseModel):
    """The policy's facts in an enrollment; a premium of None means that the feed did not say it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    policy_number: str
    exchange_policy_id: str | None = None
    insurer_id: str
    insurer_name: str
    plan: str
    kind: Literal["health", "dental"]
    premium_cents: int | None
    subsidy_cents: int
    coverage_start_on: date
    coverage_end_on: date | None = None


class _IdentityFact(Fact):
    EXCHANGE: ClassVar[Exchange] = Exchange.PRIVATE
    SOURCE: ClassVar[str] = "/identity"


class MemberEnrolledV1(_IdentityFact):
    """An enrollment was taken in for a member; `version` grows with each enrollment of the same policy number.

    `action`: what the marketplace asked for. Never carries SSN, date of birth, address or contact data.
    """

    TYPE: ClassVar[str] = "member.enrolled.v1"
    SUBJECT: ClassVar[str] = "member_id"

    member_id: UUID
    exchange_member_id: str | None
    insurer_id: str
    legal_name: LegalName
    action: Literal["add", "change", "cancel", "terminate", "reinstate"]
    effective_on: date
    policy: EnrolledPolicy


class _AccountFact(_IdentityFact):
    SUBJECT: ClassVar[str] = "account_id"

    account_id: UUID
    member_id: UUID | None
    status: Literal["unverified", "waiting_for_record", "verified"]
    first_name: str
    email: str
    phone: str | None
    language: Literal["en", "es"]


class AccountRegisteredV1(_AccountFact):
    """Somebody made an account; not yet linked to a member record."""

    TYPE: ClassVar[str] = "account.registered.v1"


class AccountVerifiedV1(_AccountFact):
    """The account was linked to its member record; `member_id` is set from here on."""

    TYPE: ClassVar[str] = "account.verified.v1"


class AccountRecordArrivedV1(_AccountFact):
    """The enrollment that a waiting account was missing has come: the person can verify now."""

    TYPE: ClassVar[str] = "account.record_arrived.v1"


class SessionEndedV1(_IdentityFact):
    """A session was ended; gateways forget it. `token_hash` is the SHA-256 of its token, in hex."""

    TYPE: ClassVar[str] = "session.ended.v1"
    SUBJECT: ClassVar[str] = "session_id"

    session_id: UUID
    account_id: UUID
    token_hash: str
    reason: Literal["logged_out", "logged_out_everywhere", "password_changed", "idle", "expired"]
    ended_at: datetime


class AccountLinkRequestedV1(_IdentityFact):
    """Somebody asked for a one-time link; who sends it opens `sealed_link` with `shared.one_time`, about `account_id`.

    `sealed_link` is the sealed token, not a URL; `expires_at` is machine time, which the sandbox does not move. Each
    event is a link of its own: a newer one ends the older.
    """

    TYPE: ClassVar[str] = "account.link_requested.v1"
    SUBJECT: ClassVar[str] = "account_id"

    account_id: UUID
    purpose: Literal["password_reset"]
    sealed_link: str
    expires_at: datetime


class SecurityChangedV1(_IdentityFact):
    """What guards the account was changed: the person is told, so that a stranger's doing is noticed.

    `device` as people say it ("Chrome on Android"); `network_hint` is the rough network, such as "203.0.113.0/24".
    """

    TYPE: ClassVar[str] = "security.changed.v1"
    SUBJECT: ClassVar[str] = "account_id"

    account_id: UUID
    what: Literal["password_changed", "password_reset"]
    device: str
    network_hint: str
    changed_at: datetime


class CaseOpenedV1(_IdentityFact):
    """Somebody asked support for help; `account_id` is None without log-in. What they wrote stays with identity."""

    TYPE: ClassVar[str] = "case.opened.v1"
    SUBJECT: ClassVar[str] = "case_id"

    case_id: UUID
    reference: str
    account_id: UUID | None
    email: str
    first_name: str | None
    language: Literal["en", "es"]
    topic: Literal[
        "payment_declined",
        "payment_missing",
        "cannot_log_in",
        "bill_question",
        "coverage_question",
        "enrollment_question",
        "technical",
        "other",
    ]
    payment_reference: str | None

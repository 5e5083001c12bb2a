"""What identity says: people, accounts, sessions. All private: names, contact data, links.

Heard by payments (`member.enrolled`), notify (contacts, notices, links) and the gateway (`session.ended`).
"""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.fact import Exchange, Fact, Told


class LegalName(Told):
    """A person's legal name as the marketplace or the person wrote it."""

    first: str
    """The first name."""
    middle: str | None = None
    """Middle names or initials."""
    last: str
    """The last name."""
    suffix: str | None = None
    """Such as Jr."""


class EnrolledPolicy(Told):
    """The policy's facts in an enrollment."""

    policy_number: str
    """The insurer's number of the policy."""
    exchange_policy_id: str | None = None
    """The marketplace's id of it."""
    insurer_id: str
    """Who insures."""
    insurer_name: str
    """As people know it."""
    plan: str
    """The plan's name."""
    kind: Literal["health", "dental"]
    """What it covers."""
    premium_cents: int | None
    """A month's premium before the subsidy; null when the feed did not say it."""
    subsidy_cents: int
    """What the government pays of it each month (APTC)."""
    coverage_start_on: date
    """The first covered day."""
    coverage_end_on: date | None = None
    """The last covered day; null while none is known."""


class _IdentityFact(Fact):
    EXCHANGE: ClassVar[Exchange] = Exchange.PRIVATE
    SOURCE: ClassVar[str] = "/identity"


class MemberEnrolledV1(_IdentityFact):
    """An enrollment was taken in for a member; `version` grows with each enrollment of the same policy number.

    Never carries SSN, date of birth, address or contact data.
    """

    TYPE: ClassVar[str] = "member.enrolled.v1"
    SUBJECT: ClassVar[str] = "member_id"

    member_id: UUID
    """The member record."""
    exchange_member_id: str | None
    """The marketplace's id of the person."""
    insurer_id: str
    """Who insures, as in `policy`."""
    legal_name: LegalName
    """The member's name."""
    action: Literal["add", "change", "cancel", "terminate", "reinstate"]
    """What the marketplace asked for."""
    effective_on: date
    """From which day it holds."""
    policy: EnrolledPolicy
    """The policy as this enrollment says it."""


class _AccountFact(_IdentityFact):
    SUBJECT: ClassVar[str] = "account_id"

    account_id: UUID
    """The account."""
    member_id: UUID | None
    """The member record that it is linked to; null until it is verified."""
    status: Literal["unverified", "waiting_for_record", "verified"]
    """How far the account has come."""
    first_name: str
    """How to address the person."""
    email: str
    """Where to write to."""
    phone: str | None
    """The phone number, where one was given."""
    language: Literal["en", "es"]
    """The language that the person chose."""


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
    """A session was ended; gateways forget it."""

    TYPE: ClassVar[str] = "session.ended.v1"
    SUBJECT: ClassVar[str] = "session_id"

    session_id: UUID
    """The session."""
    account_id: UUID
    """Whose it was."""
    token_hash: str
    """The SHA-256 of its token, in hex."""
    reason: Literal["logged_out", "logged_out_everywhere", "password_changed", "idle", "expired"]
    """Why it ended."""
    ended_at: datetime
    """When, in machine time."""


class AccountLinkRequestedV1(_IdentityFact):
    """Somebody asked for a one-time link. Each event is a link of its own: a newer one ends the older."""

    TYPE: ClassVar[str] = "account.link_requested.v1"
    SUBJECT: ClassVar[str] = "account_id"

    account_id: UUID
    """Whose link it is."""
    purpose: Literal["password_reset"]
    """What it is good for."""
    sealed_link: str
    """The sealed token, not a URL; who sends it opens it with `shared.one_time`, about `account_id`."""
    expires_at: datetime
    """Until when it works, in machine time, which the sandbox does not move."""


class SecurityChangedV1(_IdentityFact):
    """What guards the account was changed: the person is told, so that a stranger's doing is noticed."""

    TYPE: ClassVar[str] = "security.changed.v1"
    SUBJECT: ClassVar[str] = "account_id"

    account_id: UUID
    """Whose account."""
    what: Literal["password_changed", "password_reset"]
    """What was done."""
    device: str
    """As people say it, such as "Chrome on Android"."""
    network_hint: str
    """The rough network, such as "203.0.113.0/24"."""
    changed_at: datetime
    """When, in machine time."""


class CaseOpenedV1(_IdentityFact):
    """Somebody asked support for help. What they wrote stays with identity."""

    TYPE: ClassVar[str] = "case.opened.v1"
    SUBJECT: ClassVar[str] = "case_id"

    case_id: UUID
    """The case."""
    reference: str
    """How people name it."""
    account_id: UUID | None
    """Who asked; null without log-in."""
    email: str
    """Where to answer to."""
    first_name: str | None
    """How to address the person, where it is known."""
    language: Literal["en", "es"]
    """The language to answer in."""
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
    """What it is about."""
    payment_reference: str | None
    """The payment it is about, where one was named."""

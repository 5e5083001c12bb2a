"""An enrollment as a partner sends it, and the result per line that the partner reads back.

Next: `usecases/take_enrollment.py`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, assert_never
from uuid import UUID

from services.identity.domain.member import Enrollee, Member
from shared.contracts.identity import EnrolledPolicy, MemberEnrolledV1

Action = Literal["add", "change", "cancel", "terminate", "reinstate"]


class LineStatus(StrEnum):
    """What became of a line of an import."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


class LineWarning(StrEnum):
    """What the partner should look at although the line was taken."""

    SSN_INVALID = "ssn-invalid"
    SSN_MISSING = "ssn-missing"
    PREMIUM_MISSING = "premium-missing"

    @property
    def text(self) -> str:
        """The warning in words; never repeats a value."""
        match self:
            case LineWarning.SSN_INVALID:
                return "The SSN is not a possible one. The member was enrolled without it and cannot verify an account."
            case LineWarning.SSN_MISSING:
                return "There is no SSN. Until one comes, the member cannot verify an account."
            case LineWarning.PREMIUM_MISSING:
                return "There is no premium. No bill is issued until one comes."
            case _:
                assert_never(self)


class Rejection(StrEnum):
    """Why a line was not taken."""

    MEMBER_CONFLICT = "member-conflict"
    POLICY_CONFLICT = "policy-conflict"

    @property
    def text(self) -> str:
        """The reason in words."""
        match self:
            case Rejection.MEMBER_CONFLICT:
                return "The member id, the SSN and the birth date do not belong to one person that we know."
            case Rejection.POLICY_CONFLICT:
                return "This policy number is already another member's."
            case _:
                assert_never(self)


class LineRejected(Exception):
    """The line cannot be taken; the partner reads why in the import's result."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.value)
        self.rejection = rejection


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What the marketplace asks for: an action on one policy of one member. Same words, same `content_hash`."""

    action: Action
    effective_on: date
    enrollee: Enrollee
    policy: EnrolledPolicy
    warnings: tuple[LineWarning, ...]
    content_hash: bytes

    def announced(self, member: Member, version: int, now: datetime) -> MemberEnrolledV1:
        """The fact for payments; `version` counts the enrollments of this insurer and policy number by arrival."""
        return MemberEnrolledV1(
            occurred_at=now,
            version=version,
            member_id=member.member_id,
            exchange_member_id=member.exchange_member_id,
            insurer_id=self.policy.insurer_id,
            legal_name=member.legal_name,
            action=self.action,
            effective_on=self.effective_on,
            policy=self.policy,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """The result of one line."""

    line_number: int
    status: LineStatus
    policy_number: str
    warnings: tuple[LineWarning, ...]
    rejection: Rejection | None
    member_id: UUID | None = None
    policy_version: int | None = None

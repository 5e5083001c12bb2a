"""An enrollment as a partner sends it, and the result per line that the partner reads back.

Next: `usecases/take_enrollment.py`.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from services.identity.domain.member import NO_DEPENDENTS, Dependents, Enrollee, Member
from services.identity.domain.reasons import LineWarning, Rejection
from shared.contracts.identity import EnrolledPolicy, MemberEnrolledV1

Action = Literal["add", "change", "cancel", "terminate", "reinstate"]

INSURER_ID = r"[A-Za-z0-9_-]{1,40}"
"""Part of a routing key, where a point would begin a new word."""

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
"""Whoever hears of an enrollment counts months from its days, before and after; the calendar ends at 9999."""


class LineStatus(StrEnum):
    """What became of a line of an import; `noted` is a remark on the file itself and stands for no policy."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    NOTED = "noted"


class LineRejected(Exception):
    """The line cannot be taken; the partner reads why in the import's result."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.value)
        self.rejection = rejection


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What the marketplace asks for: an action on one policy of one member. Same words, same `content_hash`.

    An audit lists what should be known already: it has an effect only where its facts differ from what is known.
    """

    action: Action
    effective_on: date
    enrollee: Enrollee
    policy: EnrolledPolicy
    warnings: tuple[LineWarning, ...]
    content_hash: bytes
    dependents: Dependents = NO_DEPENDENTS
    is_audit: bool = False

    @property
    def facts(self) -> bytes:
        """All that it says about member, policy and dependents, whatever is asked for; equal for equal facts.

        It holds the SSN: it is made to be hashed under a key, never to be kept.
        """
        ssn = self.enrollee.ssn.digits if self.enrollee.ssn else None
        told = [ssn, self.policy.model_dump(mode="json"), str(self.dependents.covered), str(self.enrollee)]
        return json.dumps(told, sort_keys=True).encode()

    @property
    def words(self) -> bytes:
        """The facts together with what is asked for, and from when; to be hashed as they are."""
        asked = (
            f"{self.action}|{self.effective_on}|{self.is_audit}|{self.dependents.is_complete}|{self.dependents.ended}|"
        )
        return asked.encode() + self.facts

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
    """The result of one line; `segment` is where it stands in a file, `dependents` how many were kept with it."""

    line_number: int
    status: LineStatus
    policy_number: str
    warnings: tuple[LineWarning, ...]
    rejection: Rejection | None
    member_id: UUID | None = None
    policy_version: int | None = None
    segment: int | None = None
    dependents: int = 0

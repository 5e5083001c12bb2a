"""An enrollment as partners send it, and the result of their imports."""

import re
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator

from services.identity.domain.enrollment import (
    FIRST_DAY,
    INSURER_ID,
    LAST_DAY,
    Action,
    Enrollment,
    Line,
    LineStatus,
)
from services.identity.domain.member import NO_DEPENDENTS, Address, Dependent, Dependents, Enrollee
from services.identity.domain.reasons import LineWarning, Rejection
from services.identity.domain.ssn import InvalidSsn, Ssn, parse_ssn
from services.identity.http.fields import BirthDate, Email, Language, LegalNameBody, Phone, Text
from services.identity.store.imports import Status
from shared.contracts.identity import EnrolledPolicy
from shared.http.models import CentsOrZero, Input, Output

MOST_DEPENDENTS = 50


def _reckonable(on: date) -> date:
    if not FIRST_DAY <= on <= LAST_DAY:
        raise ValueError("This day is too far away. Check the year.")
    return on


Day = Annotated[date, AfterValidator(_reckonable)]
State = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Zip = Annotated[str, Field(pattern=r"^[0-9]{5}(-[0-9]{4})?$")]


class InsurerBody(Input):
    """The insurer of the policy."""

    id: Annotated[str, Field(pattern=f"^{INSURER_ID}$")]
    name: Annotated[Text, Field(max_length=100)]


class AddressBody(Input):
    """Where the member lives."""

    line1: Annotated[Text, Field(max_length=100)]
    city: Annotated[Text, Field(max_length=60)]
    state: State
    zip: Zip


class DependentBody(Input):
    """Somebody covered by the policy beside the member."""

    legal_name: LegalNameBody
    date_of_birth: BirthDate

    def dependent(self) -> Dependent:
        """The dependent as the domain has it."""
        return Dependent(self.legal_name.name(), self.date_of_birth)


class MemberBody(Input):
    """The member as the marketplace knows them; an impossible `ssn` is a warning, not an error."""

    exchange_member_id: Annotated[Text, Field(max_length=50)] | None = None
    legal_name: LegalNameBody
    date_of_birth: BirthDate
    ssn: Annotated[Text, Field(max_length=20)] | None = Field(default=None, repr=False)
    address: AddressBody
    email: Email | None = None
    phone: Phone | None = None
    language: Language | None = None


class PolicyBody(Input):
    """The policy; without `premium_cents` no bill is issued yet; 9999-12-31 may stand for an end that is open."""

    policy_number: Annotated[Text, Field(max_length=50)]
    exchange_policy_id: Annotated[Text, Field(max_length=50)] | None = None
    plan: Annotated[Text, Field(max_length=100)]
    kind: Literal["health", "dental"]
    premium_cents: CentsOrZero | None = None
    subsidy_cents: CentsOrZero = 0
    coverage_start_on: Day
    coverage_end_on: date | None = None

    @field_validator("subsidy_cents")
    @classmethod
    def _within_premium(cls, subsidy_cents: int, info: ValidationInfo) -> int:
        premium_cents = info.data.get("premium_cents")
        if premium_cents is not None and subsidy_cents > premium_cents:
            raise ValueError("The subsidy is more than the premium.")
        return subsidy_cents

    @field_validator("coverage_end_on")
    @classmethod
    def _after_start(cls, coverage_end_on: date | None, info: ValidationInfo) -> date | None:
        start_on = info.data.get("coverage_start_on")
        if coverage_end_on is not None and start_on is not None and coverage_end_on < start_on:
            raise ValueError("The coverage ends before it starts.")
        return coverage_end_on


class EnrollmentBody(Input):
    """One enrollment; `control_number` is the partner's own, one for each thing sent.

    `dependents` lists all that the policy covers beside the member; left out, those that are known stay.
    """

    control_number: Annotated[Text, Field(max_length=50)]
    action: Action
    effective_on: Day
    insurer: InsurerBody
    member: MemberBody
    dependents: Annotated[tuple[DependentBody, ...], Field(max_length=MOST_DEPENDENTS)] = ()
    policy: PolicyBody

    def births(self) -> dict[str, date]:
        """Each date of birth by its JSON pointer."""
        dependents = {
            f"/dependents/{place}/date_of_birth": one.date_of_birth for place, one in enumerate(self.dependents)
        }
        return {"/member/date_of_birth": self.member.date_of_birth, **dependents}

    def enrollment(self, content_hash: bytes) -> Enrollment:
        """The enrollment as the domain has it, with what the partner should look at."""
        ssn, warnings = _ssn(self.member.ssn)
        if self.policy.premium_cents is None:
            warnings = (*warnings, LineWarning.PREMIUM_MISSING)
        return Enrollment(
            self.action,
            self.effective_on,
            self._enrollee(ssn),
            self._enrolled_policy(),
            warnings,
            content_hash,
            self._dependents(),
        )

    def _dependents(self) -> Dependents:
        if "dependents" not in self.model_fields_set:
            return NO_DEPENDENTS
        return Dependents(covered=tuple(one.dependent() for one in self.dependents), is_complete=True)

    def _enrollee(self, ssn: Ssn | None) -> Enrollee:
        member, address = self.member, self.member.address
        return Enrollee(
            exchange_member_id=member.exchange_member_id,
            legal_name=member.legal_name.name(),
            date_of_birth=member.date_of_birth,
            ssn=ssn,
            address=Address(address.line1, address.city, address.state, address.zip),
            email=member.email,
            phone=member.phone,
            language=member.language,
        )

    def _enrolled_policy(self) -> EnrolledPolicy:
        return EnrolledPolicy(insurer_id=self.insurer.id, insurer_name=self.insurer.name, **self.policy.model_dump())


def _ssn(text: str | None) -> tuple[Ssn | None, tuple[LineWarning, ...]]:
    if text is None:
        return None, (LineWarning.SSN_MISSING,)
    try:
        return parse_ssn(text), ()
    except InvalidSsn:
        return None, (LineWarning.SSN_INVALID,)


class ImportMade(Output):
    """Where the result can be read."""

    import_id: UUID


class WarningShown(Output):
    """What to look at although the line was taken."""

    code: LineWarning
    text: str


class RejectionShown(Output):
    """Why a line was not taken."""

    code: Rejection
    text: str


class LineShown(Output):
    """What became of one line; `segment` is where it stands in a file, `dependents` how many came with it.

    A `noted` line is a remark on the file itself: its `warnings` say what is wrong there.
    """

    line: int
    status: LineStatus
    policy_number: str
    warnings: tuple[WarningShown, ...]
    rejection: RejectionShown | None
    segment: int | None
    dependents: int

    @classmethod
    def of(cls, line: Line) -> "LineShown":
        """The line as it is shown."""
        rejection = line.rejection
        return cls(
            line=line.line_number,
            status=line.status,
            policy_number=line.policy_number,
            warnings=tuple(WarningShown(code=warning, text=warning.text) for warning in line.warnings),
            rejection=RejectionShown(code=rejection, text=rejection.text) if rejection else None,
            segment=line.segment,
            dependents=line.dependents,
        )


class CountsShown(Output):
    """How many lines of an import have each status, as far as it is worked through."""

    accepted: int
    unchanged: int
    rejected: int
    noted: int


class ImportShown(Output):
    """What became of an import; `lines` is one page of them, `next_cursor` leads to the next."""

    import_id: UUID
    control_number: str
    received_at: datetime
    status: Status
    counts: CountsShown
    lines: tuple[LineShown, ...]
    next_cursor: str | None


def _line_number(cursor: object) -> int:
    found = re.fullmatch(r"after-([1-9][0-9]{0,8})", str(cursor))
    if found is None:
        raise ValueError("This is no cursor of ours. Leave it out to begin with the first line.")
    return int(found[1])


def cursor_after(line: Line) -> str:
    """The cursor of the page that begins behind a line."""
    return f"after-{line.line_number}"


class ImportQuery(Input):
    """Which page of the lines: `cursor` is the `next_cursor` of the page before."""

    cursor: Annotated[int | None, BeforeValidator(_line_number), WithJsonSchema({"type": "string"})] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100

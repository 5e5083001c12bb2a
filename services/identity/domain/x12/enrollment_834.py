"""A family of an 834 as enrollments: one for each coverage (HD) of the subscriber. Pure; nothing of it is kept here.

The policy number is what a coverage is known by afterwards, and what a member sees: the coverage's own REF*1L (what
marketplaces assign). Without one it is made of the member's REF*1L, which may be a whole group's, and the subscriber's
id: `GRP001-M000001`; with neither it is the subscriber's id, with a warning; dental ends in `-DEN` then, as both have
one number. A marketplace's coverage (with a HIOS plan id) is refused without it: another number is another policy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.identity.domain.enrollment import Action, Enrollment, LineRejected
from services.identity.domain.member import Dependent, Dependents
from services.identity.domain.reasons import LineWarning, Rejection
from services.identity.domain.x12.amounts import Told, read_amounts, read_told
from services.identity.domain.x12.codes import (
    LIKE_HEALTH,
    MAINTENANCE,
    Asked,
    Kind,
    ValueInvalid,
    as_insurer_id,
    hios_issuer,
    read_date,
    read_kind,
)
from services.identity.domain.x12.file_834 import Family, Header, Loop, Stray
from services.identity.domain.x12.member_loop import Coverage, MemberLoop, sort_loop
from services.identity.domain.x12.person import read_dependent, read_enrollee
from services.identity.domain.x12.reader import Segment
from shared.contracts.identity import EnrolledPolicy

LONGEST_NUMBER, LONGEST_PLAN, LONGEST_INSURER = 50, 100, 100
IN_FULL = ("4", "RX")  # BGN08: a full file lists all that is in force


@dataclass(frozen=True, slots=True)
class Read:
    """An enrollment from the file; its hash is not made yet. `number` is the segment where it stands."""

    number: int
    enrollment: Enrollment


@dataclass(frozen=True, slots=True)
class Refused:
    """What cannot be taken; `policy_number` as far as it could be read."""

    number: int
    policy_number: str
    rejection: Rejection
    warnings: tuple[LineWarning, ...] = ()


def read_stray(stray: Stray) -> Refused:
    """Who belongs to no family, as a refused line."""
    return Refused(stray.loop.number, stray.loop.subscriber_id[:LONGEST_NUMBER], stray.rejection)


def read_family(family: Family, today: date) -> Iterator[Read | Refused]:
    """The subscriber's coverages, and each dependent that cannot be taken. `today` is the business day."""
    loop = family.subscriber
    member = sort_loop(loop)
    try:
        _check_loop(loop, member)
        enrollee, warnings = read_enrollee(member, today)
        told = read_told(member.reported)
    except LineRejected as refused:
        yield Refused(loop.number, _shown_number(loop, member), refused.rejection)
        return
    if not member.coverages:
        yield Refused(loop.number, _shown_number(loop, member), Rejection.COVERAGE_MISSING)
    dependents, refusals = _dependents(family, today)
    reader = _CoverageReader(family.header, loop, member, told)
    for coverage in member.coverages:
        try:
            policy, action, effective_on, more = reader.read(coverage)
        except LineRejected as refused:
            number = reader.number(coverage)[:LONGEST_NUMBER]
            yield Refused(coverage.hd.number, number, refused.rejection)
            continue
        enrollment = Enrollment(
            action=action,
            effective_on=effective_on,
            enrollee=enrollee,
            policy=policy,
            warnings=(*warnings, *more),
            content_hash=b"",
            dependents=_of_coverage(dependents, policy.kind, family.header),
            is_audit=reader.asked(coverage) == "audit",
        )
        yield Read(loop.number if len(member.coverages) == 1 else coverage.hd.number, enrollment)
    yield from refusals


def _check_loop(loop: Loop, member: MemberLoop) -> None:
    """Raises LineRejected for a loop that is not whole, or is two people's."""
    if loop.is_cut:
        raise LineRejected(Rejection.CUT_OFF)
    if loop.is_broken or len(member.names) > 1:
        raise LineRejected(Rejection.LOOP_BROKEN)
    if not loop.subscriber_id:
        raise LineRejected(Rejection.SUBSCRIBER_ID_MISSING)


def _shown_number(loop: Loop, member: MemberLoop) -> str:
    """The best name of a member that cannot be taken: never a person's."""
    numbers = [coverage.references.get("1L", "") for coverage in member.coverages]
    return next((number for number in (*numbers, loop.subscriber_id) if number), "")[:LONGEST_NUMBER]


@dataclass(frozen=True, slots=True)
class _DependentRead:
    dependent: Dependent
    is_ended: bool
    kinds: frozenset[Kind]


def _dependents(family: Family, today: date) -> tuple[list[_DependentRead], list[Refused]]:
    found: list[_DependentRead] = []
    refused: list[Refused] = []
    for loop in family.dependents:
        member = sort_loop(loop)
        try:
            _check_loop(loop, member)
            asked = _asked(member, member.coverages[0] if member.coverages else None)
            kinds = frozenset(kind for it in member.coverages if (kind := read_kind(it.hd.element(3))))
            found.append(_DependentRead(read_dependent(member, today), asked == "end", kinds))
        except LineRejected as error:
            refused.append(Refused(loop.number, _shown_number(loop, member), error.rejection))
    return found, refused


def _of_coverage(dependents: Sequence[_DependentRead], kind: Kind, header: Header) -> Dependents:
    """Those whom this coverage covers: a dependent without a coverage of their own has the subscriber's."""
    mine = [one for one in dependents if not one.kinds or kind in one.kinds]
    bgn = header.find("BGN")
    return Dependents(
        covered=tuple(one.dependent for one in mine if not one.is_ended),
        ended=tuple(one.dependent for one in mine if one.is_ended),
        is_complete=bgn is not None and bgn.element(8) in IN_FULL,
    )


def _asked(member: MemberLoop, coverage: Coverage | None) -> Asked:
    """What is asked for: the coverage knows better than the member, who may change one and keep another."""
    told = MAINTENANCE.get(coverage.hd.element(1)) if coverage is not None else None
    told = told or MAINTENANCE.get(member.ins.element(3))
    if told is None:
        raise LineRejected(Rejection.MAINTENANCE_UNKNOWN)
    return told


class _CoverageReader:
    """Reads the coverages of one member."""

    def __init__(self, header: Header, loop: Loop, member: MemberLoop, told: Told) -> None:
        self._header = header
        self._loop = loop
        self._member = member
        self._told = told
        self._numbers: set[str] = set()
        self._is_alone = sum(1 for it in member.coverages if "348" in it.dates) <= 1

    def asked(self, coverage: Coverage) -> Asked:
        """What is asked for this coverage. Raises LineRejected."""
        return _asked(self._member, coverage)

    def number(self, coverage: Coverage) -> str:
        """The policy number."""
        own = coverage.references.get("1L", "")
        if own:
            return own
        group, subscriber_id = self._member.references.get("1L", ""), self._loop.subscriber_id
        parts = [group, subscriber_id] if group != subscriber_id else [subscriber_id]
        dental = ["DEN"] if read_kind(coverage.hd.element(3)) == "dental" else []
        return "-".join(part for part in (*parts, *dental) if part)

    def read(self, coverage: Coverage) -> tuple[EnrolledPolicy, Action, date, tuple[LineWarning, ...]]:
        """The policy, what is asked, from when, and what to look at. Raises LineRejected."""
        kind, warnings = self._kind(coverage)
        asked = self.asked(coverage)
        insurer_id, insurer_name = self._insurer(coverage)
        start_on, end_on = self._start(coverage, asked), self._end(coverage, asked)
        action = _action(asked, start_on, end_on)
        if end_on is not None and end_on < start_on:
            if action != "cancel":
                raise LineRejected(Rejection.END_INVALID)
            end_on = start_on
        effective_on = self._effective("change" if asked == "audit" else action, start_on, end_on)
        told = self._told if self._is_alone else Told({})
        amounts = read_amounts(told, coverage, effective_on)
        if told is not self._told and self._told.by_name:
            warnings.append(LineWarning.AMOUNTS_SHARED)
        plan = coverage.hd.element(4)
        if not plan:
            plan = f"{insurer_name} {coverage.hd.element(3)}"
            warnings.append(LineWarning.PLAN_MISSING)
        policy = EnrolledPolicy(
            policy_number=self._own_number(coverage, warnings),
            exchange_policy_id=coverage.references.get("1L") or None,
            insurer_id=insurer_id,
            insurer_name=insurer_name,
            plan=plan[:LONGEST_PLAN],
            kind=kind,
            premium_cents=amounts.premium_cents,
            subsidy_cents=amounts.subsidy_cents,
            coverage_start_on=start_on,
            coverage_end_on=end_on,
        )
        return policy, action, effective_on, (*warnings, *amounts.warnings)

    def _kind(self, coverage: Coverage) -> tuple[Kind, list[LineWarning]]:
        code = coverage.hd.element(3)
        kind = read_kind(code)
        if kind is None:
            raise LineRejected(Rejection.COVERAGE_NOT_OFFERED)
        return kind, [LineWarning.KIND_ASSUMED] if code in LIKE_HEALTH else []

    def _own_number(self, coverage: Coverage, warnings: list[LineWarning]) -> str:
        """The number, which no other coverage of this member may have. Raises LineRejected."""
        number = self.number(coverage)
        if not coverage.references.get("1L") and not self._member.references.get("1L"):
            if hios_issuer(coverage.references.get("CE", "")):
                raise LineRejected(Rejection.POLICY_NUMBER_MISSING)
            warnings.append(LineWarning.NUMBER_MADE)
        if len(number) > LONGEST_NUMBER or number in self._numbers:
            raise LineRejected(Rejection.POLICY_NUMBER_INVALID)
        self._numbers.add(number)
        return number

    def _insurer(self, coverage: Coverage) -> tuple[str, str]:
        """Id and name: the HIOS issuer of the plan, which the amounts of a marketplace need; else N1*IN's id or name.

        Raises LineRejected.
        """
        n1 = self._header.find("N1", "IN")
        name = n1.element(2)[:LONGEST_INSURER] if n1 is not None else ""
        told = n1.element(4) if n1 is not None else ""
        issuer = hios_issuer(coverage.references.get("CE", ""))
        if issuer is None and self._told.by_name:
            raise LineRejected(Rejection.PLAN_ID_MISSING)  # by another insurer's id it would be a second policy
        insurer_id = issuer or as_insurer_id(told) or as_insurer_id(name)
        if not name or not insurer_id:
            raise LineRejected(Rejection.INSURER_MISSING)
        return insurer_id, name

    def _start(self, coverage: Coverage, asked: Asked) -> date:
        """DTP*348; to end a coverage the member's eligibility will do. Raises LineRejected."""
        told = coverage.dates.get("348") or (self._member.dates.get("356") if asked == "end" else None)
        return _day(told, Rejection.START_MISSING, Rejection.START_INVALID)

    def _end(self, coverage: Coverage, asked: Asked) -> date | None:
        told = coverage.dates.get("349")
        if asked == "end":
            told = told or self._member.dates.get("357")
            return _day(told, Rejection.END_MISSING, Rejection.END_INVALID)
        return _day(told, Rejection.END_MISSING, Rejection.END_INVALID) if told is not None else None

    def _effective(self, action: Action, start_on: date, end_on: date | None) -> date:
        """From when it holds: a change from the last day on which an amount changes, else as member or file say."""
        if action in ("add", "cancel"):
            return start_on
        if action == "terminate":
            return end_on or start_on
        told = self._told.newest_on if action == "change" else None
        for segment in (self._member.dates.get("303"), self._header.find("DTP", "007")):
            if told is None and segment is not None:
                told = _day(segment, Rejection.START_MISSING, Rejection.START_INVALID)
        return max(told or start_on, start_on)


def _day(segment: Segment | None, missing: Rejection, invalid: Rejection) -> date:
    if segment is None or not segment.element(3):
        raise LineRejected(missing)
    try:
        return read_date(segment.element(2), segment.element(3))
    except ValueInvalid:
        raise LineRejected(invalid) from None


def _action(asked: Asked, start_on: date, end_on: date | None) -> Action:
    """An audit is asked for like an addition: where the policy is known, the use case makes a change of it."""
    if asked == "end":
        return "terminate" if end_on is not None and end_on > start_on else "cancel"
    return "add" if asked == "audit" else asked

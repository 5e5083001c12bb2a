"""One member loop, sorted: what is about the person, each coverage, and what is reported beside them.

Only what the portal uses is kept; other loops within it (schools, employers, providers, other insurance) are passed
over, so that their names, addresses and dates are not taken for the member's. Next: `enrollment_834.py`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.identity.domain.x12.file_834 import Loop
from services.identity.domain.x12.reader import Segment

THE_MEMBER = ("IL", "74")  # NM101: the insured; 74 where the name before was wrong
OF_THE_PERSON = ("PER", "N3", "N4", "DMG", "LUI")  # behind NM1; REF and DTP of the member stand in front of it
OF_A_COVERAGE = ("1L", "CE", "348", "349")  # in front of what is reported
ELSEWHERE = {"LX": "reported", "COB": "elsewhere", "DSB": "elsewhere", "LS": "reported"}


@dataclass(slots=True)
class Coverage:
    """An HD segment with what stands under it; references and dates by qualifier, the first of each."""

    hd: Segment
    references: dict[str, str] = field(default_factory=dict)
    dates: dict[str, Segment] = field(default_factory=dict)
    amounts: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Reported:
    """One reporting category (loops 2710 to 2750): its name, its amount or other value, and from when it holds."""

    name: str = ""
    value: str = ""
    date: Segment | None = None


@dataclass(slots=True)
class MemberLoop:
    """A member as the file describes them."""

    ins: Segment
    references: dict[str, str] = field(default_factory=dict)
    dates: dict[str, Segment] = field(default_factory=dict)
    names: list[Segment] = field(default_factory=list)
    person: dict[str, Segment] = field(default_factory=dict)
    languages: list[Segment] = field(default_factory=list)
    coverages: list[Coverage] = field(default_factory=list)
    reported: list[Reported] = field(default_factory=list)
    is_misplaced: bool = False


def sort_loop(loop: Loop) -> MemberLoop:
    """The loop's segments, each where it belongs."""
    sorted_loop = MemberLoop(loop.segments[0])
    place = "member"
    for segment in loop.segments[1:]:
        sorted_loop.is_misplaced |= segment.name == "LE" and place != "reported"
        place = _place(segment, place)
        if segment.name == "NM1" and segment.element(1) in THE_MEMBER:
            sorted_loop.names.append(segment)
        _put(sorted_loop, segment, place)
    return sorted_loop


def _place(segment: Segment, place: str) -> str:
    """The part of the loop that a segment belongs to: some begin another one."""
    match segment.name:
        case "HD":
            return "coverage"
        case "NM1":
            return "person" if segment.element(1) in THE_MEMBER else "elsewhere"
        case "N1":
            return "reported" if segment.element(1) == "75" else place
        case "LE":
            return "elsewhere" if place == "reported" else place
        case name:
            return ELSEWHERE.get(name, place)


def _put(into: MemberLoop, segment: Segment, place: str) -> None:
    if segment.name == "HD":
        into.coverages.append(Coverage(segment))
    elif place == "member":
        into.is_misplaced |= segment.name in OF_THE_PERSON
        _put_value(into.references, into.dates, segment)
    elif place == "person":
        into.is_misplaced |= segment.name in ("REF", "DTP")
        if segment.name == "LUI":
            into.languages.append(segment)
        else:
            into.person.setdefault(segment.name, segment)
    elif place == "coverage":
        into.is_misplaced |= segment.name in OF_THE_PERSON
        coverage = into.coverages[-1]
        _put_value(coverage.references, coverage.dates, segment)
        if segment.name == "AMT":
            coverage.amounts.setdefault(segment.element(1), segment.element(2))
    elif place == "reported":
        into.is_misplaced |= segment.name in ("REF", "DTP") and segment.element(1) in OF_A_COVERAGE
        _put_reported(into.reported, segment)


def _put_value(references: dict[str, str], dates: dict[str, Segment], segment: Segment) -> None:
    if segment.name == "REF":
        references.setdefault(segment.element(1), segment.element(2))
    elif segment.name == "DTP":
        dates.setdefault(segment.element(1), segment)


def _put_reported(into: list[Reported], segment: Segment) -> None:
    """A category begins with LX, or with its name where the LX is missing."""
    if segment.name == "LX" or not into or (segment.name == "N1" and into[-1].name):
        into.append(Reported())
    last = into[-1]
    if segment.name == "N1":
        last.name = segment.element(2).upper()
    elif segment.name == "REF" and segment.element(1) in ("9V", "9X"):
        last.value = last.value or segment.element(2)
    elif segment.name == "DTP" and segment.element(1) == "007":
        last.date = last.date or segment


def reported_as(reported: Iterable[Reported], name: str) -> dict[str, list[Reported]]:
    """The categories whose whole name fits a pattern, by name."""
    found: dict[str, list[Reported]] = {}
    for one in reported:
        if re.fullmatch(name, one.name) and one.value:
            found.setdefault(one.name, []).append(one)
    return found

"""The envelopes of a file: interchange (ISA, IEA), group (GS, GE), transaction (ST, SE), with their numbers and counts.

What is wrong with them is noted and read past: a count that does not fit says that something is missing, not what, and
whoever can be read stays. Next: `file_834.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.identity.domain.reasons import LineWarning
from services.identity.domain.x12.reader import Segment

NAMES = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA"})
BEGINNINGS = frozenset({"ISA", "GS", "ST"})
VERSION = "005010X220"


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the file itself; `number` is the segment where it showed."""

    number: int
    warning: LineWarning


@dataclass(slots=True)
class _Level:
    """An envelope that is open; `control_number` is None where its beginning is missing."""

    begun_at: int
    control_number: str | None
    parts: int = 0


class Envelope:
    """Where in the envelopes the reading is. `take` is told each of their segments in order."""

    def __init__(self) -> None:
        self._interchange: _Level | None = None
        self._group: _Level | None = None
        self._transaction: _Level | None = None
        self.is_834 = False

    @property
    def in_transaction(self) -> bool:
        """Whether segments of a transaction are expected."""
        return self._transaction is not None

    def take(self, segment: Segment) -> Iterator[Note]:
        """Open or close an envelope; yields what is wrong about it."""
        match segment.name:
            case "ISA":
                yield from self._all_ended(segment.number)
                self._interchange = _Level(segment.number, segment.element(13))
            case "GS":
                yield from self._group_ended(segment.number)
                yield from self._in_interchange(segment.number)
                self._group = _Level(segment.number, segment.element(6))
            case "ST":
                yield from self._begin_transaction(segment)
            case "SE":
                yield from self._end_transaction(segment)
            case "GE":
                yield from self._end_group(segment)
            case _:
                yield from self._end_interchange(segment)

    def imply_transaction(self, number: int) -> Iterator[Note]:
        """Segments of a transaction whose ST is missing: they are read as an 834."""
        yield Note(number, LineWarning.TRANSACTION_NOT_BEGUN)
        if self._group is not None:
            self._group.parts += 1
        self._transaction, self.is_834 = _Level(number, None), True

    def end(self, number: int) -> Iterator[Note]:
        """The end of the file."""
        if self._interchange is not None or self._transaction is not None:
            yield Note(number, LineWarning.CUT_OFF)

    def _begin_transaction(self, segment: Segment) -> Iterator[Note]:
        yield from self._transaction_ended(segment.number)
        yield from self._in_interchange(segment.number)
        if self._group is None:
            yield Note(segment.number, LineWarning.GROUP_NOT_BEGUN)
            self._group = _Level(segment.number, None)
        self._group.parts += 1
        self._transaction, self.is_834 = _Level(segment.number, segment.element(2)), segment.element(1) == "834"
        if not self.is_834:
            yield Note(segment.number, LineWarning.NOT_834)
        elif not segment.element(3).startswith(VERSION):
            yield Note(segment.number, LineWarning.OTHER_VERSION)

    def _end_transaction(self, segment: Segment) -> Iterator[Note]:
        begun, self._transaction = self._transaction, None
        if begun is None:
            yield Note(segment.number, LineWarning.TRANSACTION_NOT_BEGUN)
        elif begun.control_number is not None:
            if not _counts(segment.element(1), segment.number - begun.begun_at + 1):
                yield Note(segment.number, LineWarning.SEGMENT_COUNT_WRONG)
            if segment.element(2) != begun.control_number:
                yield Note(segment.number, LineWarning.TRANSACTION_NUMBER_WRONG)

    def _end_group(self, segment: Segment) -> Iterator[Note]:
        yield from self._transaction_ended(segment.number)
        begun, self._group = self._group, None
        if begun is None:
            yield Note(segment.number, LineWarning.GROUP_NOT_BEGUN)
        elif begun.control_number is not None:
            if not _counts(segment.element(1), begun.parts):
                yield Note(segment.number, LineWarning.GROUP_COUNT_WRONG)
            if segment.element(2) != begun.control_number:
                yield Note(segment.number, LineWarning.GROUP_NUMBER_WRONG)

    def _end_interchange(self, segment: Segment) -> Iterator[Note]:
        yield from self._group_ended(segment.number)
        begun, self._interchange = self._interchange, None
        if begun is None:
            yield Note(segment.number, LineWarning.INTERCHANGE_NOT_BEGUN)
        elif begun.control_number is not None:
            if not _counts(segment.element(1), begun.parts):
                yield Note(segment.number, LineWarning.INTERCHANGE_COUNT_WRONG)
            if segment.element(2) != begun.control_number:
                yield Note(segment.number, LineWarning.INTERCHANGE_NUMBER_WRONG)

    def _in_interchange(self, number: int) -> Iterator[Note]:
        if self._interchange is None:
            yield Note(number, LineWarning.INTERCHANGE_NOT_BEGUN)
            self._interchange = _Level(number, None)
        if self._group is None:
            self._interchange.parts += 1

    def _transaction_ended(self, number: int) -> Iterator[Note]:
        if self._transaction is not None:
            yield Note(number, LineWarning.TRANSACTION_NOT_ENDED)
        self._transaction = None

    def _group_ended(self, number: int) -> Iterator[Note]:
        yield from self._transaction_ended(number)
        if self._group is not None:
            yield Note(number, LineWarning.GROUP_NOT_ENDED)
        self._group = None

    def _all_ended(self, number: int) -> Iterator[Note]:
        yield from self._group_ended(number)
        if self._interchange is not None:
            yield Note(number, LineWarning.INTERCHANGE_NOT_ENDED)


def _counts(told: str, counted: int) -> bool:
    return told.isdecimal() and len(told) <= 10 and int(told) == counted

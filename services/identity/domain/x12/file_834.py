"""An 834 file as families: a subscriber's member loop with those of the dependents that follow it.

No more is held than one family. Who cannot be part of one (a dependent without subscriber) comes by itself.
Next: `member_loop.py` reads a loop, `enrollment_834.py` makes enrollments of a family.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.identity.domain.reasons import LineWarning, Rejection
from services.identity.domain.x12 import envelope
from services.identity.domain.x12.envelope import Envelope, Note
from services.identity.domain.x12.reader import Segment, SegmentReader, Unreadable

MOST_SEGMENTS = 2_000
MOST_DEPENDENTS = 50


@dataclass(slots=True)
class Header:
    """What stands before the first member of a transaction: who insures, and what the file is for."""

    segments: list[Segment] = field(default_factory=list)

    def find(self, name: str, first: str | None = None) -> Segment | None:
        """The first segment of this name, with this first element where one is given."""
        return next((it for it in self.segments if it.name == name and first in (None, it.element(1))), None)


@dataclass(slots=True)
class Loop:
    """The segments of one member, the INS first; `is_broken`: one cannot be read, `is_cut`: the end is missing."""

    segments: list[Segment]
    is_broken: bool = False
    is_cut: bool = False

    @property
    def number(self) -> int:
        """Where the INS stands in the file."""
        return self.segments[0].number

    @property
    def subscriber_id(self) -> str:
        """REF*0F in front of the name; empty where it is missing."""
        for segment in self.segments:
            if segment.name == "REF" and segment.element(1) == "0F":
                return segment.element(2)
            if segment.name == "NM1":
                break
        return ""


@dataclass(frozen=True, slots=True)
class Family:
    """A subscriber and the dependents that follow."""

    header: Header
    subscriber: Loop
    dependents: tuple[Loop, ...]


@dataclass(frozen=True, slots=True)
class Stray:
    """A member loop that belongs to no family."""

    loop: Loop
    rejection: Rejection


Found = Family | Stray | Note


class File834:
    """Takes bytes as they come, tells where they end, and yields families, strays and notes in their order."""

    def __init__(self) -> None:
        self._reader = SegmentReader()
        self._envelope = Envelope()
        self._header = Header()
        self._loop: Loop | None = None
        self._subscriber: Loop | None = None
        self._dependents: list[Loop] = []
        self._number = 0

    def feed(self, chunk: bytes) -> Iterator[Found]:
        """What is complete with this chunk. To be read to its end before the next call."""
        for piece in self._reader.feed(chunk):
            yield from self._take(piece)

    def close(self) -> Iterator[Found]:
        """What is left at the end of the file."""
        for piece in self._reader.close():
            yield from self._take(piece)
        yield from self._end_family(is_cut=True)
        yield from self._envelope.end(self._number)

    def _take(self, piece: Segment | Unreadable) -> Iterator[Found]:
        self._number = piece.number
        if isinstance(piece, Unreadable):
            if self._loop is not None:
                self._loop.is_broken = True
            else:
                yield Note(piece.number, LineWarning.NOT_READABLE)
        elif piece.name in envelope.NAMES:
            yield from self._end_family(is_cut=piece.name in envelope.BEGINNINGS)
            self._header = Header()
            yield from self._envelope.take(piece)
        else:
            if not self._envelope.in_transaction:
                yield from self._envelope.imply_transaction(piece.number)
            if self._envelope.is_834:
                yield from self._take_body(piece)

    def _take_body(self, segment: Segment) -> Iterator[Found]:
        if segment.name == "INS":
            yield from self._end_loop()
            self._loop = Loop([segment])
        elif self._loop is not None:
            if len(self._loop.segments) < MOST_SEGMENTS:
                self._loop.segments.append(segment)
            else:
                self._loop.is_broken = True
        elif segment.name == "NM1":
            yield Note(segment.number, LineWarning.MEMBER_OUTSIDE)
        elif len(self._header.segments) < MOST_SEGMENTS:
            self._header.segments.append(segment)

    def _end_loop(self) -> Iterator[Found]:
        """Put the loop that ends here where it belongs."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        role = loop.segments[0].element(1)
        if role == "Y":
            yield from self._give_family()
            self._subscriber = loop
        elif role != "N":
            yield Stray(loop, Rejection.ROLE_UNKNOWN)
        elif not loop.subscriber_id:
            yield Stray(loop, Rejection.SUBSCRIBER_ID_MISSING)
        elif self._subscriber is None or loop.subscriber_id != self._subscriber.subscriber_id:
            yield Stray(loop, Rejection.SUBSCRIBER_UNKNOWN)
        elif len(self._dependents) >= MOST_DEPENDENTS:
            yield Stray(loop, Rejection.TOO_MANY_DEPENDENTS)
        else:
            self._dependents.append(loop)

    def _end_family(self, *, is_cut: bool) -> Iterator[Found]:
        if self._loop is not None:
            self._loop.is_cut = is_cut
        yield from self._end_loop()
        yield from self._give_family()

    def _give_family(self) -> Iterator[Found]:
        if self._subscriber is not None:
            yield Family(self._header, self._subscriber, tuple(self._dependents))
        self._subscriber, self._dependents = None, []

"""X12 bytes as a stream of segments; no more is held than the segment that is being read. Next: `envelope.py`.

The separators come from each interchange's own ISA. Newlines, blanks and padding between segments are passed over.
Written here instead of taking pyx12: that reads a whole transaction against its map and stops at what it does not
expect, while a partner's file has to be read on behind each fault, in memory that does not grow with it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

LONGEST_SEGMENT = 8192
LONGEST_ISA = 160  # 106 as the standard has it; other padding is read as well
BETWEEN = b" \t\r\n\x00\x1a"  # also what tapes and old systems end a file with
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NAME = re.compile(r"[A-Z][A-Z0-9]{1,2}")
ISA_ELEMENTS = 16
VERSION = re.compile(r"[0-9]{5}")  # ISA12: an element that tells an ISA from any other text


@dataclass(frozen=True, slots=True, repr=False)
class Segment:
    """One segment; `number` counts the segments of the file from 1. It never prints what it holds."""

    number: int
    name: str
    elements: tuple[str, ...]

    def element(self, place: int) -> str:
        """The element at a place from 1, without padding; empty where there is none."""
        return self.elements[place - 1] if place <= len(self.elements) else ""

    def __repr__(self) -> str:
        return f"Segment({self.number}, {self.name})"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Bytes where a segment should stand: no name, control characters, no end, or no ISA in front."""

    number: int


@dataclass(frozen=True, slots=True)
class _Marks:
    element: bytes
    segment: bytes


class NotAnInterchange(ValueError):
    """The file does not begin with an ISA segment that can be read."""


@dataclass(frozen=True, slots=True)
class Interchange:
    """Who sent an interchange and its number: what makes it the same one when it comes again."""

    sender_id: str
    control_number: str


def first_interchange(beginning: bytes) -> Interchange:
    """The interchange that a file begins with, from its first bytes. Raises NotAnInterchange."""
    reader = SegmentReader()
    found = next(chain(reader.feed(beginning), reader.close()), None)
    if not isinstance(found, Segment) or found.name != "ISA":
        raise NotAnInterchange
    sender_id, control_number = found.element(6), found.element(13)
    if not (sender_id.isprintable() and re.fullmatch(r"[0-9A-Za-z]{1,20}", control_number)):
        raise NotAnInterchange
    return Interchange(sender_id, control_number)


class SegmentReader:
    """Takes bytes as they come (`feed`), tells where they end (`close`), and yields segments in their order."""

    def __init__(self) -> None:
        self._held = b""
        self._marks: _Marks | None = None
        self._number = 0
        self._begun = False
        self._passing_over = False

    def feed(self, chunk: bytes) -> Iterator[Segment | Unreadable]:
        """The segments that are complete with this chunk. To be read to its end before the next call."""
        data = self._held + chunk
        if not self._begun:
            if len(data) < len(BYTE_ORDER_MARK) and BYTE_ORDER_MARK.startswith(data):
                self._held = data
                return
            data, self._begun = data.removeprefix(BYTE_ORDER_MARK), True
        yield from self._read(data, is_end=False)

    def close(self) -> Iterator[Segment | Unreadable]:
        """What is left at the end of the file: a last segment may lack its terminator."""
        yield from self._read(self._held, is_end=True)

    def _read(self, data: bytes, *, is_end: bool) -> Iterator[Segment | Unreadable]:
        place = 0
        while True:
            place = _next_start(data, place)
            if place >= len(data) or (not is_end and _may_become_isa(data, place)):
                break
            if _is_isa(data, place):
                if not is_end and len(data) - place < LONGEST_ISA:
                    break
                place, found = self._isa(data, place)
                yield found
                continue
            end = -1 if self._marks is None else data.find(self._marks.segment, place)
            if self._is_segment(data, place, end, is_end=is_end):
                end = len(data) if end < 0 else end
                found = self._segment(data[place:end])
                yield found
                place = end + 1 if isinstance(found, Segment) else self._behind_broken(data, place, end)
                continue
            if self._may_still_end(data, place, end, is_end=is_end):
                break
            if not self._passing_over:
                self._passing_over, self._number = True, self._number + 1
                yield Unreadable(self._number)
            place, go_on = self._pass_over(data, place, end)
            if not go_on:
                break
        self._held = data[place:]

    def _is_segment(self, data: bytes, place: int, end: int, *, is_end: bool) -> bool:
        if self._marks is None or self._passing_over or (end < 0 and not is_end):
            return False
        return (len(data) if end < 0 else end) - place <= LONGEST_SEGMENT

    def _may_still_end(self, data: bytes, place: int, end: int, *, is_end: bool) -> bool:
        if self._marks is None or self._passing_over or is_end:
            return False
        return end < 0 and len(data) - place <= LONGEST_SEGMENT

    def _pass_over(self, data: bytes, place: int, end: int) -> tuple[int, bool]:
        """Behind what cannot be read: the next terminator or ISA; else all but the bytes that an ISA may begin with."""
        isa = _find_isa(data, place + 1)
        if isa >= 0 and not 0 <= end < isa:
            return isa, True
        if end >= 0:
            self._passing_over = False
            return end + 1, True
        return max(place, len(data) - 4), False

    def _behind_broken(self, data: bytes, place: int, end: int) -> int:
        """Where to go on after a broken segment: a lost terminator must not swallow the next interchange."""
        isa = _find_isa(data[:end], place + 1)
        return isa if isa >= 0 else end + 1

    def _isa(self, data: bytes, place: int) -> tuple[int, Segment | Unreadable]:
        self._number += 1
        self._passing_over = False
        found = _parse_isa(data[place : place + LONGEST_ISA])
        if found is None:
            self._passing_over = True  # up to the next segment, where an interchange before has said what ends one
            return place + len(b"ISA"), Unreadable(self._number)
        self._marks, elements, length = found
        return place + length, Segment(self._number, "ISA", elements)

    def _segment(self, raw: bytes) -> Segment | Unreadable:
        assert self._marks is not None  # noqa: S101 - without them no segment was found
        self._number += 1
        name, *elements = (part.strip() for part in _text(raw).split(self._marks.element.decode("latin-1")))
        if NAME.fullmatch(name) is None or not all(part.isprintable() for part in elements):
            return Unreadable(self._number)
        return Segment(self._number, name, tuple(elements))


def _next_start(data: bytes, place: int) -> int:
    end = len(data)
    while place < end and data[place] in BETWEEN:
        place += 1
    return place


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _may_become_isa(data: bytes, place: int) -> bool:
    """Whether more bytes are needed to tell: `I`, `IS` or `ISA` at the end of what has come."""
    rest = data[place : place + 4]
    return len(rest) < 4 and b"ISA".startswith(rest[:3])


def _is_isa(data: bytes, place: int) -> bool:
    """`ISA` and a separator: no other segment has that name, wherever it stands."""
    return data[place : place + 3] == b"ISA" and len(data) > place + 3 and not _is_word(data[place + 3])


def _find_isa(data: bytes, place: int) -> int:
    """The next ISA segment in bytes that are no segments, or -1."""
    found = data.find(b"ISA", place)
    while found >= 0:
        if _is_isa(data, found) and (found == 0 or not _is_word(data[found - 1])):
            return found
        found = data.find(b"ISA", found + 1)
    return -1


def _is_word(byte: int) -> bool:
    return bytes((byte,)).isalnum() or byte > 127


def _parse_isa(data: bytes) -> tuple[_Marks, tuple[str, ...], int] | None:
    """The separators, the 16 elements, and the length with the terminator; None where these cannot be."""
    mark = data[3:4]
    parts = data.split(mark, ISA_ELEMENTS)
    if len(parts) <= ISA_ELEMENTS or len(parts[ISA_ELEMENTS]) < 2:
        return None
    component, terminator = parts[ISA_ELEMENTS][:1], parts[ISA_ELEMENTS][1:2]
    if _is_word(terminator[0]) or terminator in (b" ", mark) or _is_word(component[0]):
        return None
    elements = tuple(_text(part).strip() for part in (*parts[1:ISA_ELEMENTS], component))
    if not all(element.isprintable() for element in elements) or VERSION.fullmatch(elements[11]) is None:
        return None
    length = sum(map(len, parts[:ISA_ELEMENTS])) + ISA_ELEMENTS + 2
    return _Marks(mark, terminator), elements, length

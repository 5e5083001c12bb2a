"""834 files made wrong as files go wrong: segments lost, doubled, swapped, cut, garbled, joined, miscounted."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.identity import edi

COUNTERS = ("ST", "SE", "GS", "GE", "ISA", "IEA")


@dataclass(frozen=True, slots=True)
class Mutation:
    """A file made wrong: how, at which segments (places in the file before), and what came out."""

    way: str
    touched: frozenset[int]
    raw: bytes


def mutate(parts: list[str], rng: random.Random) -> Mutation:
    """The segments made wrong in one way."""
    way = rng.choice(sorted(WAYS))
    place = rng.randrange(len(parts) - 1)
    if way == "miscounted":
        place = rng.choice([at for at, part in enumerate(parts) if part.split("*")[0] in COUNTERS and at > 0])
    touched, raw = WAYS[way](parts, place, rng)
    return Mutation(f"{way} at {place}: {parts[place]}", frozenset(touched), raw)


def _dropped(parts: list[str], place: int, _rng: random.Random) -> tuple[set[int], bytes]:
    return {place}, edi.edi([*parts[:place], *parts[place + 1 :]])


def _doubled(parts: list[str], place: int, _rng: random.Random) -> tuple[set[int], bytes]:
    return {place}, edi.edi([*parts[: place + 1], *parts[place:]])


def _swapped(parts: list[str], place: int, _rng: random.Random) -> tuple[set[int], bytes]:
    one, other = parts[place : place + 2]
    return {place, place + 1}, edi.edi([*parts[:place], other, one, *parts[place + 2 :]])


def _cut(parts: list[str], place: int, rng: random.Random) -> tuple[set[int], bytes]:
    """The file ends within a segment."""
    kept = edi.edi(parts[:place]) + parts[place][: rng.randrange(len(parts[place]) + 1)].encode()
    return set(range(place, len(parts))), kept


def _garbled(parts: list[str], place: int, rng: random.Random) -> tuple[set[int], bytes]:
    """Elements emptied, shuffled, overlong, of other alphabets, or with bytes that are no text."""
    elements = parts[place].split("*")
    at = rng.randrange(len(elements))
    elements[at] = rng.choice(["", "\x00\x07", "x" * 9_000, "Ωμέγα 😀", "99999999", "-1.005", "*" * 40, "\n\n", "ISA"])
    return {place}, edi.edi([*parts[:place], "*".join(elements), *parts[place + 1 :]])


def _joined(parts: list[str], place: int, _rng: random.Random) -> tuple[set[int], bytes]:
    """A terminator is lost, so that two segments are one."""
    together = f"{parts[place]}\n{parts[place + 1]}"
    return {place, place + 1}, edi.edi([*parts[:place], together, *parts[place + 2 :]])


def _miscounted(parts: list[str], place: int, rng: random.Random) -> tuple[set[int], bytes]:
    """A count or a control number of an envelope is another."""
    elements = parts[place].split("*")
    at = {"ST": 2, "GS": 6, "ISA": 13}.get(elements[0]) or rng.choice((1, 2))
    elements[at] = "0" + elements[at][:-1] + str((int(elements[at][-1]) + 1) % 10)
    return {place}, edi.edi([*parts[:place], "*".join(elements), *parts[place + 1 :]])


def _in_pieces(parts: list[str], place: int, rng: random.Random) -> tuple[set[int], bytes]:
    """A run of segments is lost."""
    lost = rng.randrange(2, 12)
    return set(range(place, min(place + lost, len(parts)))), edi.edi([*parts[:place], *parts[place + lost :]])


Way = Callable[[list[str], int, random.Random], tuple[set[int], bytes]]
WAYS: dict[str, Way] = {
    "dropped": _dropped,
    "doubled": _doubled,
    "swapped": _swapped,
    "cut": _cut,
    "garbled": _garbled,
    "joined": _joined,
    "miscounted": _miscounted,
    "lost": _in_pieces,
}


def several(number: int = 5) -> list[str]:
    """A family, then members alone, in two transactions of one group; and a second interchange behind it."""
    family = edi.segments(edi.numbered(edi.sample(), number))
    header, loops = family[2:7], family[7:-3]
    first = [*header, *loops, *edi.member_segments(1), *edi.member_segments(2)]
    second = [header[0].replace("0003", "0004"), *header[1:], *edi.member_segments(3), *edi.member_segments(4)]
    third = [*header, *edi.member_segments(5)]
    return [
        *family[:2], *first, f"SE*{len(first) + 1}*0003", *second, f"SE*{len(second) + 1}*0004", "GE*2*35515",
        family[-1], *edi.segments(edi.numbered(edi.sample(), number + 1))[:2], *third, f"SE*{len(third) + 1}*0003",
        "GE*1*35515", f"IEA*1*{number + 1:09d}",
    ]  # fmt: skip

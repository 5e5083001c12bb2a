"""Whatever cannot be right, for each field of a request: made from what the field must be. Next: `portal_world.py`."""

import base64
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.contracts.schema_walk import Place, Spot

CANARY = "canary5f1e"
ABSENT = object()
LONG = CANARY * 2_400
"""Much more than any field takes, and less than a body may be."""

STRANGER = str(uuid4())
ALPHABETS = ("محمد \u200fعبد", "黄小龍", "Ωμέγα Зоя שלום", "Zoe\u0301 O'Brien; DROP TABLE x--", "😀🏽\u200d💻")
ODD_TEXTS = ("0", "null", "%00", "../../x", "Ζωή@παράδειγμα.δοκιμή", "=1+1", "<b>{{7*7}}</b>", "A\u0315\u0300" * 5)
NO_TEXT = (f"{CANARY}\x00", f"{CANARY}\x1b[31m\x07", f"{CANARY}\r\nBcc: x@mail.test", "\x7f", "   ")
NO_DAYS = ("2027-02-30", "2027-13-01", "2027-1-1", "01/02/2027", "0000-00-00", "+12027-01-01", "2027-01-01 noon")
FAR_DAYS = ("0001-01-01", "1582-10-10", "9999-12-31")
NO_IDS = (CANARY, STRANGER[:-1], STRANGER + "0", STRANGER[:-1] + "g", "me", "../" + STRANGER)
DEEP: Any = json.loads("[" * 150 + "]" * 150)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One field made wrong. `is_refused`: it must be; otherwise it only may be, and must do no harm."""

    place: Place
    value: Any
    is_refused: bool = True
    statuses: tuple[int, ...] = (422,)

    @property
    def pointer(self) -> str:
        """The JSON pointer that has to be told."""
        return "".join(f"/{part}" for part in self.place)

    def put_into(self, body: dict[str, Any]) -> bytes:
        """The body with this field wrong."""
        changed = deepcopy(body)
        *way, last = self.place
        target: Any = changed
        for part in way:
            target = target[part]
        if self.value is ABSENT:
            del target[last]
        else:
            target[last] = self.value
        return json.dumps(changed).encode()

    def __str__(self) -> str:
        return f"{self.pointer} = {'absent' if self.value is ABSENT else repr(self.value)[:60]}"


def wrongs(spot: Spot) -> Iterator[Wrong]:
    """Everything that can be wrong with a field."""
    if spot.is_required:
        yield Wrong(spot.place, ABSENT)
    elif isinstance(spot.place[-1], str):
        yield Wrong(spot.place, ABSENT, is_refused=False)
    yield Wrong(spot.place, None, is_refused=not spot.is_nullable)
    yield from (Wrong(spot.place, value) for value in _of_other_types(spot))
    yield Wrong(spot.place, f"{CANARY}\ud800", statuses=(400,))
    yield Wrong(spot.place, CANARY * 100_000, statuses=(413,))
    yield from _of_its_type(spot)


def _of_other_types(spot: Spot) -> list[Any]:
    """Values of every other JSON type."""
    values: dict[str, list[Any]] = {
        "string": ["1", CANARY, ""],
        "integer": [8_675_309, 10**400],
        "number": [1.5, 1e300],
        "boolean": [True, False],
        "array": [[], [CANARY], DEEP],
        "object": [{}, {CANARY: CANARY}],
    }
    own = spot.form.get("type", "string")
    return [value for kind, group in values.items() if kind != own for value in group]


def _of_its_type(spot: Spot) -> Iterator[Wrong]:
    place, form = spot.place, spot.form
    match spot.kind:
        case "integer":
            yield from _integers(spot)
        case "array":
            assert "maxItems" in form, f"{spot.model}{place}: a list without a limit"
            yield Wrong(place, [], is_refused=form.get("minItems", 0) > 0)
        case "object" if "properties" in form:
            yield Wrong((*place, "unknown"), CANARY)
        case "object" | "boolean":
            return
        case "text" | "secret" | "multiline":
            yield from _texts(spot)
        case "enum" | "uuid" | "date" | "pattern":
            yield from (Wrong(place, text) for text in ("", CANARY + ".", LONG, *NO_TEXT, *ALPHABETS))
            yield from _formed(spot)
        case other:
            raise AssertionError(f"{spot.model}{place}: teach this test what is wrong for {other}")


def _integers(spot: Spot) -> Iterator[Wrong]:
    place, form = spot.place, spot.form
    assert {"minimum", "maximum"} <= set(form), f"{spot.model}{place}: a number without limits"
    least, most = form["minimum"], form["maximum"]
    yield from (Wrong(place, value) for value in (-1, least - 1, most + 1, 10**18, 10**400, -(10**400)))
    yield from (Wrong(place, value, is_refused=False) for value in {0, least, most})


def _texts(spot: Spot) -> Iterator[Wrong]:
    place, is_text = spot.place, spot.kind == "text"
    yield Wrong(place, "")
    yield Wrong(place, LONG)
    for text in NO_TEXT:
        yield Wrong(place, text, is_refused=is_text or (spot.kind == "multiline" and "\n" not in text))
    yield from (Wrong(place, text, is_refused=False) for text in (*ALPHABETS, *ODD_TEXTS))


def _formed(spot: Spot) -> Iterator[Wrong]:
    place = spot.place
    match spot.kind:
        case "date":
            yield from (Wrong(place, text) for text in NO_DAYS)
            yield from (Wrong(place, text, is_refused=False) for text in FAR_DAYS)
        case "uuid":
            yield from (Wrong(place, text) for text in NO_IDS)
            yield from (Wrong(place, text, statuses=(404,)) for text in (STRANGER, STRANGER.upper(), str(uuid4())))


def raw_bodies() -> dict[bytes, tuple[int, ...]]:
    """Bodies that are no request at all, with what they may be answered."""
    return {
        b"": (400, 422),
        b"not json": (400,),
        b"{": (400,),
        b"{}{}": (400,),
        b"\xff\xfe{}": (400,),
        b'{"a": "\xff"}': (400,),
        b'{"a": NaN}': (400, 422),
        b"[" * 30_000: (400,),
        b'{"a":' * 10_000: (400,),
        b'{"\\ud800": 1}': (400,),
        b"{}": (422,),
        b"[{}]": (422,),
        b"17": (422,),
        b"true": (422,),
        b"null": (422,),
        b'"' + CANARY.encode() + b'"': (422,),
        b" " * 100 * 1024: (413,),
        b'{"a": "' + b"a" * 100 * 1024 + b'"}': (413,),
        b"\x1f\x8b" + b"\x00" * 20: (400,),
    }


PATH_VALUES = (
    STRANGER, STRANGER[:-1], CANARY, "0", "-1", "null", "%00", f"{CANARY}%00", "%0d%0aSet-Cookie:%20a=b", "%1b%5b31m",
    "a" * 5_000, "%D9%85%D8%AD%D9%85%D8%AF", "%F0%9F%98%80", "%ff", "%ed%a0%80", "..%2F..%2Finternal%2Fopenapi.json",
    "%2e%2e", "'%20OR%201=1--", "%7B%22a%22%3A1%7D", "*", "HC-0000-0000-1",
)  # fmt: skip
"""What may stand in a path where an id or a reference number should."""

QUERY_GARBAGE = ("", CANARY, "%00", f"{CANARY}%00", "%F0%9F%98%80", "%D9%85", "9" * 5_000, "null", "%5B%5D", "'--")
NO_LIMITS = ("0", "-1", str(10**18), "9" * 400, "1.5", "1e3", "true", "0x1")


def wrong_queries(spot: Spot) -> Iterator[tuple[str, bool]]:
    """Values for one parameter, percent-encoded, and whether each must be refused."""
    yield from ((value, True) for value in QUERY_GARBAGE)
    yield from ((value, False) for value in ("%ff", "%ed%a0%80"))
    match spot.kind:
        case "integer":
            yield from ((value, True) for value in NO_LIMITS)
            yield from ((value, False) for value in ("%D9%A3", "+5", "%205", "1_0", "05"))
        case "date":
            yield from ((value.replace("+", "%2B").replace(" ", "%20"), True) for value in NO_DAYS)
            yield from ((value, False) for value in FAR_DAYS)
        case "uuid":
            yield from ((value.replace("/", "%2F"), True) for value in NO_IDS)
            yield STRANGER, False
    if spot.name == "cursor":
        yield from ((cursor, False) for cursor in _cursors())


def _cursors() -> Iterator[str]:
    """Cursors in the form that services give, for places that nothing has."""
    days = ("0001-01-01", "9999-12-31", "2027-02-30")
    times = ("", "T00:00:00", "T00:00:00+14:00", "T23:59:59.999999-14:00", "T00:00:00Z")
    for instant in (day + time for day in days for time in times):
        for between in ("/", "|"):
            yield base64.urlsafe_b64encode(f"{instant}{between}{STRANGER}".encode()).decode().replace("=", "%3D")

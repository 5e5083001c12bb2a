"""Bad input over HTTP: whatever is sent, the answer is a 4xx problem in plain words which never repeats a value."""

import gzip
import json
import re
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.testing.http import Answered, ServiceUnderTest
from tests.shared.sample_service import sample_service

CANARY = "canary-5f1e"
GOOD: dict[str, Any] = {"name": "Ana", "amount_cents": 100}
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


@pytest.fixture(scope="module")
async def service() -> AsyncIterator[ServiceUnderTest]:
    """The sample service."""
    async with sample_service() as running:
        yield running


def assert_is_problem(answer: Answered, status: int) -> None:
    """A problem as every error is: its form, its headers, plain words, and nothing of what was sent."""
    assert answer.status == status, answer
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert answer.body["status"] == status
    assert answer.body["title"].endswith(".")
    assert REQUEST_ID.fullmatch(answer.body["request_id"])
    assert headers["x-request-id"] == answer.body["request_id"]
    told = json.dumps(answer.body) + json.dumps(answer.headers)
    for word in (CANARY, "Traceback", "pydantic", "aiohttp", "Python", "Error(", "Input should"):
        assert word not in told


NOT_JSON = {
    "nothing like JSON": CANARY.encode(),
    "a broken object": b'{"name": "' + CANARY.encode(),
    "a form": b"name=" + CANARY.encode() + b"&amount_cents=1",
    "single quotes": b"{'name': 'x'}",
    "a trailing comma": b'{"name": "x",}',
    "two objects": b'{"name":"x","amount_cents":1}{"name":"x"}',
    "no UTF-8": b'{"name": "\xff\xfe", "amount_cents": 1}',
    "latin-1": '{"name": "Zoë", "amount_cents": 1}'.encode("latin-1"),
    "UTF-16": json.dumps(GOOD).encode("utf-16"),
    "UTF-32": json.dumps(GOOD).encode("utf-32"),
    "an overlong NUL": b'{"name": "\xc0\x80", "amount_cents": 1}',
    "a lone surrogate as an escape": b'{"name": "\\ud800", "amount_cents": 1}',
    "a lone surrogate as bytes": b'{"name": "\xed\xa0\x80", "amount_cents": 1}',
    "a raw NUL": b'{"name": "\x00", "amount_cents": 1}',
    "deep lists": b"[" * 30_000,
    "deep objects": b'{"name":' * 8_000,
    "deep and closed": b'{"name":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
}


@pytest.mark.parametrize("case", sorted(NOT_JSON))
async def test_what_is_no_json_is_a_400(service: ServiceUnderTest, case: str) -> None:
    """Whatever cannot be read as JSON in UTF-8 is refused as such."""
    answer = await service.call("POST", "/v1/things", raw=NOT_JSON[case])
    assert_is_problem(answer, 400)
    assert answer.problem == "not-json"


WRONG_FIELDS: dict[str, tuple[Any, set[str]]] = {
    "empty": ({}, {"/name", "/amount_cents"}),
    "a list": ([GOOD], {""}),
    "a text": (CANARY, {""}),
    "null": (None, {""}),
    "name missing": ({"amount_cents": 1}, {"/name"}),
    "name null": ({**GOOD, "name": None}, {"/name"}),
    "name a number": ({**GOOD, "name": 17}, {"/name"}),
    "name empty": ({**GOOD, "name": ""}, {"/name"}),
    "name too long": ({**GOOD, "name": CANARY * 10}, {"/name"}),
    "name with NUL": ({**GOOD, "name": CANARY + "\x00"}, {"/name"}),
    "name with a line break": ({**GOOD, "name": CANARY + "\r\nX: y"}, {"/name"}),
    "name with a terminal code": ({**GOOD, "name": CANARY + "\x1b[31m"}, {"/name"}),
    "name with a private character": ({**GOOD, "name": CANARY + "\ue000"}, {"/name"}),
    "amount a text": ({**GOOD, "amount_cents": "100"}, {"/amount_cents"}),
    "amount a fraction": ({**GOOD, "amount_cents": 1.5}, {"/amount_cents"}),
    "amount a whole float": ({**GOOD, "amount_cents": 1.0}, {"/amount_cents"}),
    "amount true": ({**GOOD, "amount_cents": True}, {"/amount_cents"}),
    "amount zero": ({**GOOD, "amount_cents": 0}, {"/amount_cents"}),
    "amount negative": ({**GOOD, "amount_cents": -1}, {"/amount_cents"}),
    "amount 10^18": ({**GOOD, "amount_cents": 10**18}, {"/amount_cents"}),
    "amount 10^400": ({**GOOD, "amount_cents": 10**400}, {"/amount_cents"}),
    "amount negative 10^400": ({**GOOD, "amount_cents": -(10**400)}, {"/amount_cents"}),
    "amount infinite": ({**GOOD, "amount_cents": float("inf")}, {"/amount_cents"}),
    "amount not a number": ({**GOOD, "amount_cents": float("nan")}, {"/amount_cents"}),
    "amount a list": ({**GOOD, "amount_cents": [100]}, {"/amount_cents"}),
    "day that is none": ({**GOOD, "due_on": "2027-02-30"}, {"/due_on"}),
    "day a text": ({**GOOD, "due_on": CANARY}, {"/due_on"}),
    "day with a time": ({**GOOD, "due_on": "2027-02-03T12:34:56Z"}, {"/due_on"}),
    "id that is none": ({**GOOD, "thing_id": CANARY}, {"/thing_id"}),
    "flag a text": ({**GOOD, "is_urgent": "yes"}, {"/is_urgent"}),
    "flag a number": ({**GOOD, "is_urgent": 1}, {"/is_urgent"}),
    "list a text": ({**GOOD, "tags": CANARY}, {"/tags"}),
    "list too long": ({**GOOD, "tags": ["a", "b", "c", "d"]}, {"/tags"}),
    "list with a bad entry": ({**GOOD, "tags": ["a", CANARY, 3]}, {"/tags/1", "/tags/2"}),
    "unknown field": ({**GOOD, "amount": CANARY}, {"/amount"}),
    "unknown field with a slash": ({**GOOD, "a/b~c": CANARY}, {"/a~1b~0c"}),
    "unknown field that is a number of somebody": ({**GOOD, "536-90-4399": CANARY}, {"/###-##-####"}),
    "several at once": ({"name": "", "amount_cents": 0, "x": 1}, {"/name", "/amount_cents", "/x"}),
}


@pytest.mark.parametrize("case", sorted(WRONG_FIELDS))
async def test_wrong_fields_are_each_named_in_plain_words(service: ServiceUnderTest, case: str) -> None:
    """Every wrong field is named by a pointer, with a stable code and words that say what to do."""
    body, pointers = WRONG_FIELDS[case]
    answer = await service.call("POST", "/v1/things", raw=json.dumps(body).encode())
    assert_is_problem(answer, 422)
    assert answer.problem == "invalid-fields"
    assert answer.pointers == pointers
    for error in answer.body["errors"]:
        assert error["message"].endswith(".")
        assert re.fullmatch(r"[a-z_]+", error["code"])
        assert not re.search(r"valid string|valid integer|dictionary|datetime|unicode|regex", error["message"])


async def test_very_many_wrong_fields_get_a_short_answer(service: ServiceUnderTest) -> None:
    """Thousands of unknown fields, or one with a huge name, do not come back as a huge answer."""
    many = {f"field{number}": 1 for number in range(3000)}
    answer = await service.call("POST", "/v1/things", body={**GOOD, **many})
    assert_is_problem(answer, 422)
    assert len(answer.body["errors"]) <= 100
    answer = await service.call("POST", "/v1/things", body={**GOOD, "x" * 50_000: 1})
    assert_is_problem(answer, 422)
    assert len(json.dumps(answer.body)) < 2_000


@pytest.mark.parametrize("name", ["Zoë", "李小龍", "Олена", "עברית", "محمد", "ဇော်", "😀", "O'Brien; DROP TABLE"])
async def test_names_in_any_alphabet_are_taken(service: ServiceUnderTest, name: str) -> None:
    """A name comes back as it was sent, whatever it is written in."""
    answer = await service.call("POST", "/v1/things", body={**GOOD, "name": name})
    assert (answer.status, answer.body["name"]) == (201, name)


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("limit=0", {"?limit"}),
        ("limit=101", {"?limit"}),
        (f"limit={CANARY}", {"?limit"}),
        ("limit=" + "9" * 5000, {"?limit"}),
        ("limit=1e3", {"?limit"}),
        ("limit=", {"?limit"}),
        ("limit=1&limit=2", {"?limit"}),
        ("limit=1&limit=1&cursor=a&cursor=b", {"?limit", "?cursor"}),
        (f"cursor={CANARY}%00", {"?cursor"}),
        (f"cursor={CANARY * 5}", {"?cursor"}),
        (f"unknown={CANARY}", {"?unknown"}),
        ("un%2Fknown=1", {"?un~1known"}),
        ("%ed%a0%80=1", None),
        ("cursor=%ed%a0%80", None),
        ("cursor=%ff", None),
        ("%00=1", None),
        ("&&&=&=", None),
    ],
)
async def test_queries_are_checked_like_bodies(
    service: ServiceUnderTest, query: str, pointers: set[str] | None
) -> None:
    """Wrong, doubled and unknown parameters are named; bytes that are no text do no harm."""
    answer = await service.call("GET", f"/v1/things?{query}")
    assert answer.status in ((422,) if pointers else (200, 400, 422))
    if answer.status != 200:
        assert_is_problem(answer, answer.status)
    if pointers:
        assert answer.pointers == pointers


@pytest.mark.parametrize(
    "path",
    [
        "/v1/things/17",
        f"/v1/things/{CANARY}",
        "/v1/things/%00",
        "/v1/things/%ff",
        "/v1/things/00000000-0000-0000-0000-00000000000g",
        "/v1/references/%00",
        "/v1/references/a%00b",
        "/v1/references/a%0d%0ab",
        "/v1/references/%1b[31m",
        "/v1/references/",
        "/v1/references/a/b",
        "/v1/unknown",
        "/",
        "//",
        "/v1/../etc/passwd",
        "/v1/things/" + "a" * 4000,
        "/%c0%ae%c0%ae/",
    ],
)
async def test_addresses_that_lead_nowhere_are_404(service: ServiceUnderTest, path: str) -> None:
    """What is no id, cannot be stored or is not in the table does not exist; all get the same answer."""
    answer = await service.call("GET", path)
    assert_is_problem(answer, 404)
    assert answer.problem == "not-found"
    assert path.strip("/") == "" or path not in json.dumps(answer.body)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "HEAD", "TRACE", "PROPFIND"])
async def test_a_method_that_is_not_offered_is_405_and_says_what_is(service: ServiceUnderTest, method: str) -> None:
    """The Allow header names what the address does."""
    answer = await service.call(method, "/v1/things")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET,POST"
    if method != "HEAD":
        assert_is_problem(answer, 405)
        assert answer.problem == "method-not-allowed"


@pytest.mark.parametrize("size", [64 * 1024 + 1, 500_000, 5_000_000])
async def test_a_body_above_the_limit_is_413(service: ServiceUnderTest, size: int) -> None:
    """With a declared length, in chunks, and where the route reads no body at all."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(0, size, 50_000):
            yield b"a" * 50_000
        yield b"a" * 20_000

    for path in ("/v1/things", "/v1/fails"):
        assert_is_problem(await service.call("POST", path, raw=b"a" * size), 413)
        assert_is_problem(await service.call("POST", path, raw=chunks()), 413)  # type: ignore[arg-type] # a stream


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_compressed_bomb_is_413(service: ServiceUnderTest, coding: str) -> None:
    """A hundred megabytes in a hundred kilobytes count as what they unfold to."""
    packed = gzip.compress(b" " * 30_000_000) if coding == "gzip" else zlib.compress(b" " * 30_000_000)
    assert len(packed) < 64 * 1024
    answer = await service.call("POST", "/v1/things", raw=packed, headers={"Content-Encoding": coding})
    assert_is_problem(answer, 413)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", CANARY])
async def test_a_body_that_is_not_compressed_as_it_says_is_refused(service: ServiceUnderTest, coding: str) -> None:
    """Bytes that do not unfold, and codings that we do not know, are a 400."""
    answer = await service.call(
        "POST", "/v1/things", raw=b"\x00" + CANARY.encode(), headers={"Content-Encoding": coding}
    )
    assert_is_problem(answer, 400)


async def test_a_compressed_body_is_read(service: ServiceUnderTest) -> None:
    """Compression is allowed, within the limit."""
    packed = gzip.compress(json.dumps(GOOD).encode())
    answer = await service.call("POST", "/v1/things", raw=packed, headers={"Content-Encoding": "gzip"})
    assert answer.status == 201


async def test_a_route_may_take_larger_bodies(service: ServiceUnderTest) -> None:
    """A route's own limit replaces the common one."""
    assert (await service.call("POST", "/v1/large", raw=b"a" * 300_000)).status == 200
    assert_is_problem(await service.call("POST", "/v1/large", raw=b"a" * 300_001), 413)


@pytest.mark.parametrize("expected", ["100-continue", CANARY])
async def test_expectations_are_met_or_refused(service: ServiceUnderTest, expected: str) -> None:
    """100-continue is known; any other expectation is a 417 which does not repeat it."""
    answer = await service.call("POST", "/v1/things", body=GOOD, headers={"Expect": expected})
    if expected == CANARY:
        assert_is_problem(answer, 417)
    else:
        assert answer.status == 201

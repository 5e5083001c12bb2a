"""A table of bad input over every route that reads a body: 4xx with a code, the field named, never a 500."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.processor_sandbox.sandbox_process import SandboxProcess, card_details, charge_body

ROUTES = [
    ("POST", "/v1/tokens"),
    ("POST", "/v1/cards"),
    ("POST", "/v1/charges"),
    ("POST", "/v1/charges/void"),
    ("PUT", "/v1/faults"),
]
NOT_JSON = [b"", b"{", b"nonsense", b"\0", b"\xff\xfe", b'{"a":NaN', b"[" * 10_000, b'"\\ud800"', b"<x/>"]
NOT_AN_OBJECT = [b"null", b"[]", b"1", b'"text"', b"1" * 5_000]


def with_card(**changes: object) -> dict[str, Any]:
    """A token request with one thing changed."""
    return {"card": card_details()["card"] | changes}


def with_charge(**changes: object) -> dict[str, Any]:
    """A charge request with one thing changed."""
    return charge_body("card_any") | changes


BAD_FIELDS: list[tuple[str, str, dict[str, Any], str]] = [
    ("POST", "/v1/tokens", {}, "card"),
    ("POST", "/v1/tokens", {"card": None}, "card"),
    ("POST", "/v1/tokens", {"card": "4242424242424242"}, "card"),
    ("POST", "/v1/tokens", {**with_card(), "extra": 1}, "extra"),
    ("POST", "/v1/tokens", with_card(number=4242424242424242), "card.number"),
    ("POST", "/v1/tokens", with_card(number="4242 4242 4242 4242"), "card.number"),
    ("POST", "/v1/tokens", with_card(number="٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"), "card.number"),
    ("POST", "/v1/tokens", with_card(number="4242424242424242\0"), "card.number"),
    ("POST", "/v1/tokens", with_card(number="4242424242424242\n"), "card.number"),
    ("POST", "/v1/tokens", with_card(number=""), "card.number"),
    ("POST", "/v1/tokens", with_card(number="4" * 60_000), "card.number"),
    ("POST", "/v1/tokens", with_card(exp_month=0), "card.exp_month"),
    ("POST", "/v1/tokens", with_card(exp_month=13), "card.exp_month"),
    ("POST", "/v1/tokens", with_card(exp_month="12"), "card.exp_month"),
    ("POST", "/v1/tokens", with_card(exp_month=True), "card.exp_month"),
    ("POST", "/v1/tokens", with_card(exp_year=26), "card.exp_year"),
    ("POST", "/v1/tokens", with_card(exp_year=2030.5), "card.exp_year"),
    ("POST", "/v1/tokens", with_card(exp_year=10**400), "card.exp_year"),
    ("POST", "/v1/tokens", with_card(cvc=314), "card.cvc"),
    ("POST", "/v1/tokens", with_card(cvc="31"), "card.cvc"),
    ("POST", "/v1/tokens", with_card(holder="A. Person"), "card.holder"),
    ("POST", "/v1/cards", {}, "token"),
    ("POST", "/v1/cards", {"token": 1}, "token"),
    ("POST", "/v1/cards", {"token": "card_x"}, "token"),
    ("POST", "/v1/cards", {"token": "tok_" + "a" * 65}, "token"),
    ("POST", "/v1/cards", {"token": "tok_x", "extra": 1}, "extra"),
    ("POST", "/v1/charges", {}, "amount_cents"),
    ("POST", "/v1/charges", with_charge(amount_cents=0), "amount_cents"),
    ("POST", "/v1/charges", with_charge(amount_cents=-1), "amount_cents"),
    ("POST", "/v1/charges", with_charge(amount_cents=10**18), "amount_cents"),
    ("POST", "/v1/charges", with_charge(amount_cents=10**4000), "amount_cents"),
    ("POST", "/v1/charges", with_charge(amount_cents=100_000_000), "amount_cents"),
    ("POST", "/v1/charges", with_charge(amount_cents=1.0), "amount_cents"),
    ("POST", "/v1/charges", with_charge(amount_cents="100"), "amount_cents"),
    ("POST", "/v1/charges", with_charge(amount_cents=None), "amount_cents"),
    ("POST", "/v1/charges", with_charge(currency="eur"), "currency"),
    ("POST", "/v1/charges", with_charge(source=""), "source"),
    ("POST", "/v1/charges", with_charge(source="card_\0"), "source"),
    ("POST", "/v1/charges", with_charge(source={"card": 1}), "source"),
    ("POST", "/v1/charges", with_charge(reference=""), "reference"),
    ("POST", "/v1/charges", with_charge(reference="R" * 101), "reference"),
    ("POST", "/v1/charges", with_charge(reference="a\r\nb"), "reference"),
    ("POST", "/v1/charges", with_charge(statement_text="a\0b"), "statement_text"),
    ("POST", "/v1/charges", with_charge(statement_text="x" * 101), "statement_text"),
    ("POST", "/v1/charges", with_charge(key="in the body"), "key"),
    ("POST", "/v1/charges/void", {}, "key"),
    ("POST", "/v1/charges/void", {"key": ""}, "key"),
    ("POST", "/v1/charges/void", {"key": "a\0b"}, "key"),
    ("POST", "/v1/charges/void", {"key": "k" * 256}, "key"),
    ("POST", "/v1/charges/void", {"key": 1}, "key"),
    ("PUT", "/v1/faults", {"refuse_503": 1.1}, "refuse_503"),
    ("PUT", "/v1/faults", {"refuse_503": -0.1}, "refuse_503"),
    ("PUT", "/v1/faults", {"charge_then_500": "1"}, "charge_then_500"),
    ("PUT", "/v1/faults", {"charge_then_silence": True}, "charge_then_silence"),
    ("PUT", "/v1/faults", {"error_500_before_charge": None}, "error_500_before_charge"),
    ("PUT", "/v1/faults", {"delay_seconds": -1}, "delay_seconds"),
    ("PUT", "/v1/faults", {"delay_seconds": 10**300}, "delay_seconds"),
    ("PUT", "/v1/faults", {"seed": 1.5}, "seed"),
    ("PUT", "/v1/faults", {"charge_then_dance": 1}, "charge_then_dance"),
]


@pytest.mark.parametrize(("method", "path", "body", "field"), BAD_FIELDS, ids=lambda part: str(part)[:60])
async def test_a_bad_field_is_named(
    processor: SandboxProcess, key: str, method: str, path: str, body: dict[str, Any], field: str
) -> None:
    """A field that is wrong, missing, unknown, too long or of another type is refused by its name."""
    answer = await processor.call(method, path, json=body, headers={"Idempotency-Key": key})
    assert (answer.status, answer.code, answer.body["error"]["field"]) == (422, "invalid_field", field)
    assert await processor.charges(key=key) == []


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_body_that_is_not_json_is_refused(processor: SandboxProcess, method: str, path: str) -> None:
    """No body, half a body, bytes, deep nesting and lone surrogates are 400, on every route."""
    for body in NOT_JSON:
        answer = await processor.call(method, path, data=body, headers={"Idempotency-Key": "bad"})
        assert (answer.status, answer.code) == (400, "bad_json"), body


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_json_that_is_no_object_is_refused(processor: SandboxProcess, method: str, path: str) -> None:
    """A list, a number or a text where an object belongs is 4xx, on every route."""
    for body in NOT_AN_OBJECT:
        answer = await processor.call(method, path, data=body, headers={"Idempotency-Key": "bad"})
        assert answer.status in {400, 422}, body


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_body_too_large_is_refused(processor: SandboxProcess, method: str, path: str) -> None:
    """A body over 64 KiB is 413, on every route."""
    answer = await processor.call(method, path, data=b" " * 65_537, headers={"Idempotency-Key": "bad"})
    assert answer.status == 413


@pytest.mark.parametrize("bad_key", [None, "", " ", "a b", "k" * 256, "schlüssel"])
async def test_a_charge_needs_a_proper_key(processor: SandboxProcess, bad_key: str | None) -> None:
    """Without a key, or with one that is too long or not plain, nothing is charged."""
    headers = {} if bad_key is None else {"Idempotency-Key": bad_key}
    answer = await processor.call("POST", "/v1/charges", json=with_charge(), headers=headers)
    assert (answer.status, answer.body["error"]["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/v1/nothing", 404), ("DELETE", "/v1/charges", 405), ("GET", "/v1/tokens", 405)],
)
async def test_a_wrong_address_or_method_is_told(
    processor: SandboxProcess, method: str, path: str, status: int
) -> None:
    """Routes that are not there are refused in the same form as all else."""
    answer = await processor.call(method, path)
    assert answer.status == status
    assert set(answer.body["error"]) == {"code", "message"}


@pytest.mark.parametrize(
    "head_and_body",
    [
        b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"Content-Encoding: deflate\r\nContent-Length: 4\r\n\r\nnope",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n{}",
        b"Idempotency-Key: a\0b\r\nContent-Length: 2\r\n\r\n{}",
    ],
    ids=["gzip", "deflate", "chunk size", "two framings", "two lengths", "NUL in a header"],
)
async def test_a_broken_transfer_is_a_4xx(processor: SandboxProcess, head_and_body: bytes) -> None:
    """Bodies that do not unpack and requests that contradict themselves are the caller's fault, not a 500."""
    address = urlsplit(processor.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"POST /v1/cards HTTP/1.1\r\nHost: localhost\r\n" + head_and_body)
    status_line = await asyncio.wait_for(reader.readline(), timeout=5)
    writer.close()
    assert status_line.split()[1].startswith(b"4"), status_line

"""Bad input on every route of payments: 4xx, the field named, in plain words; nothing is taken down."""

import base64
import json
import re
from typing import Any
from uuid import uuid4

from services.payments.http.routes import ROUTES
from shared.http.routes import Who
from tests.payments.paying_world import Member, World

ID = str(uuid4())
CARD = {"type": "card", "token": "tok_abc"}
AMOUNTS: list[Any] = [0, -1, 10**18, True, "1", 1.5, None, [], {}, 10**13, 1e400, ""]


def bodies() -> list[tuple[str, dict[str, Any], str]]:
    """Route, body, and the field that must be named."""
    wrong: list[tuple[str, dict[str, Any], str]] = []
    for amount in AMOUNTS:
        wrong.append(("/v1/payments", {"amount_cents": amount, "method_id": ID}, "/amount_cents"))
        wrong.append(("/v1/payments/preview", {"amount_cents": amount}, "/amount_cents"))
    for policy_ids in ([], ["x"], "all", [None], [ID, 7], {"0": ID}, [ID] * 101):
        pointer = "/policy_ids" + {1: "/0", 2: "/1"}.get(len(policy_ids) if isinstance(policy_ids, list) else 0, "")
        wrong.append(("/v1/payments", {"amount_cents": 1, "method_id": ID, "policy_ids": policy_ids}, pointer))
        wrong.append(("/v1/payments/preview", {"amount_cents": 1, "policy_ids": policy_ids}, pointer))
    unusable: tuple[Any, ...] = ("x", 7, True, [], "\x00", "4111111111111111")
    for method_id in unusable:
        wrong.append(("/v1/payments", {"amount_cents": 1, "method_id": method_id}, "/method_id"))
        wrong.append(("/v1/payments/preview", {"amount_cents": 1, "method_id": method_id}, "/method_id"))
    for token in ("", "\x00", "tok_\u0000", "tok ß", "x" * 129, 7, None, ["tok"]):
        wrong.append(("/v1/payments", {"amount_cents": 1, "method": CARD | {"token": token}}, "/method/token"))
        wrong.append(("/v1/payment-methods", CARD | {"token": token}, "/token"))
    for kind in ("bank_account", "bank_transfer", "", "CARD", 7, None, ["card"]):
        wrong.append(("/v1/payments", {"amount_cents": 1, "method": CARD | {"type": kind}}, "/method/type"))
        wrong.append(("/v1/payment-methods", CARD | {"type": kind}, "/type"))
    labels: tuple[Any, ...] = ("", "x" * 61, "a\x00b", "a\nb", 7, "\u202eabc\x1b[0m", "4242 4242 4242 4242")
    wrong += [("/v1/payment-methods", CARD | {"label": label}, "/label") for label in labels]
    quotes: tuple[Any, ...] = ("", "xyz", 7, "A" * 32, "0" * 65)
    paying = {"amount_cents": 1, "method_id": ID}
    wrong += [("/v1/payments", paying | {"quote_id": quote_id}, "/quote_id") for quote_id in quotes]
    days: tuple[Any, ...] = ("", "tomorrow", "2026-13-01", 20261202, True, [], "2026-12-02T06:00:00-05:00")
    for day in days:
        wrong.append(("/v1/payments", {"amount_cents": 1, "method_id": ID, "pay_on": day}, "/pay_on"))
        wrong.append(("/v1/payments/preview", {"amount_cents": 1, "pay_on": day}, "/pay_on"))
    wrong += [
        ("/v1/payments", {}, "/amount_cents"),
        ("/v1/payments", {"amount_cents": 1}, "/method_id"),
        ("/v1/payments", {"amount_cents": 1, "method_id": ID, "method": CARD}, "/method_id"),
        ("/v1/payments", {"amount_cents": 1, "method": CARD, "pay_on": "2026-12-02"}, "/method"),
        ("/v1/payments", {"amount_cents": 1, "method": {"type": "card"}}, "/method/token"),
        ("/v1/payments", {"amount_cents": 1, "method": CARD | {"number": "4242424242424242"}}, "/method/number"),
        ("/v1/payments/preview", {}, "/amount_cents"),
        ("/v1/payments/preview", {"amount_cents": 1, "member_id": ID}, "/member_id"),
        ("/v1/payment-methods", {}, "/type"),
        ("/v1/payment-methods", CARD | {"cvc": "123"}, "/cvc"),
        ("/v1/payment-methods", {"type": "card", "token": "tok_unknown"}, "/token"),
    ]
    return wrong


async def test_every_wrong_field_is_named(world: World) -> None:
    """A table of bad bodies: each is a 422 that points at its field, repeats no value, and leaves no trace."""
    await world.enroll()
    for path, body, pointer in bodies():
        answer = await world.call("POST", path, body=body, key=uuid4().hex)
        assert answer.status == 422, (path, body, answer.body)
        assert answer.problem == "invalid-fields"
        assert pointer in answer.pointers, (path, body, answer.pointers)
        assert all(error["message"] and "Input should" not in error["message"] for error in answer.body["errors"])
        assert "42424242" not in str(answer.body)
    assert await world.value("SELECT count(*) FROM payment") == 0
    assert await world.value("SELECT count(*) FROM payment_method") == 0


async def test_other_kinds_of_payment_are_refused_in_plain_words(world: World) -> None:
    """Who tries a bank account is told that cards are taken at present."""
    answer = await world.call("POST", "/v1/payment-methods", body={"type": "bank_account", "token": "tok_1"})
    assert "We take credit, debit and prepaid cards at present" in answer.body["errors"][0]["message"]


async def test_a_body_that_is_no_request_is_refused(world: World) -> None:
    """Not JSON, not an object, not UTF-8, too deep: 400 or 422, never 500."""
    bodies = [b"", b"{", b"\xff\xfe", b"[1]", b"null", b'"x"', b"{}" * 2, b"[" * 10_000, b'{"amount_cents": NaN}']
    bodies += [b'{"amount_cents": 1e999}', b'{"a": "\\ud800"}']
    for path in ("/v1/payments", "/v1/payments/preview", "/v1/payment-methods"):
        for raw in bodies:
            answer = await world.call("POST", path, raw=raw, key=uuid4().hex)
            assert (answer.status, answer.problem) in ((400, "not-json"), (422, "invalid-fields")), (path, raw[:40])


async def test_a_payment_needs_a_usable_key(world: World) -> None:
    """Without an Idempotency-Key of 1 to 255 visible ASCII characters nothing is paid."""
    for key, problem in (
        (None, "idempotency-key-missing"),
        ("", "idempotency-key-missing"),
        ("with space", "idempotency-key-invalid"),
        ("ä", "idempotency-key-invalid"),
        ("x" * 256, "idempotency-key-invalid"),
    ):
        answer = await world.call("POST", "/v1/payments", body={"amount_cents": 1, "method_id": ID}, key=key)
        assert (answer.status, answer.problem) == (400, problem), key


async def test_an_amount_above_the_limit_names_the_largest(world: World) -> None:
    """A bill of $300 and twelve months ahead are $3,900; a cent more is refused with that sum in words."""
    await world.enroll()
    for path in ("/v1/payments", "/v1/payments/preview"):
        body = {"amount_cents": 390_001, "method_id": await world.save_card()}
        answer = await world.call("POST", path, body=body, key=uuid4().hex)
        assert (answer.status, answer.problem, answer.pointers) == (422, "amount-above-limit", {"/amount_cents"})
        assert "$3,900.00" in answer.body["detail"]
        assert answer.body["largest_cents"] == 390_000
    assert (await world.pay(390_000)).body["credit_cents"] == 360_000


async def test_who_owes_nothing_and_has_no_policy_cannot_pay(world: World) -> None:
    """Without a policy the most that can be paid is nothing, and that is said."""
    answer = await world.pay(1)
    assert (answer.status, answer.problem) == (422, "amount-above-limit")
    assert "Nothing is owed" in answer.body["detail"]


async def test_ids_of_a_stranger_are_as_unknown_ones(world: World) -> None:
    """Another member's method, policy and payment: 404, word for word as for ids that nobody has."""
    stranger = Member()
    mine = await world.enroll()
    theirs = await world.enroll(member=stranger)
    their_method = await world.save_card(member=stranger)
    my_method = await world.save_card()
    paid = (await world.pay(100, my_method)).body

    async def compared(method: str, path: str, body: Any, pointer: str | None, member: Member | None = None) -> None:
        unknown = json.loads(json.dumps(body).replace(str(theirs), ID).replace(their_method, ID))
        for sent in (body, unknown):
            answer = await world.call(method, path, body=sent, key=uuid4().hex, member=member)
            assert (answer.status, answer.problem) == (404, "not-found"), answer.body
            assert answer.pointers == ({pointer} if pointer else set())

    await compared("POST", "/v1/payments", {"amount_cents": 1, "method_id": their_method}, "/method_id")
    await compared("POST", "/v1/payments/preview", {"amount_cents": 1, "method_id": their_method}, "/method_id")
    both = [str(mine), str(theirs)]
    chosen = {"amount_cents": 1, "method_id": my_method, "policy_ids": both}
    await compared("POST", "/v1/payments", chosen, "/policy_ids/1")
    await compared("POST", "/v1/payments/preview", {"amount_cents": 1, "policy_ids": both}, "/policy_ids/1")
    for path in (f"/v1/payments/{paid['payment_id']}", f"/v1/payments/{paid['reference']}"):
        await compared("GET", path, None, None, member=stranger)
    await compared("DELETE", f"/v1/payment-methods/{my_method}", None, None, member=stranger)
    assert await world.get(f"/v1/payments?policy_id={theirs}") == {"items": [], "next_cursor": None}


async def test_addresses_and_filters_that_make_no_sense(world: World) -> None:
    """Wrong references, filters and cursors are told apart from what does not exist."""
    for path, status, problem in (
        (f"/v1/payments/{ID}", 404, "not-found"),
        ("/v1/payments/HC-0000-0000-1", 422, "reference-mistyped"),
        ("/v1/payments/nonsense", 422, "reference-mistyped"),
        ("/v1/payments/%00", 404, "not-found"),
        ("/v1/track/HC-0000-0000-1", 422, "reference-mistyped"),
        ("/v1/track/HC-0000-0000-0", 404, "not-found"),
        ("/v1/payments?status=paid", 422, "invalid-fields"),
        ("/v1/payments?from=yesterday", 422, "invalid-fields"),
        ("/v1/payments?from=0001-01-01", 422, "invalid-fields"),
        ("/v1/payments?to=9999-12-31", 422, "invalid-fields"),
        ("/v1/payments?to=2027-02-30", 422, "invalid-fields"),
        ("/v1/payments?limit=0", 422, "invalid-fields"),
        ("/v1/payments?limit=101", 422, "invalid-fields"),
        ("/v1/payments?limit=1&limit=2", 422, "invalid-fields"),
        ("/v1/payments?policy_id=x", 422, "invalid-fields"),
        ("/v1/payments?method_id=%00", 422, "invalid-fields"),
        ("/v1/payments?cursor=abc", 422, "invalid-fields"),
        (f"/v1/payments?cursor={cursor('2027-01-01')}", 422, "invalid-fields"),
        (f"/v1/payments?cursor={cursor('2027-01-01T00:00:00')}", 422, "invalid-fields"),
        (f"/v1/payments?cursor={cursor('9999-12-31T23:59:59-23:00')}", 422, "invalid-fields"),
        ("/v1/payments?from_on=2027-01-01", 422, "invalid-fields"),
        ("/v1/payments?everything=1", 422, "invalid-fields"),
    ):
        answer = await world.call("GET", path)
        assert (answer.status, answer.problem) == (status, problem), (path, answer.body)


async def test_nothing_is_shown_without_a_verified_log_in(world: World) -> None:
    """Without a token 401; with an account that is not verified 403."""
    unverified = Member(member_id=None)  # type: ignore[arg-type] # an account without a member record
    for route in ROUTES:
        if route.who is Who.ANYONE:
            continue
        path = re.sub(r"\{\w+\}", ID, route.path)
        assert (await world.api.call(route.method, path, key="k")).status == 401
        answer = await world.call(route.method, path, key="k", member=unverified)
        assert (answer.status, answer.problem) == (403, "not-verified"), path


def cursor(instant: str) -> str:
    """A cursor as nobody would give it."""
    return base64.urlsafe_b64encode(f"{instant}/{ID}".encode()).decode()

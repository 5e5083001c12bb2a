"""Bad input on every route of every service, from their own tables: a new route is tried as soon as it is listed.

Whatever is sent, nothing answers 500; each refusal is a problem in plain words that names the field and never repeats
what was sent; and what is refused leaves no trace. The table itself: `bad_values.py`.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest

from services.gateway.http.routes import PUBLIC_ROUTES, PublicRoute
from shared.http.routes import Route, Who
from shared.testing.http import token
from shared.testing.servers import Servers
from tests.contracts.asking import Row, ask, assert_problem, path_of, send
from tests.contracts.bad_values import CANARY, PATH_VALUES, Wrong, raw_bodies, wrong_queries, wrongs
from tests.contracts.conftest import own_database
from tests.contracts.good_values import GoodBodies, left_out
from tests.contracts.portal_world import PARTNER_KEY, SERVICES, Portal, bearer, open_portal
from tests.contracts.schema_walk import query_spots, spots

ROWS: list[Row] = [(service.name, route) for service in SERVICES for route in service.routes]
NOT_THERE = (404, 410, 422)  # nothing is there; a link that is over; a number that can be none
WITH_BODY = [row for row in ROWS if row[1].body]


def named(row: Row) -> str:
    """The row as a test's name."""
    return f"{row[0]} {row[1].method} {row[1].path}"


@pytest.fixture(scope="module")
async def portal(run_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Portal]:
    """One portal for the whole table, on a database of its own."""
    journal = tmp_path_factory.mktemp("processor") / "journal.jsonl"
    async with own_database(run_servers) as dsn, open_portal(dsn, journal) as opened:
        yield opened


@pytest.fixture(scope="module")
async def good(portal: Portal) -> GoodBodies:
    """Bodies with ids and cards that are really there."""
    route = next(route for name, route in ROWS if (name, route.path) == ("payments", "/v1/payment-methods"))
    raw = json.dumps({"type": "card", "token": await portal.processor.token()}).encode()
    served, headers = portal.services["payments"], portal.credentials(route)
    saved = await ask(served, "POST", route.path, headers=headers, raw=raw)
    policy_id = str(await portal.operator.fetchval("SELECT policy_id FROM payments.policy"))

    async def method_id() -> str:
        return str(saved.body["method_id"])

    async def policy_ids() -> list[str]:
        return [policy_id]

    known = {"method_id": method_id, "policy_ids": policy_ids}
    return GoodBodies({**known, "NewMethod.token": portal.processor.token, "OneTimeCard.token": portal.processor.token})


@pytest.mark.parametrize("row", ROWS, ids=named)
async def test_only_the_right_credentials_open_a_route(portal: Portal, row: Row) -> None:
    """None, ended, forged and foreign ones are refused before anything else of the request is looked at."""
    service, route = row
    for shown, status in wrong_credentials(route).items():
        for raw in (b"{", b"{}"):
            headers = {"Authorization": bearer(shown)} if shown else {}
            answer = await ask(portal.services[service], route.method, path_of(route, portal), headers=headers, raw=raw)
            assert_problem(answer, (status,), (shown, raw))


def wrong_credentials(route: Route) -> Mapping[str, int]:
    """Tokens that must not open a route, and what each is answered."""
    member, partner = token(member_id=uuid4()), token("partner")
    if route.who is Who.ANYONE:
        return {}
    if route.who is Who.GATEWAY:
        return dict.fromkeys(("", CANARY, member, partner), 404)
    bad = dict.fromkeys(("", CANARY, "a.b.c", token(member_id=uuid4(), lifetime_seconds=-1), member[:-3] + "AAA"), 401)
    if route.who is Who.PARTNER:
        return {**bad, member: 403}
    return {**bad, partner: 403, **({token(): 403} if route.who is Who.MEMBER else {})}


@pytest.mark.parametrize("row", WITH_BODY, ids=named)
async def test_a_wrong_field_is_refused_and_named(portal: Portal, good: GoodBodies, row: Row) -> None:
    """Each field of the body in each wrong way: that field is named, and no row of any schema has changed."""
    before = await portal.contents()
    async for body, wrong in broken(good, row[1]):
        if not wrong.is_refused:
            continue
        answer = await send(portal, row, wrong.put_into(body))
        assert_problem(answer, wrong.statuses, wrong)
        if answer.status not in (400, 413):
            assert answer.pointers == {wrong.pointer}, (str(wrong), answer.body)
    assert await portal.contents() == before


@pytest.mark.parametrize("row", WITH_BODY, ids=named)
async def test_a_body_that_is_no_request_is_refused(portal: Portal, good: GoodBodies, row: Row) -> None:
    """Not JSON, no object, too deep, too large, unknown or empty fields; a field given twice."""
    before = await portal.contents()
    body = await good.make(row[1].body, left_out(row[1].body)[0])  # type: ignore[arg-type] # rows with a body
    for raw, statuses in raw_bodies().items():
        assert_problem(await send(portal, row, raw), statuses, raw[:60])
    compressed = await send(portal, row, b"\x1f\x8b" + b"\x00" * 20, Content_Encoding="gzip")
    assert_problem(compressed, (400,), "bytes that are not compressed")
    for name in (CANARY, "", "a/b~c", "__proto__", "محمد", "x" * 5_000):
        answer = await send(portal, row, json.dumps({**body, name: CANARY}).encode())
        assert_problem(answer, (422,), name)
        assert len(answer.pointers) == 1
    for name in body:
        twice = json.dumps(body)[:-1] + f', "{name}": [["{CANARY}"]]}}'
        answer = await send(portal, row, twice.encode())
        assert_problem(answer, (422,), f"{name} twice")
        assert all(pointer.startswith(f"/{name}") for pointer in answer.pointers), answer.body
    assert await portal.contents() == before


@pytest.mark.parametrize("row", WITH_BODY, ids=named)
async def test_an_unusual_value_does_no_harm(portal: Portal, good: GoodBodies, row: Row) -> None:
    """Other alphabets, far days, limits: taken or refused by name; who hears of what was taken can live with it."""
    for wrong in [wrong async for _, wrong in broken(good, row[1]) if not wrong.is_refused]:
        bodies = [await good.make(row[1].body, without) for without in left_out(row[1].body)]  # type: ignore[arg-type] # rows with a body
        body = next(it for it in bodies if shows(it, wrong))
        before = await portal.contents()
        answer = await send(portal, row, wrong.put_into(body))
        assert answer.status < 500, (str(wrong), answer.body)
        if answer.status >= 400:
            assert_problem(answer, (answer.status,), wrong)
            assert answer.status != 401 or answer.problem in row[1].problems, (str(wrong), answer.body)
            parent = wrong.pointer.rpartition("/")[0]
            if answer.problem == "invalid-fields":
                assert {pointer.rpartition("/")[0] for pointer in answer.pointers} == {parent}, (
                    str(wrong),
                    answer.body,
                )
            assert await portal.contents() == before, str(wrong)
    await portal.settle()


async def broken(good: GoodBodies, route: Route) -> AsyncIterator[tuple[dict[str, Any], Wrong]]:
    """Each body of a route, with each of its fields wrong in each way; every field of the model is in one of them."""
    assert route.body is not None
    seen: set[object] = set()
    for without in left_out(route.body):
        body = await good.make(route.body, without)
        for spot in spots(route.body, body):
            if spot.place not in seen:
                seen.add(spot.place)
                for wrong in wrongs(spot):
                    yield body, wrong
    assert {place[0] for place in seen if isinstance(place, tuple)} == set(route.body.model_json_schema()["properties"])


def shows(body: Any, wrong: Wrong) -> bool:
    """Whether the body has the field that is to be made wrong."""
    for part in wrong.place:
        if isinstance(body, dict) and part not in body:
            return False
        body = body[part]
    return True


@pytest.mark.parametrize("row", [row for row in ROWS if "{" in row[1].path], ids=named)
async def test_an_address_of_nothing_is_refused(portal: Portal, good: GoodBodies, row: Row) -> None:
    """Ids of nobody, garbage, NUL, other alphabets and ways up the tree lead nowhere."""
    before = await portal.contents()
    raw = json.dumps(await good.make(row[1].body)).encode() if row[1].body else None
    query = f"?{needed(row[1])}".rstrip("?&")
    for value in PATH_VALUES:
        answer = await send(portal, row, raw, re.sub(r"\{\w+\}", value, row[1].path) + query)
        assert_problem(answer, NOT_THERE, value[:60])
        assert answer.status == 404 or answer.problem in ("reference-mistyped", "link-expired"), (value, answer.body)
    too_long = await send(portal, row, raw, re.sub(r"\{\w+\}", "a" * 20_000, row[1].path) + query)
    assert_problem(too_long, (400, 404, 410, 414), "20,000 characters")
    assert await portal.contents() == before


@pytest.mark.parametrize("row", [row for row in ROWS if row[1].method == "GET"], ids=named)
async def test_a_wrong_parameter_is_refused_and_named(portal: Portal, row: Row) -> None:
    """Each parameter in each wrong way, doubled, or unknown; and a body where none belongs."""
    before = await portal.contents()
    path = path_of(row[1], portal)
    for query, pointer in queries(row[1]):
        answer = await send(portal, row, None, f"{path}?{query}")
        assert answer.status < 500, (query[:60], answer.body)
        if pointer is not None:
            assert_problem(answer, (422,), query[:60])
            assert {told.replace("?/", "?") for told in answer.pointers} == {pointer}, (query[:60], answer.body)
        elif answer.status >= 400:
            assert_problem(answer, NOT_THERE, query[:60])
    for raw in (b"\xff", b"[" * 10_000, b"a" * 60_000):
        assert (await send(portal, row, raw, f"{path}?{needed(row[1])}")).status in (200, *NOT_THERE)
    assert_problem(await send(portal, row, b"a" * 100_000), (413,), "100,000 bytes")
    assert await portal.contents() == before


def queries(route: Route) -> Iterator[tuple[str, str | None]]:
    """Queries, and the parameter that must be named; None where the query may be let pass."""
    parameters = query_spots(route.query) if route.query else []
    for spot in parameters:
        others = needed(route, but=spot.name)
        for value, is_refused in wrong_queries(spot):
            yield f"{others}{spot.name}={value}", f"?{spot.name}" if is_refused else None
        yield f"{others}{spot.name}=1&{spot.name}=1", f"?{spot.name}"
        if spot.is_required:
            yield others, f"?{spot.name}"
    yield f"{needed(route)}twice=1&twice=2", "?twice"
    yield f"{needed(route)}unknown={CANARY}", "?unknown" if parameters else None
    yield f"{needed(route)}&&&=&=", None
    yield f"{needed(route)}%00=1", None
    yield f"{needed(route)}%ed%a0%80=%ff", None


def needed(route: Route, but: str = "") -> str:
    """The parameters without which a route answers nothing, one aside, each followed by `&`: all are numbers so far."""
    parameters = query_spots(route.query) if route.query else []
    return "".join(f"{it.name}={it.form['minimum']}&" for it in parameters if it.is_required and it.name != but)


@pytest.mark.parametrize("row", [row for row in ROWS if row[1].idempotent], ids=named)
async def test_a_key_that_cannot_be_used_is_refused(portal: Portal, good: GoodBodies, row: Row) -> None:
    """Empty, too long or unprintable Idempotency-Keys stop a request before anything happens."""
    before = await portal.contents()
    body = await good.make(row[1].body, left_out(row[1].body)[0])  # type: ignore[arg-type] # rows with a body
    for key in ("", " ", "a b", "x" * 256, f"{CANARY}é", "كلمة", "a\tb"):
        answer = await send(portal, row, json.dumps(body).encode(), Idempotency_Key=key)
        assert_problem(answer, (400,), key)
        assert answer.problem in ("idempotency-key-missing", "idempotency-key-invalid")
    assert await portal.contents() == before


def public_name(route: PublicRoute) -> str:
    """The row as a test's name."""
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("public", PUBLIC_ROUTES, ids=public_name)
async def test_the_door_passes_refusals_on(portal: Portal, good: GoodBodies, public: PublicRoute) -> None:
    """A sample of the same through the gateway with a real session: the same problems, the same pointers."""
    route = next(it for name, it in ROWS if (name, it.method, it.path) == (public.owner, public.method, public.path))
    headers = {"Idempotency-Key": uuid4().hex}
    if public.who is not Who.ANYONE:
        for shown in ("", CANARY, PARTNER_KEY if public.who is not Who.PARTNER else portal.session):
            foreign = {**headers, **({"Authorization": bearer(shown)} if shown else {})}
            answer = await ask(portal.gateway, public.method, path_of(route, portal), headers=foreign, raw=b"{")
            assert_problem(answer, (401,), shown)
        headers["Authorization"] = bearer(PARTNER_KEY if public.who is Who.PARTNER else portal.session)
    before = await portal.contents()
    for target, raw, statuses in await door_samples(route, good, portal):
        answer = await ask(portal.gateway, public.method, target, headers=headers, raw=raw)
        assert_problem(answer, statuses, (target[:80], (raw or b"")[:80]))
    assert _but_last_use(await portal.contents()) == _but_last_use(before)


async def door_samples(
    route: Route, good: GoodBodies, portal: Portal
) -> list[tuple[str, bytes | None, tuple[int, ...]]]:
    """Address, body and what may be answered: one of each sort."""
    path = path_of(route, portal)
    samples: list[tuple[str, bytes | None, tuple[int, ...]]] = [(f"{path}?a=1&a=2", b"{}", (422,))]
    samples += [(f"{path}/", None, (404,)), (f"{path}/..%2f..", None, (404, 405, 422))]
    samples.append((path, b"a" * 100_000, (422,) if route.streamed else (413,)))
    if "{" in route.path:
        raw = b"{}" if route.body is None else json.dumps(await good.make(route.body)).encode()
        samples += [(re.sub(r"\{\w+\}", value, route.path), raw, NOT_THERE) for value in PATH_VALUES]
    if route.body is not None:
        body = await good.make(route.body, left_out(route.body)[0])
        samples += [(path, raw, (400, 413, 422)) for raw in raw_bodies()]
        samples += [(path, json.dumps({**body, name: [[CANARY]]}).encode(), (422,)) for name in (*body, "unknown")]
    return samples


def _but_last_use(contents: Mapping[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    """Without the sessions' time of last use, which every call moves."""
    return {name: (rows, "" if name == "identity.session" else held) for name, (rows, held) in contents.items()}

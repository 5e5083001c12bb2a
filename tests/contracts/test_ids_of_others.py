"""Every route of the API, asked by one member with the ids of another: answered as if they had never been.

The matrix is made from the tables of routes and from `ownership.py`; a route or an id without its rule fails.
The pages: `test_pages_of_others.py`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from services.gateway.http.receipt import RECEIPT_ROUTE
from services.gateway.http.routes import PUBLIC_ROUTES
from shared.http.routes import Route, Who
from tests.contracts.good_values import GoodBodies, left_out
from tests.contracts.ownership import API
from tests.contracts.portal_world import PARTNER_KEY, SERVICES
from tests.contracts.schema_walk import query_spots, schema_of
from tests.contracts.two_members import Pair, assert_nothing_of_the_other

TABLES: tuple[Route, ...] = (*(route for service in SERVICES for route in service.routes), RECEIPT_ROUTE)
SERVED: Mapping[str, Route] = {f"{route.method} {route.path}": route for route in TABLES}
LISTED = sorted({f"{it.method} {it.path}" for it in PUBLIC_ROUTES} | {f"{RECEIPT_ROUTE.method} {RECEIPT_ROUTE.path}"})
MATRIX = [(row, place) for row, rule in API.items() for place in rule.refused]
AN_ID = re.compile(r"(^|_)(ids?|reference)$")
NAMES_OF_OTHERS = frozenset({"id"})  # an insurer, by its short name
BY_METHOD = ("method", "method_id", "policy_ids", "quote_id")


def ids_named_in(route: Route) -> set[str]:
    """Every place of a route where an id can stand, from its path and its models."""
    found = {f"path.{name}" for name in re.findall(r"\{(\w+)\}", route.path)}
    if route.query is not None:
        found |= {f"query.{spot.name}" for spot in query_spots(route.query) if AN_ID.search(spot.name)}
    if route.body is not None:
        found |= {f"body.{name}" for name in _fields(schema_of(route.body)) if AN_ID.search(name)}
    return found


def _fields(schema: Any) -> Iterator[str]:
    """The names of all fields of a model and of the models in it."""
    for form in (schema, *schema.get("$defs", {}).values()):
        yield from (name for name in form.get("properties", {}) if name not in NAMES_OF_OTHERS)


def test_every_route_has_its_rule() -> None:
    """A new route of the API has to say whose ids may be named in it, and the rule of an old one has to go."""
    assert sorted(API) == LISTED


@pytest.mark.parametrize("row", LISTED)
def test_no_id_is_without_its_rule(row: str) -> None:
    """Each id in the path, query or body is either its owner's alone or open to all for a reason."""
    assert ids_named_in(SERVED[row]) == {*API[row].refused, *API[row].open_to_all}


@pytest.mark.parametrize(("row", "place"), MATRIX)
async def test_an_id_of_another_is_as_one_of_nobody(pair: Pair, row: str, place: str) -> None:
    """404, or an empty list, word for word as for an id that never was; and nothing changes."""
    before = await pair.portal.contents()
    for value, nobodys in zip(pair.values(place, pair.others), pair.values(place, pair.nobodys), strict=True):
        status, content = answered = await _ask(pair, SERVED[row], place, value)
        assert status == API[row].refused[place], answered
        assert content.get("items", []) == []
        assert answered == await _ask(pair, SERVED[row], place, nobodys)
    assert await pair.portal.contents() == before


async def _ask(pair: Pair, route: Route, place: str, value: str) -> tuple[int, dict[str, Any]]:
    """The answer to the first member, or to the first partner, without its request's id."""
    where, _, name = place.partition(".")
    query = {name: value} if where == "query" else {}
    if route.query is not None:
        query |= {spot.name: spot.form["minimum"] for spot in query_spots(route.query) if spot.is_required}
    address = re.sub(r"\{\w+\}", value, route.path) + (f"?{urlencode(query)}" if query else "")
    token = PARTNER_KEY if route.who is Who.PARTNER else pair.portal.session
    body = await _body(pair, route, name if where == "body" else "", value)
    answered = await pair.portal.gateway.call(route.method, address, token=token, body=body, key=uuid4().hex)
    content: dict[str, Any] = answered.body or {}
    return answered.status, {key: it for key, it in content.items() if key != "request_id"}


async def _body(pair: Pair, route: Route, name: str, value: str) -> dict[str, Any] | None:
    """A body that the route takes, with a stranger's id in it."""
    if route.body is None:
        return None
    known = {"method_id": pair.an_id, "policy_ids": pair.some_ids}
    tokens = {"NewMethod.token": pair.portal.processor.token, "OneTimeCard.token": pair.portal.processor.token}
    body = await GoodBodies({**known, **tokens}).make(route.body, left_out(route.body)[0])
    if name:
        body = {key: it for key, it in body.items() if key not in BY_METHOD}
        body[name] = [value] if name == "policy_ids" else value
        if route.idempotent and name != "method_id":
            body["method"] = {"type": "card", "token": await pair.portal.processor.token()}
    return body


OWN_LISTS = [row for row, rule in API.items() if row.startswith("GET") and "{" not in row]


@pytest.mark.parametrize("row", OWN_LISTS)
async def test_what_names_nobody_shows_only_ones_own(pair: Pair, row: str) -> None:
    """Lists and overviews hold nothing of the other member: no id, no name, no plan."""
    answered = await pair.portal.gateway.call("GET", row.split()[1], token=pair.portal.session)
    assert answered.status == 200, answered.body
    assert_nothing_of_the_other(pair, json.dumps(answered.body))


@pytest.mark.parametrize(
    "path",
    ["policies/{policy_id}", "bills/{bill_id}", "cases/{case_id}", "payments/{payment_id}", "payments/{reference}"],
)
async def test_the_owner_does_see_it(pair: Pair, path: str) -> None:
    """The ids of the matrix are real."""
    mine = re.sub(r"\{(\w+)\}", lambda name: pair.others[name[1]], f"/v1/{path}")
    assert (await pair.portal.gateway.call("GET", mine, token=pair.other_session)).status == 200


async def test_a_reference_number_tells_its_finder_no_more_than_its_state(pair: Pair) -> None:
    """What is open to all by design: a state, an amount and a day."""
    answered = await pair.portal.gateway.call("GET", f"/v1/track/{pair.others['reference']}")
    assert answered.status == 200
    assert set(answered.body) == {"reference", "status", "amount_cents", "accepted_on", "scheduled_on"}

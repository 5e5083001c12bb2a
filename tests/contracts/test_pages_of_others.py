"""Every page and form, sent by one member with the ids of another: a page that is not there, or the way back.

The matrix is made from the table of pages and from `ownership.py`. The API: `test_ids_of_others.py`.
"""

import re
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from services.gateway.http.pages.page import LANGUAGE_COOKIE, SESSION_COOKIE
from services.gateway.http.pages.routes import PAGE_ROUTES
from tests.contracts.ownership import PAGES
from tests.contracts.two_members import Pair, assert_nothing_of_the_other
from tests.gateway.pages.browsing import Browser

SHOWN = sorted(f"{route.method} {route.path}" for route in PAGE_ROUTES)
MATRIX = [(row, place) for row, rule in PAGES.items() for place in rule.refused]
OWN = [row for row in PAGES if row.startswith("GET") and "{" not in row]
CHOSEN = {"amount_cents": "1000", "what": "other", "amount": "10.00", "method": "new", "message": "Hello"}
"""What the forms with ids ask for besides them."""

DIFFERS = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f-]{27}|HC-[\w-]+")
"""Ids, reference numbers and keys, which differ from page to page."""


def test_every_page_has_its_rule() -> None:
    """A new page has to say whose ids may be named in it, and the rule of an old one has to go."""
    assert sorted(PAGES) == SHOWN


@pytest.mark.parametrize("row", SHOWN)
def test_no_id_in_an_address_is_without_its_rule(row: str) -> None:
    """As for the API; what a page reads from its query or form is listed by hand."""
    named = {f"path.{name}" for name in re.findall(r"\{(\w+)\}", row)}
    rule = PAGES[row]
    assert named == {place for place in (*rule.refused, *rule.open_to_all) if place.startswith("path.")}


@pytest.mark.parametrize(("row", "place"), MATRIX)
async def test_an_id_of_another_is_as_one_of_nobody(pair: Pair, row: str, place: str) -> None:
    """Status, way and words are those for an id that never was; nothing of the other is shown, nothing changes."""
    before = await pair.portal.contents()
    async with Browser.at(pair.portal.gateway.url) as browser:
        browser.cookies |= {SESSION_COOKIE: pair.portal.session, LANGUAGE_COOKIE: "en"}
        csrf = (await browser.open("/help")).csrf
        [value], [nobodys] = pair.values(place, pair.others), pair.values(place, pair.nobodys)
        status, _, said = seen = await _look(browser, row, place, value, csrf)
        assert status == PAGES[row].refused[place], seen
        assert_nothing_of_the_other(pair, said)
        assert seen == await _look(browser, row, place, nobodys, csrf)
    assert await pair.portal.contents() == before


async def _look(browser: Browser, row: str, place: str, value: str, csrf: str) -> tuple[int, str, str]:
    """Status, where it leads and what it says, without what differs from page to page."""
    method, path = row.split()
    where, _, name = place.partition(".")
    address = re.sub(r"\{\w+\}", value, path)
    given: dict[str, Any] = {name: value} if where != "path" else {}
    if path == "/pay/review":
        given = {"method_id": str(uuid4()), "key": str(uuid4()), **given}
    if row == "POST /pay/method" and name == "method_id":
        given = {"method": value}
    if method == "POST":
        seen = await browser.send(address, follow=False, csrf=csrf, **{**CHOSEN, **given})
    else:
        query = urlencode({"amount_cents": "1000", **given} if path.startswith("/pay/") else given)
        seen = await browser.open(f"{address}?{query}".rstrip("?"), follow=False)
    return seen.status, DIFFERS.sub("…", seen.headers.get("Location", "")), DIFFERS.sub("…", seen.text)


@pytest.mark.parametrize("row", OWN)
async def test_a_page_shows_only_ones_own(pair: Pair, row: str) -> None:
    """Opened as it is, a page holds nothing of the other member."""
    async with Browser.at(pair.portal.gateway.url) as browser:
        browser.cookies[SESSION_COOKIE] = pair.portal.session
        seen = await browser.open(row.split()[1])
    assert seen.status == 200
    assert_nothing_of_the_other(pair, seen.html)

"""Rules for every row of the table of pages, without a browser: reading writes nothing, no form of others works.

A new page is tried as soon as it is listed in `services/gateway/http/pages/routes.py`.
"""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg
import pytest

from services.gateway.http.pages.page import SESSION_COOKIE
from services.gateway.http.pages.routes import PAGE_ROUTES
from tests.e2e.portal import Visitor
from tests.e2e.stack_process import StackProcess

SCHEMAS = ("identity", "payments", "notify")
NOT_WATCHED = ("throttle", "audit_entry", "session", "outbox", "inbox")
"""Counts of failures, the log, and when a session was last used; what is sent out follows from the other tables."""
FORMS = [route.path for route in PAGE_ROUTES if route.method == "POST"]
READING = [route.path for route in PAGE_ROUTES if route.method == "GET"]
FOREIGN: Mapping[str, Mapping[str, str]] = {
    "without a token": {},
    "from another site": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "from another port": {"Origin": "http://localhost:1", "Sec-Fetch-Site": "same-site"},
    "from nowhere": {"Origin": "null"},
}


@dataclass
class Tab:
    """A member's cookies, and what stands for the values in addresses."""

    client: aiohttp.ClientSession
    url: str
    headers: dict[str, str]
    values: dict[str, str]
    operator: asyncpg.Connection

    async def ask(self, method: str, path: str, more: Mapping[str, str], fields: Mapping[str, str]) -> int:
        """Ask for a page; returns its status."""
        address = self.url + re.sub(r"{(\w+)}", lambda found: self.values[found[1]], path)
        headers = {**self.headers, **more}
        data = fields if method == "POST" else None
        async with self.client.request(method, address, headers=headers, data=data, allow_redirects=False) as answer:
            await answer.read()
            return answer.status

    async def contents(self) -> list[Any]:
        """Every table with a hash of all it holds."""
        tables = await self.operator.fetch(
            "SELECT schemaname || '.' || tablename AS name FROM pg_tables "
            " WHERE schemaname = ANY($1) AND tablename <> ALL($2) ORDER BY name",
            SCHEMAS,
            NOT_WATCHED,
        )
        looks = (
            f"SELECT '{row['name']}' AS name, count(*) AS rows, "  # noqa: S608 - names of our own tables
            f"md5(string_agg(it::text, '' ORDER BY it::text)) AS hash FROM {row['name']} AS it"
            for row in tables
        )
        return [tuple(row) for row in await self.operator.fetch(" UNION ALL ".join(looks))]


@pytest.fixture(scope="module")
async def tab(stack: StackProcess) -> AsyncIterator[Tab]:
    """A member with a bill, a card, a payment and a case; everybody else is at rest."""
    told = stack.told()
    async with Visitor(stack) as member, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
        await member.become_member()
        card = await member.save_card()
        paid = await member.done(
            "POST", "/v1/payments", {"amount_cents": 1_000, "method_id": card["method_id"]}, key="rows"
        )
        case = await member.done("POST", "/v1/cases", {"topic": "other", "message": "Hello"})
        [bill] = (await member.done("GET", "/v1/bills"))["items"]
        await member.settle()
        values = {
            "token": "A" * 43,
            "bill_id": bill["bill_id"],
            "reference": paid["reference"],
            "method_id": card["method_id"],
            "case_id": case["case_id"],
        }
        headers = {"Cookie": f"{SESSION_COOKIE}={member.token}", "Accept": "text/html"}
        operator = await asyncpg.connect(told["operator_dsn"])
        yield Tab(client, told["gateway_url"], headers, values, operator)
        await operator.close()


async def test_looking_at_pages_writes_nothing(tab: Tab) -> None:
    """Every page that is only looked at leaves every table as it was."""
    before = await tab.contents()
    for path in READING:
        assert await tab.ask("GET", path, {}, {}) < 500, path
    assert await tab.contents() == before


@pytest.mark.parametrize("how", FOREIGN)
async def test_no_form_of_others_is_taken(tab: Tab, how: str) -> None:
    """Refused before anything is read of it, and nothing is written."""
    before = await tab.contents()
    for path in FORMS:
        assert await tab.ask("POST", path, FOREIGN[how], {"csrf": "of-another"}) == 403, path
    assert await tab.contents() == before


async def test_who_is_not_logged_in_changes_nothing(tab: Tab) -> None:
    """Without a session the pages of members lead to Log In, also by their forms."""
    stranger = Tab(tab.client, tab.url, {"Accept": "text/html"}, tab.values, tab.operator)
    before = await tab.contents()
    for route in PAGE_ROUTES:
        status = await stranger.ask(route.method, route.path, {}, {})
        assert status in ((303,) if route.needs != "nothing" else (200, 303, 403, 410)), route.path
    assert await tab.contents() == before

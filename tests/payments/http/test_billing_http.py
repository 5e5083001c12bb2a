"""Policies, bills and balance over real HTTP and real Postgres: what a member sees, and what a stranger does not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from services.payments.settings import Settings
from services.payments.wiring import SERVICE
from shared.db import Database
from shared.service import Core
from shared.testing.clock import FixedClock
from shared.testing.http import Answered, ServiceUnderTest, base_settings, serving, token
from tests.payments.billing_records import bills_of, hear, hold, pay_in, run_timers
from tests.payments.billing_samples import MEMBER, enrollment, new_york

PATHS = ("/v1/policies", "/v1/bills", "/v1/balance", f"/v1/policies/{uuid4()}", f"/v1/bills/{uuid4()}")


@dataclass(frozen=True, slots=True)
class Portal:
    """The service as a logged-in member reaches it."""

    service: ServiceUnderTest
    db: Database
    clock: FixedClock

    async def get(self, path: str, member_id: UUID = MEMBER) -> Answered:
        """Ask as a member."""
        return await self.service.call("GET", path, token=token(member_id=member_id))

    async def items(self, path: str) -> list[Any]:
        """The items of a list that must be there."""
        answer = await self.get(path)
        assert answer.status == 200
        found: list[Any] = answer.body["items"]
        return found


@pytest.fixture
async def portal(payments_db: Database, clock: FixedClock) -> AsyncIterator[Portal]:
    """payments with its own tables of routes and problems; no processor is called by what is tested here."""
    settings = Settings(
        **base_settings(),
        payments_key=SecretStr("k" * 32),
        processor="sandbox",
        processor_url="http://127.0.0.1:1",
    )
    core = Core(settings, payments_db, clock)
    async with SERVICE.build(core) as parts, serving(SERVICE, parts, settings, payments_db, clock) as service:
        yield Portal(service, payments_db, clock)


async def test_a_member_sees_policies_with_price_insurer_and_coverage(portal: Portal) -> None:
    """One health and one dental policy, each with what it costs and through which day it is paid."""
    await pay_in(portal.db, 20_000)
    await hear(
        portal.db,
        enrollment(subsidy_cents=10_000),
        enrollment(policy_number="D-1", insurer_id="smile", insurer_name="Smile", plan="Dental", kind="dental"),
    )
    health, dental = sorted(await portal.items("/v1/policies"), key=lambda shown: shown["kind"], reverse=True)
    health.pop("policy_id")
    coverage = health.pop("coverage")  # more of it: test_coverage_http.py
    assert (coverage["state"], coverage["paid_through_on"]) == ("paid", "2027-01-31")
    assert health == {
        "policy_number": "P-1001",
        "insurer": {"insurer_id": "acme", "name": "Acme Health", "phone": None, "website": None},
        "plan": "Silver 70",
        "kind": "health",
        "premium_cents": 30_000,
        "subsidy_cents": 10_000,
        "coverage_start_on": "2027-01-01",
        "coverage_end_on": None,
        "coverage_status": "active",
    }
    assert (dental["coverage_status"], dental["coverage"]["state"]) == ("pending_first_payment", "binder_due")
    one = await portal.get(f"/v1/policies/{dental['policy_id']}")
    assert one.body == dental


async def test_a_policy_shows_the_price_of_the_present_month(portal: Portal) -> None:
    """A new premium told for March is shown from March on."""
    march = date(2027, 3, 1)
    await hear(portal.db, enrollment(), enrollment(2, action="change", effective_on=march, premium_cents=33_000))
    assert [shown["premium_cents"] for shown in await portal.items("/v1/policies")] == [30_000]
    portal.clock.move_to(new_york("2027-03-01 00:00"))
    assert [shown["premium_cents"] for shown in await portal.items("/v1/policies")] == [33_000]


async def test_a_bill_is_shown_line_by_line(portal: Portal) -> None:
    """Premium and subsidy in plain words, dates, and what is paid and in flight."""
    await hear(portal.db, enrollment(subsidy_cents=10_000))
    (stored,) = await bills_of(portal.db)
    await hold(portal.db, stored, 5_000)
    (shown,) = await portal.items("/v1/bills")
    assert shown == {
        "bill_id": str(stored.bill_id),
        "policy_id": str(stored.policy_id),
        "policy_number": "P-1001",
        "kind": "premium",
        "coverage_month": "2027-01",
        "issued_on": "2026-12-01",
        "due_on": "2026-12-23",
        "lines": [
            {"kind": "premium", "text": "Monthly premium", "amount_cents": 30_000},
            {"kind": "subsidy", "text": "Premium tax credit paid to your insurer", "amount_cents": -10_000},
        ],
        "total_cents": 20_000,
        "paid_cents": 0,
        "in_flight_cents": 5_000,
        "status": "open",
    }
    assert (await portal.get(f"/v1/bills/{stored.bill_id}")).body == {**shown, "payments": []}


async def test_bills_are_listed_newest_first_in_pages_that_link_to_the_next(portal: Portal) -> None:
    """Two policies, several months, pages of two: each bill once, in order, and the last page says that it is."""
    await hear(portal.db, enrollment(policy_number="P-1"), enrollment(policy_number="P-2"))
    for at in ("2027-01-01 00:00", "2027-02-01 00:00"):
        await run_timers(portal.db, new_york(at))
    seen: list[Any] = []
    path: str | None = "/v1/bills?limit=2"
    while path:
        answer = await portal.get(path)
        seen += answer.body["items"]
        link = answer.headers.get("Link")
        assert (link is None) == (answer.body["next_cursor"] is None)
        path = link.partition(">")[0].removeprefix("<") if link else None
    assert len({shown["bill_id"] for shown in seen}) == len(seen) == 6
    months = [shown["coverage_month"] for shown in seen]
    assert months == ["2027-03", "2027-03", "2027-02", "2027-02", "2027-01", "2027-01"]


async def test_bills_are_filtered_by_status_and_policy(portal: Portal) -> None:
    """Past due of one policy only; the link to the next page keeps the filters."""
    await hear(portal.db, enrollment(policy_number="P-1"), enrollment(policy_number="P-2"))
    for at in ("2026-12-24 00:00", "2027-01-01 00:00", "2027-01-26 00:00"):
        await run_timers(portal.db, new_york(at))
    bill = (await bills_of(portal.db))[0]
    path = f"/v1/bills?status=past_due&policy_id={bill.policy_id}&limit=1"
    answer = await portal.get(path)
    assert [(shown["policy_number"], shown["status"]) for shown in answer.body["items"]] == [("P-1", "past_due")]
    assert "status=past_due" in answer.headers["Link"]
    assert str(bill.policy_id) in answer.headers["Link"]
    assert await portal.items("/v1/bills?status=paid") == []
    assert await portal.items(f"/v1/bills?policy_id={uuid4()}") == []


async def test_the_balance_says_what_is_due_by_when_and_what_is_under_way(portal: Portal) -> None:
    """December's unpaid bill is past due, a part of January's is in flight, over all and for each policy."""
    await hear(portal.db, enrollment(), enrollment(policy_number="P-2", kind="dental", premium_cents=5_000))
    await run_timers(portal.db, new_york("2027-01-01 00:00"))
    health, dental = (await bills_of(portal.db))[-2:]
    assert (health.policy_number, dental.policy_number) == ("P-1001", "P-2")
    await hold(portal.db, health, 12_000)
    answer = await portal.get("/v1/balance")
    assert answer.status == 200
    assert {name: value for name, value in answer.body.items() if name != "policies"} == {
        "due_now_cents": 58_000,
        "due_on": "2026-12-23",
        "past_due_cents": 35_000,
        "in_flight_cents": 12_000,
        "credit_cents": 0,
        "scheduled_cents": 0,
        "next_scheduled_on": None,
        "largest_cents": 58_000 + 12 * 35_000,
    }
    assert answer.body["policies"] == [
        {
            "policy_id": str(health.policy_id),
            "policy_number": "P-1001",
            "plan": "Silver 70",
            "kind": "health",
            "due_now_cents": 48_000,
            "due_on": "2026-12-23",
            "past_due_cents": 30_000,
            "in_flight_cents": 12_000,
        },
        {
            "policy_id": str(dental.policy_id),
            "policy_number": "P-2",
            "plan": "Silver 70",
            "kind": "dental",
            "due_now_cents": 10_000,
            "due_on": "2026-12-23",
            "past_due_cents": 5_000,
            "in_flight_cents": 0,
        },
    ]


async def test_whoever_owes_nothing_sees_zeros_and_their_credit(portal: Portal) -> None:
    """A member without policies, and one who has paid ahead."""
    await pay_in(portal.db, 4_200)
    answer = await portal.get("/v1/balance")
    zeros = dict.fromkeys(("due_now_cents", "past_due_cents", "in_flight_cents", "scheduled_cents", "largest_cents"), 0)
    days = dict.fromkeys(("due_on", "next_scheduled_on"))
    assert answer.body == {**zeros, **days, "credit_cents": 4_200, "policies": []}
    assert (await portal.get("/v1/policies")).body == {"items": [], "next_cursor": None}
    assert (await portal.get("/v1/bills")).body == {"items": [], "next_cursor": None}


async def test_a_strangers_policies_bills_and_balance_stay_unseen(portal: Portal) -> None:
    """Member B gets the same 404 for A's ids as for ids that never were, and finds nothing of A in any list."""
    await hear(portal.db, enrollment())
    (bill,) = await bills_of(portal.db)
    stranger = uuid4()
    for path in (f"/v1/policies/{bill.policy_id}", f"/v1/bills/{bill.bill_id}"):
        theirs = await portal.get(path, stranger)
        unknown = await portal.get(f"{path.rpartition('/')[0]}/{uuid4()}", stranger)
        assert (theirs.status, theirs.problem) == (404, "not-found")
        for answer in (theirs, unknown):
            answer.body.pop("request_id")
        assert theirs.body == unknown.body
    for path in ("/v1/policies", "/v1/bills", f"/v1/bills?policy_id={bill.policy_id}"):
        assert (await portal.get(path, stranger)).body["items"] == []
    assert (await portal.get("/v1/balance", stranger)).body["policies"] == []


NO_IDS = ("x", "00000000-0000-0000-0000-00000000000", "%00", "1%27%20OR%20%271%27=%271", "é" * 50)
WRONG_QUERIES = (
    ("status=void", "?status"),
    ("status=", "?status"),
    ("status=PAID", "?status"),
    ("status=%00", "?status"),
    ("policy_id=1", "?policy_id"),
    ("policy_id=%F0%9F%92%B8", "?policy_id"),
    ("limit=0", "?limit"),
    ("limit=101", "?limit"),
    ("limit=-1", "?limit"),
    ("limit=1.5", "?limit"),
    ("limit=ten", "?limit"),
    (f"limit={10**30}", "?limit"),
    ("cursor=", "?cursor"),
    ("cursor=x", "?cursor"),
    ("cursor=%C3%A9", "?cursor"),
    ("cursor=MjAyNy0wMS0wMQ==", "?cursor"),
    ("cursor=MjAyNy0xMy00NS9uby1pZA==", "?cursor"),
    ("cursor=" + "A" * 4000, "?cursor"),
    ("from=2027-01-01", "?from"),
    ("limit=1&limit=2", "?limit"),
)


async def test_what_is_no_id_is_not_found(portal: Portal) -> None:
    """Nonsense in the address is a 404 in plain words, never a failure."""
    for noun in ("policies", "bills"):
        for value in NO_IDS:
            answer = await portal.get(f"/v1/{noun}/{value}")
            assert (answer.status, answer.problem) == (404, "not-found"), value


async def test_each_wrong_value_of_the_query_is_named(portal: Portal) -> None:
    """A filter that can not be meant is refused with its name, not ignored and not a failure."""
    for query, pointer in WRONG_QUERIES:
        answer = await portal.get(f"/v1/bills?{query}")
        assert (answer.status, answer.problem) == (422, "invalid-fields"), query
        assert answer.pointers == {pointer}, query


async def test_nothing_is_shown_without_a_verified_member(portal: Portal) -> None:
    """Without a token or with one that has run out 401; an account that is not verified, and a partner, 403."""
    for path in PATHS:
        unverified = await portal.service.call("GET", path, token=token())
        assert (unverified.status, unverified.problem) == (403, "not-verified")
        assert (await portal.service.call("GET", path, token=token("partner"))).status == 403
        for nobody in (None, "x.y.z", token(member_id=MEMBER, lifetime_seconds=-5)):
            assert (await portal.service.call("GET", path, token=nobody)).status == 401


async def test_nothing_is_written_through_these_addresses(portal: Portal) -> None:
    """Bills and policies come from the marketplace only."""
    for path in PATHS:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await portal.service.call(method, path, token=token(member_id=MEMBER), body={})
            assert answer.status == 405

"""What a member is told of coverage over HTTP, what a payment would change, and that it then does."""

from typing import Any
from uuid import uuid4

import pytest

from tests.payments.billing_samples import new_york
from tests.payments.paying_world import DECLINED, SLOW, Member, World

GRACE = {"would_end_on": "2027-02-28", "grace_ends_on": "2027-04-23"}


async def coverage(world: World) -> dict[str, Any]:
    """The coverage of the member's only policy; in the list as by itself."""
    (listed,) = (await world.get("/v1/policies"))["items"]
    assert await world.get(f"/v1/policies/{listed['policy_id']}") == listed
    told: dict[str, Any] = listed["coverage"]
    return told


def asked(state: str, pay_by_on: str, amount_cents: int, if_not_paid: str, **more: str | None) -> dict[str, Any]:
    """Coverage with something to pay."""
    told = {"state": state, "pay_by_on": pay_by_on, "amount_to_keep_cents": amount_cents, "if_not_paid": if_not_paid}
    return {"paid_through_on": None, "would_end_on": None, "grace_ends_on": None, **told, **more}


def settled(state: str, paid_through_on: str | None) -> dict[str, Any]:
    """Coverage with nothing to pay."""
    told = {"pay_by_on": None, "amount_to_keep_cents": 0, "if_not_paid": "none"}
    return {"state": state, "paid_through_on": paid_through_on, "would_end_on": None, "grace_ends_on": None, **told}


async def move_to(world: World, instant: str) -> None:
    """Let business time pass until then, with the timers at work."""
    await world.move_clock(seconds=(new_york(instant) - world.clock.now()).total_seconds())


async def test_the_clock_goes_from_the_first_bill_through_grace_to_all_paid(world: World) -> None:
    """First payment due, paid, February due, past due with three months of grace, more owed, and paid again."""
    await world.enroll(subsidy_cents=10_000)
    assert await coverage(world) == asked("binder_due", "2026-12-23", 20_000, "never_begins")
    await world.pay(20_000)
    assert await coverage(world) == settled("paid", "2027-01-31")
    paid = {"paid_through_on": "2027-01-31"}
    await move_to(world, "2027-01-25 23:59")
    assert await coverage(world) == asked("due", "2027-01-25", 20_000, "becomes_past_due", **paid)
    await move_to(world, "2027-01-26 00:00")
    assert await coverage(world) == asked("past_due", "2027-02-23", 40_000, "grace_goes_on", **paid, **GRACE)
    await move_to(world, "2027-02-24 12:00")
    await world.pay(20_000)
    paid = {"paid_through_on": "2027-02-28"}
    assert await coverage(world) == asked("past_due", "2027-03-23", 40_000, "grace_goes_on", **paid, **GRACE)
    await move_to(world, "2027-03-24 12:00")
    assert await coverage(world) == asked("past_due", "2027-04-23", 60_000, "ends_on", **paid, **GRACE)
    await world.pay(60_000)
    assert await coverage(world) == settled("paid", "2027-04-30")
    await move_to(world, "2027-04-01 00:00")  # the month that was not billed yet is paid from the credit
    assert await coverage(world) == settled("paid", "2027-05-31")


async def test_without_a_subsidy_the_day_after_the_deadline_is_the_insurers(world: World) -> None:
    """Past due until the next due day; after it the insurer may end coverage, and the portal has not."""
    policy_id = await world.enroll()
    await world.pay(30_000)
    paid = {"paid_through_on": "2027-01-31", "would_end_on": "2027-01-31"}
    await move_to(world, "2027-02-23 12:00")
    assert await coverage(world) == asked("past_due", "2027-02-23", 30_000, "ends_on", **paid)
    await move_to(world, "2027-02-24 12:00")
    assert await coverage(world) == asked("after_deadline", "2027-02-23", 60_000, "ends_on", **paid)
    assert (await world.get(f"/v1/policies/{policy_id}"))["coverage_status"] == "active"


async def test_a_payment_without_an_answer_is_received_and_settling(world: World) -> None:
    """While the processor is silent nothing is asked for; the bill says which payment it is waiting for."""
    await world.enroll()
    paid = await world.pay(30_000, await world.save_card(SLOW))
    assert await coverage(world) == settled("in_flight", None)
    (bill,) = (await world.get("/v1/bills"))["items"]
    assert (await world.get(f"/v1/bills/{bill['bill_id']}"))["payments"] == [
        {
            "reference": paid.body["reference"],
            "status": "processing",
            "amount_cents": 30_000,
            "accepted_at": paid.body["accepted_at"],
        }
    ]


async def test_a_bill_names_every_payment_that_paid_it_newest_first(world: World) -> None:
    """Two payments and the credit of the second one; a declined one paid nothing. The list of bills stays short."""
    await world.enroll()
    first = await world.pay(10_000)
    await world.pay(20_000, await world.save_card(DECLINED))
    await world.move_clock(days=1)
    second = await world.pay(35_000)
    await move_to(world, "2027-01-01 00:00")
    february, january = (await world.get("/v1/bills"))["items"]
    assert "payments" not in january
    shown = (await world.get(f"/v1/bills/{january['bill_id']}"))["payments"]
    paid = [(second.body["reference"], 20_000), (first.body["reference"], 10_000)]
    assert [(it["reference"], it["amount_cents"]) for it in shown] == paid
    (credit,) = (await world.get(f"/v1/bills/{february['bill_id']}"))["payments"]
    assert (credit["reference"], credit["amount_cents"]) == (second.body["reference"], 15_000)


@pytest.mark.parametrize("amount_cents", [1, 19_999, 20_000, 38_999, 39_000, 40_000, 60_000])
async def test_what_if_tells_what_the_payment_then_does(world: World, amount_cents: int) -> None:
    """Two months owed in grace: for each amount the answer is what stands after it was paid, and nothing is taken."""
    policy_id = await world.enroll(subsidy_cents=10_000)
    await world.pay(20_000)
    await move_to(world, "2027-02-01 12:00")
    before = await world.value("SELECT count(*) FROM payment")
    told = await world.get(f"/v1/policies/{policy_id}/what-if?amount_cents={amount_cents}")
    assert await world.value("SELECT count(*) FROM payment") == before
    paid = await world.pay(amount_cents)
    assert told == {
        "coverage": await coverage(world),
        "allocations": paid.body["allocations"],
        "credit_cents": paid.body["credit_cents"],
    }


async def test_what_if_is_answered_for_the_member_only_and_within_what_can_be_paid(world: World) -> None:
    """A stranger's policy is not found; an amount that could not be paid is refused, by the parameter's name."""
    policy_id = await world.enroll()
    path = f"/v1/policies/{policy_id}/what-if"
    assert (await world.call("GET", f"{path}?amount_cents=100", member=Member())).status == 404
    assert (await world.call("GET", f"/v1/policies/{uuid4()}/what-if?amount_cents=100")).status == 404
    largest_cents = 13 * 30_000
    assert (await world.get(f"{path}?amount_cents={largest_cents}"))["credit_cents"] == 12 * 30_000
    refused = await world.call("GET", f"{path}?amount_cents={largest_cents + 1}")
    assert (refused.status, refused.problem, refused.pointers) == (422, "amount-above-limit", {"?amount_cents"})
    assert refused.body["largest_cents"] == largest_cents
    for query in ("", "?amount_cents=", "?amount_cents=0", "?amount_cents=1.5", "?amount_cents=-1"):
        refused = await world.call("GET", path + query)
        assert (refused.status, refused.problem, refused.pointers) == (422, "invalid-fields", {"?amount_cents"}), query


async def test_a_preview_shows_coverage_after_it_for_each_policy_it_is_for(world: World) -> None:
    """$300 for two policies of $300: the older bill's is covered; one unpaid never ends the other."""
    health = await world.enroll(policy_number="A-1")
    dental = await world.enroll(policy_number="B-2", kind="dental")
    answer = await world.call("POST", "/v1/payments/preview", body={"amount_cents": 30_000})
    told = [{"policy_id": str(health), "policy_number": "A-1", **settled("paid", "2027-01-31")}]
    unpaid = asked("binder_due", "2026-12-23", 30_000, "never_begins")
    assert answer.body["coverage_after"] == [*told, {"policy_id": str(dental), "policy_number": "B-2", **unpaid}]
    body = {"amount_cents": 30_000, "policy_ids": [str(dental)]}
    (only,) = (await world.call("POST", "/v1/payments/preview", body=body)).body["coverage_after"]
    assert (only["policy_number"], only["state"]) == ("B-2", "paid")


async def test_a_preview_for_a_later_day_shows_coverage_on_that_day(world: World) -> None:
    """A part paid on the due day: what is missing is to be paid on that very day."""
    await world.enroll()
    body = {"amount_cents": 10_000, "pay_on": "2026-12-23"}
    answer = await world.call("POST", "/v1/payments/preview", body=body)
    (after,) = answer.body["coverage_after"]
    assert (after["state"], after["pay_by_on"], after["amount_to_keep_cents"]) == ("binder_due", "2026-12-23", 20_000)

"""What a member sees of payments on a later day over HTTP: preview, schedule, cancel, history, track and balance."""

from typing import Any
from uuid import uuid4

import orjson
import pytest

from tests.payments.billing_samples import new_york
from tests.payments.paying_world import Member, World

DAY = "2026-12-10"
CUT_OFF = "2026-12-10T01:00:00Z"


async def scheduled(world: World, amount_cents: int = 30_000, pay_on: str = DAY, **more: str) -> Any:
    """Schedule a payment that must be taken; as it was answered."""
    answer = await world.pay(amount_cents, pay_on=pay_on, **more)
    assert (answer.status, answer.body["status"]) == (201, "scheduled"), answer.body
    return answer.body


async def test_a_payment_is_agreed_for_a_later_day(world: World) -> None:
    """It has its reference, its day and its cut-off at once; no bill is in flight and nothing was charged."""
    await world.enroll()
    made = await scheduled(world)
    assert (made["scheduled_on"], made["cancel_until"]) == (DAY, CUT_OFF)
    assert (made["amount_rule"], made["agreed_cents"], made["cancel_reason"]) == ("owed", 30_000, None)
    assert made["allocations"][0]["amount_cents"] == 30_000
    assert await world.rows("SELECT status, in_flight_cents FROM bill") == [("open", 0)]
    assert await world.charges_of(made["payment_id"]) == []
    assert await world.told("payment.") == ["payment.scheduled.v1"]
    shown = await world.get(f"/v1/payments/{made['reference']}")
    assert [moment["status"] for moment in shown.pop("timeline")] == ["scheduled"]
    assert shown == made


async def test_today_as_day_is_a_payment_now(world: World) -> None:
    """Who picks today in the form has paid today, with no schedule to be seen."""
    await world.enroll()
    paid = (await world.pay(30_000, pay_on="2026-12-01")).body
    assert (paid["status"], paid["scheduled_on"], paid["amount_rule"], paid["cancel_until"]) == (
        "succeeded",
        None,
        None,
        None,
    )


async def test_the_day_is_that_of_new_york(world: World) -> None:
    """At 23:30 in New York it is the next day in UTC: that day is still a later one."""
    world.clock.move_to(new_york("2026-12-01 23:30"))
    await world.enroll()
    await scheduled(world, pay_on="2026-12-02")


async def test_the_preview_offers_the_days_and_keeps_nothing(world: World) -> None:
    """It says the last day, when the payment counts, until when it can be canceled, and what is scheduled already."""
    await world.enroll()
    body = {"amount_cents": 30_000}
    now = (await world.call("POST", "/v1/payments/preview", body=body)).body
    assert (now["counts_on"], now["latest_pay_on"], now["cancel_until"]) == ("2026-12-01", "2026-12-23", None)
    assert now["already_scheduled_cents"] == 0
    later = (await world.call("POST", "/v1/payments/preview", body={**body, "pay_on": DAY})).body
    assert (later["counts_on"], later["latest_pay_on"], later["cancel_until"]) == (DAY, "2026-12-23", CUT_OFF)
    assert later["allocations"] == now["allocations"]
    assert await world.value("SELECT count(*) FROM payment") == 0

    await scheduled(world, quote_id=later["quote_id"])
    again = (await world.call("POST", "/v1/payments/preview", body={**body, "pay_on": DAY})).body
    assert again["already_scheduled_cents"] == 30_000
    assert again["allocations"] == now["allocations"]


async def test_what_is_scheduled_already_is_told_for_the_chosen_policies(world: World) -> None:
    """A payment that waits for the dental bill is not counted beside the health bill."""
    health, dental = await world.enroll(), await world.enroll(kind="dental", premium_cents=4_000)
    answer = await world.pay(4_000, pay_on=DAY, policy_ids=[str(dental)])
    assert answer.body["status"] == "scheduled"
    for chosen, cents in (([str(dental)], 4_000), ([str(health)], 0), (None, 4_000)):
        preview = await world.call("POST", "/v1/payments/preview", body={"amount_cents": 100, "policy_ids": chosen})
        assert preview.body["already_scheduled_cents"] == cents
    listed = (await world.get(f"/v1/payments?policy_id={dental}"))["items"]
    assert [item["payment_id"] for item in listed] == [answer.body["payment_id"]]
    assert (await world.get(f"/v1/payments?policy_id={health}"))["items"] == []


@pytest.mark.parametrize("day", ["2026-11-30", "2026-12-24", "0001-01-01", "9999-12-31"])
async def test_a_day_that_is_not_offered_is_refused_with_the_last_one(world: World, day: str) -> None:
    """Too early or too late: the field is named, the words say the last day, and nothing is taken down."""
    await world.enroll()
    method_id = await world.save_card()
    body = {"amount_cents": 30_000, "pay_on": day}
    for answer in (
        await world.call("POST", "/v1/payments/preview", body=body),
        await world.pay(30_000, method_id, pay_on=day),
    ):
        assert (answer.status, answer.problem, answer.pointers) == (422, "pay-on-not-allowed", {"/pay_on"})
        assert "December 23, 2026" in answer.body["errors"][0]["message"]
        assert answer.body["latest_pay_on"] == "2026-12-23"
    assert await world.value("SELECT count(*) FROM payment") == 0


async def test_with_nothing_due_there_is_nothing_to_schedule(world: World) -> None:
    """A paid-up member may pay ahead today; a later day is refused in words that say so."""
    await world.enroll()
    await world.pay(30_000)
    preview = await world.call("POST", "/v1/payments/preview", body={"amount_cents": 30_000})
    assert preview.body["latest_pay_on"] is None
    answer = await world.pay(30_000, pay_on=DAY)
    assert (answer.status, answer.problem, answer.body["latest_pay_on"]) == (422, "pay-on-not-allowed", None)
    assert "only be paid today" in answer.body["detail"]


async def test_what_is_past_due_is_paid_today(world: World) -> None:
    """When the due day has passed and no other bill is to come, putting it off is not offered."""
    await world.enroll()
    await world.move_clock(days=24)
    preview = await world.call("POST", "/v1/payments/preview", body={"amount_cents": 30_000})
    assert (preview.body["latest_pay_on"], preview.body["counts_on"]) == (None, "2026-12-25")
    answer = await world.pay(30_000, pay_on="2026-12-26")
    assert (answer.status, answer.problem) == (422, "pay-on-not-allowed")


async def test_a_card_for_once_cannot_wait(world: World) -> None:
    """A card that is not kept is charged today; for a later day the member is told to save it."""
    await world.enroll()
    method = {"type": "card", "token": await world.sandbox.token()}
    answer = await world.pay(30_000, method=method, pay_on=DAY)
    assert (answer.status, answer.pointers) == (422, {"/method"})
    assert "save the card" in answer.body["errors"][0]["message"]
    assert await world.value("SELECT count(*) FROM payment") == 0


async def test_limits_and_stale_quotes_hold_for_a_later_day_too(world: World) -> None:
    """Above balance and twelve premiums, or after the balance has changed, nothing is scheduled."""
    await world.enroll()
    method_id = await world.save_card()
    above = await world.pay(30_000 * 13 + 1, method_id, pay_on=DAY)
    assert (above.status, above.problem) == (422, "amount-above-limit")
    quote_id = (await world.call("POST", "/v1/payments/preview", body={"amount_cents": 30_000})).body["quote_id"]
    waiting = await scheduled(world, 1_000)
    await world.pay(10_000, method_id)
    stale = await world.pay(30_000, method_id, pay_on=DAY, quote_id=quote_id)
    assert (stale.status, stale.problem) == (409, "quote-stale")
    assert (stale.body["preview"]["counts_on"], stale.body["preview"]["already_scheduled_cents"]) == (DAY, 1_000)
    assert await world.rows("SELECT reference FROM payment WHERE status = 'scheduled'") == [(waiting["reference"],)]


async def test_the_same_key_schedules_once(world: World) -> None:
    """A double click makes one payment; another day under the same key is refused; on the day itself it is shown."""
    await world.enroll()
    method_id, key = await world.save_card(), uuid4().hex
    first = await world.pay(30_000, method_id, key=key, pay_on=DAY)
    assert (await world.pay(30_000, method_id, key=key, pay_on=DAY)).body == first.body
    other = await world.pay(30_000, method_id, key=key, pay_on="2026-12-11")
    assert (other.status, other.problem) == (422, "idempotency-key-reused")
    await world.move_clock(days=9)
    shown = await world.pay(30_000, method_id, key=key, pay_on=DAY)
    assert (shown.status, shown.body["payment_id"], shown.body["status"]) == (
        201,
        first.body["payment_id"],
        "succeeded",
    )
    assert len(await world.charges_of(first.body["payment_id"])) == 1


async def test_a_scheduled_payment_is_canceled(world: World) -> None:
    """By id or reference; asked again it answers the same; it is told once, and no charge is ever made."""
    await world.enroll()
    made = await scheduled(world)
    canceled = await world.call("POST", f"/v1/payments/{made['payment_id']}/cancel")
    assert (canceled.status, canceled.body["status"], canceled.body["cancel_reason"]) == (200, "canceled", "member")
    assert (canceled.body["cancel_until"], canceled.body["scheduled_on"]) == (None, DAY)
    assert (canceled.body["allocations"], canceled.body["credit_cents"]) == ([], 0)
    again = await world.call("POST", f"/v1/payments/{made['reference'].lower()}/cancel", body={})
    assert (again.status, again.body) == (200, canceled.body)
    assert await world.told("payment.") == ["payment.scheduled.v1", "payment.canceled.v1"]
    told = orjson.loads(await world.value("SELECT body FROM outbox WHERE type = 'payment.canceled.v1'"))
    assert (told["cancel_reason"], told["status"], told["scheduled_on"]) == ("member", "canceled", DAY)
    await world.move_clock(days=10)
    assert await world.status_of(made["payment_id"]) == "canceled"
    assert await world.charges_of(made["payment_id"]) == []


async def test_after_the_cut_off_it_is_too_late(world: World) -> None:
    """At 19:59 the evening before it can be canceled, at 20:00 it cannot and shows no cut-off; the words say why."""
    await world.enroll()
    early, late = await scheduled(world, 100), await scheduled(world)
    world.clock.move_to(new_york("2026-12-09 19:59"))
    assert (await world.call("POST", f"/v1/payments/{early['reference']}/cancel")).status == 200
    world.clock.move_to(new_york("2026-12-09 20:00"))
    answer = await world.call("POST", f"/v1/payments/{late['reference']}/cancel")
    assert (answer.status, answer.problem) == (409, "too-late-to-cancel")
    assert "8 p.m. New York time on December 9, 2026" in answer.body["detail"]
    assert "remove the card" in answer.body["detail"]
    assert await world.status_of(late["payment_id"]) == "scheduled"
    assert (await world.get(f"/v1/payments/{late['reference']}"))["cancel_until"] is None
    assert [it["cancel_until"] for it in (await world.get("/v1/payments"))["items"]] == [None, None]
    assert (await world.call("POST", f"/v1/payments/{early['reference']}/cancel")).status == 200

    await world.move_clock(hours=11)
    made = await world.call("POST", f"/v1/payments/{late['reference']}/cancel")
    assert (made.status, made.problem) == (409, "too-late-to-cancel")
    assert "contact support" in made.body["detail"]


async def test_what_is_scheduled_after_the_cut_off_offers_no_canceling(world: World) -> None:
    """At 9 p.m. for the next day: the answer and the preview before it say that it cannot be canceled."""
    world.clock.move_to(new_york("2026-12-09 21:00"))
    await world.enroll()
    body = {"amount_cents": 30_000, "pay_on": DAY}
    assert (await world.call("POST", "/v1/payments/preview", body=body)).body["cancel_until"] is None
    assert (await scheduled(world))["cancel_until"] is None


async def test_a_payment_made_at_once_is_not_canceled(world: World) -> None:
    """It was charged when it was made: the answer says so and changes nothing."""
    await world.enroll()
    paid = (await world.pay(30_000)).body
    answer = await world.call("POST", f"/v1/payments/{paid['reference']}/cancel")
    assert (answer.status, answer.problem) == (409, "not-cancelable")
    assert await world.status_of(paid["payment_id"]) == "succeeded"


async def test_another_members_payment_is_not_there_to_cancel(world: World) -> None:
    """A stranger gets the same 404 for it as for what never was; the payment waits on."""
    await world.enroll()
    made = await scheduled(world)
    for wanted in (made["payment_id"], made["reference"], str(uuid4()), "HC-0000-0000-0"):
        answer = await world.call("POST", f"/v1/payments/{wanted}/cancel", member=Member())
        assert (answer.status, answer.problem) == (404, "not-found")
    mistyped = await world.call("POST", "/v1/payments/HC-0000-0000-1/cancel")
    assert (mistyped.status, mistyped.problem) == (422, "reference-mistyped")
    assert await world.status_of(made["payment_id"]) == "scheduled"


async def test_history_track_and_balance_show_what_is_scheduled(world: World) -> None:
    """Filtered by its status, tracked with its day, and said beside what is due, which stays due."""
    await world.enroll()
    await scheduled(world, 10_000, "2026-12-15")
    made, gone = await scheduled(world), await scheduled(world, 500)
    await world.call("POST", f"/v1/payments/{gone['reference']}/cancel")

    found = (await world.get("/v1/payments?status=scheduled"))["items"]
    assert {item["amount_cents"] for item in found} == {10_000, 30_000}
    assert [item["reference"] for item in (await world.get("/v1/payments?status=canceled"))["items"]] == [
        gone["reference"]
    ]
    tracked = (await world.api.call("GET", f"/v1/track/{made['reference']}")).body
    assert tracked == {
        "reference": made["reference"],
        "status": "scheduled",
        "amount_cents": 30_000,
        "accepted_on": "2026-12-01",
        "scheduled_on": DAY,
    }
    balance = await world.get("/v1/balance")
    assert (balance["scheduled_cents"], balance["next_scheduled_on"]) == (40_000, DAY)
    assert (balance["due_now_cents"], balance["in_flight_cents"]) == (30_000, 0)

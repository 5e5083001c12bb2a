"""From a click to a settled payment: what is taken down, charged, posted and told."""

import asyncio
import re
from uuid import uuid4

from structlog.testing import capture_logs

from services.payments.domain.charge import Declined
from services.payments.domain.decline import NOT_CHARGED
from tests.payments.paying_world import DECLINED, VISA, World


async def test_a_payment_pays_the_bill(world: World) -> None:
    """The member pays January: the bill is paid, coverage is active, everybody is told, the ledger agrees."""
    policy_id = await world.enroll()
    answer = await world.pay(30_000)

    assert answer.status == 201
    assert (answer.body["status"], answer.body["decline"]) == ("succeeded", None)
    assert answer.body["allocations"][0]["coverage_month"] == "2027-01"
    assert answer.body["statement_text"].endswith(answer.body["reference"].replace("-", ""))
    assert await world.rows("SELECT status, paid_cents, in_flight_cents FROM bill") == [("paid", 30_000, 0)]
    assert await world.rows("SELECT policy_id, status FROM policy") == [(policy_id, "active")]
    assert await world.told("payment.", "bill.paid", "policy.coverage") == [
        "payment.accepted.v1",
        "bill.paid.v1",
        "policy.coverage_changed.v1",
        "payment.succeeded.v1",
    ]
    [charge] = await world.charges_of(answer.body["payment_id"])
    assert (charge["amount_cents"], charge["reference"]) == (30_000, answer.body["reference"])


async def test_a_declined_payment_leaves_everything_as_it_was(world: World) -> None:
    """A declined card is a payment with that status and words that help; the bill is owed as before."""
    await world.enroll()
    answer = await world.pay(31_000, await world.save_card(DECLINED))
    assert (answer.status, answer.body["status"]) == (201, "declined")
    assert answer.body["decline"]["code"] == "card_declined"
    assert "another card" in answer.body["decline"]["text"]
    assert await world.rows("SELECT status, paid_cents, in_flight_cents FROM bill") == [("open", 0, 0)]
    assert await world.told("payment.", "bill.paid") == ["payment.accepted.v1", "payment.declined.v1"]


async def test_the_same_key_fifty_times_at_once_charges_once(world: World) -> None:
    """Fifty clicks that arrive together are one payment, one reference and one charge."""
    await world.enroll()
    method_id, key = await world.save_card(), uuid4().hex
    answers = await asyncio.gather(*(world.pay(30_000, method_id, key=key) for _ in range(50)))
    assert {answer.status for answer in answers} == {201}
    assert {answer.body["status"] for answer in answers} == {"succeeded"}
    assert len({answer.body["reference"] for answer in answers}) == 1
    assert len(await world.charges_of(answers[0].body["payment_id"])) == 1
    assert await world.value("SELECT count(*) FROM payment") == 1


async def test_the_same_key_with_a_one_time_card_charges_once(world: World) -> None:
    """A card for this once, its token sent again and again, is still one payment and no saved method."""
    await world.enroll()
    method, key = {"type": "card", "token": await world.sandbox.token()}, uuid4().hex
    answers = await asyncio.gather(*(world.pay(30_000, key=key, method=method) for _ in range(5)))
    assert {(answer.status, answer.body["payment_id"]) for answer in answers} == {(201, answers[0].body["payment_id"])}
    assert answers[0].body["method"] == {"type": "card", "method_id": None, "brand": "visa", "last4": "4242"}
    assert (await world.get("/v1/payment-methods"))["items"] == []


async def test_a_replay_shows_the_payment_as_it_is_now(world: World) -> None:
    """Whoever sends a key again after a day sees the payment of that time, not a new one."""
    await world.enroll()
    method_id, key = await world.save_card(), uuid4().hex
    first = await world.pay(30_000, method_id, key=key)
    await world.move_clock(days=1)
    again = await world.pay(30_000, method_id, key=key)
    assert again.body == first.body


async def test_a_key_is_not_for_another_payment(world: World) -> None:
    """The same key with another amount is refused and takes nothing."""
    await world.enroll()
    method_id, key = await world.save_card(), uuid4().hex
    await world.pay(20_000, method_id, key=key)
    answer = await world.pay(10_000, method_id, key=key)
    assert (answer.status, answer.problem) == (422, "idempotency-key-reused")
    assert await world.value("SELECT count(*) FROM payment") == 1


async def test_the_oldest_month_is_paid_first_and_the_rest_is_credit(world: World) -> None:
    """$700 for two months of $300 pays both and leaves $100, which pays part of the next bill when it is issued."""
    await world.enroll()
    await world.move_clock(days=32)
    assert await world.value("SELECT count(*) FROM bill") == 2
    answer = await world.pay(70_000)
    assert [part["coverage_month"] for part in answer.body["allocations"]] == ["2027-01", "2027-02"]
    assert answer.body["credit_cents"] == 10_000
    assert (await world.get("/v1/balance"))["credit_cents"] == 10_000
    await world.move_clock(days=31)
    assert await world.rows("SELECT paid_cents FROM bill ORDER BY coverage_month DESC LIMIT 1") == [(10_000,)]
    assert (await world.get("/v1/balance"))["credit_cents"] == 0


async def test_only_the_chosen_policies_are_paid(world: World) -> None:
    """Who chooses the dental policy pays that one, and what is beyond its bill is credit."""
    health = await world.enroll()
    dental = await world.enroll(kind="dental", premium_cents=4_000)
    answer = await world.pay(5_000, policy_ids=[str(dental)])
    assert [(part["policy_id"], part["amount_cents"]) for part in answer.body["allocations"]] == [(str(dental), 4_000)]
    unpaid = "SELECT paid_cents FROM bill WHERE policy_id = $1"
    assert answer.body["credit_cents"] == 1_000
    assert await world.value(unpaid, health) == 0


async def test_two_payers_of_one_bill_do_not_pay_it_twice(world: World) -> None:
    """Two tabs with two keys: the second payment finds the bill covered, and its money is credit."""
    await world.enroll()
    method_id = await world.save_card()
    answers = await asyncio.gather(*(world.pay(30_000, method_id) for _ in range(2)))
    assert sorted(answer.body["credit_cents"] for answer in answers) == [0, 30_000]
    assert await world.rows("SELECT status, paid_cents FROM bill") == [("paid", 30_000)]


async def test_many_payments_at_once_keep_the_books(world: World) -> None:
    """Twenty payments of one member over two policies, some declined, all at once: every cent is accounted for.

    They lock bills in one order: none has to be tried again.
    """
    await world.enroll()
    await world.enroll(kind="dental", premium_cents=4_000)
    good, bad = await world.save_card(VISA), await world.save_card(DECLINED)
    with capture_logs() as logs:
        answers = await asyncio.gather(*(world.pay(1_700, good if n % 5 else bad) for n in range(20)))
    assert {answer.status for answer in answers} == {201}
    assert not [entry for entry in logs if entry["event"] == "database_failed"]
    paid = await world.value("SELECT sum(paid_cents) FROM bill")
    assert paid == 16 * 1_700


async def test_payments_that_were_called_off_make_nobody_wait(world: World) -> None:
    """The processor was out of reach for an hour: whoever was told to make the payment again may do so."""
    await world.enroll()
    for _ in range(5):
        payment = await world.take_down(30_000)
        await world.settle(payment.payment_id, Declined(NOT_CHARGED))
    assert (await world.pay(30_000)).body["status"] == "succeeded"


async def test_five_declines_make_the_sixth_wait(world: World) -> None:
    """Who has five declines within an hour is told to wait, and for how long."""
    await world.enroll()
    method_id = await world.save_card(DECLINED)
    for _ in range(5):
        assert (await world.pay(100, method_id)).body["status"] == "declined"
    answer = await world.pay(100, await world.save_card(VISA))
    assert (answer.status, answer.problem) == (429, "too-many-declines")
    assert 3_500 < int(answer.headers["Retry-After"]) <= 3_601
    assert re.match(r"You can try again in about (58|59|60) minutes\. ", answer.body["detail"])


async def test_above_the_cap_nothing_is_taken_down(world: World) -> None:
    """When the process makes as many charges as it may, the next is refused before anything is written."""
    await world.enroll()
    method_id = await world.save_card()
    charges = world.parts.charges
    held = [charges.slot(uuid4()) for _ in range(100)]
    for slot in held:
        slot.__enter__()
    answer = await world.pay(30_000, method_id)
    for slot in held:
        slot.__exit__(None, None, None)
    assert (answer.status, answer.problem, answer.headers["Retry-After"]) == (503, "too-many-charges", "1")
    assert await world.value("SELECT count(*) FROM payment") == 0
    assert (await world.pay(30_000, method_id)).status == 201

"""A first visit, from the enrollment by the marketplace to the receipt in the mail, over HTTP through the gateway."""

import pytest

from deploy.local.demo_people import PASSWORD
from tests.e2e.portal import DECLINED_CARD, PREMIUM_CENTS, SUBSIDY_CENTS, Visitor, new_person

pytestmark = pytest.mark.timeout(300)
OWED_CENTS = PREMIUM_CENTS - SUBSIDY_CENTS


async def test_the_first_visit_from_enrollment_to_log_out(visitor: Visitor) -> None:
    """Enrolled by the marketplace, a person creates an account, verifies, pays, gets a receipt by mail, and leaves."""
    person = new_person()
    assert (await visitor.enroll(person)).status == 202
    await visitor.settle()

    await visitor.register(person)
    assert (await visitor.done("GET", "/v1/account"))["status"] == "unverified"
    assert (await visitor.call("GET", "/v1/balance")).code == "not-verified"
    assert (await visitor.verify(person))["status"] == "verified"
    account = await visitor.done("GET", "/v1/account")
    assert (account["status"], account["ssn_last4"]) == ("verified", person.ssn[-4:])

    balance = await visitor.done("GET", "/v1/balance")
    assert (balance["due_now_cents"], balance["in_flight_cents"], balance["credit_cents"]) == (OWED_CENTS, 0, 0)
    [bill] = (await visitor.done("GET", "/v1/bills"))["items"]
    assert [line["amount_cents"] for line in bill["lines"]] == [PREMIUM_CENTS, -SUBSIDY_CENTS]
    assert (bill["status"], bill["total_cents"], bill["due_on"]) == ("open", OWED_CENTS, balance["due_on"])

    card = await visitor.save_card()
    assert (card["type"], card["last4"], card["status"]) == ("card", "4242", "active")
    preview = await visitor.done(
        "POST", "/v1/payments/preview", {"amount_cents": OWED_CENTS, "method_id": card["method_id"]}
    )
    assert [(part["bill_id"], part["amount_cents"]) for part in preview["allocations"]] == [
        (bill["bill_id"], OWED_CENTS)
    ]

    wanted = {"amount_cents": OWED_CENTS, "method_id": card["method_id"], "quote_id": preview["quote_id"]}
    paid = await visitor.done("POST", "/v1/payments", wanted, key="first-visit")
    assert (paid["status"], paid["amount_cents"]) == ("succeeded", OWED_CENTS)
    assert paid["reference"].startswith("HC-")

    [bill] = (await visitor.done("GET", "/v1/bills"))["items"]
    assert (bill["status"], bill["paid_cents"]) == ("paid", OWED_CENTS)
    assert (await visitor.done("GET", "/v1/balance"))["due_now_cents"] == 0
    assert [each["reference"] for each in (await visitor.done("GET", "/v1/payments"))["items"]] == [paid["reference"]]
    shown = await visitor.done("GET", f"/v1/payments/{paid['reference']}")
    assert [moment["status"] for moment in shown["timeline"]][-1] == "succeeded"

    await visitor.settle()
    receipts = [mail for mail in await visitor.mails_to(person) if paid["reference"] in mail["subject"]]
    assert len(receipts) == 1
    assert paid["reference"] in receipts[0]["text"]

    token = visitor.token
    assert (await visitor.call("DELETE", "/v1/sessions/current")).status == 204
    visitor.token = token
    assert (await visitor.call("GET", "/v1/balance")).status == 401
    visitor.token = None
    tracked = await visitor.done("GET", f"/v1/track/{paid['reference']}")
    assert (tracked["status"], tracked["amount_cents"]) == ("succeeded", OWED_CENTS)
    assert person.last not in str(tracked)


async def test_the_same_key_again_shows_the_same_payment(visitor: Visitor) -> None:
    """A double click pays once; the same key for another amount is refused; without a key nothing is paid."""
    await visitor.become_member()
    card = await visitor.save_card()
    wanted = {"amount_cents": 1_000, "method_id": card["method_id"]}
    first = await visitor.done("POST", "/v1/payments", wanted, key="double-click")
    again = await visitor.done("POST", "/v1/payments", wanted, key="double-click")
    assert (again["payment_id"], again["reference"]) == (first["payment_id"], first["reference"])
    assert len(await visitor.charges(first["payment_id"])) == 1
    other = await visitor.call("POST", "/v1/payments", {**wanted, "amount_cents": 2_000}, key="double-click")
    assert (other.status, other.code) == (422, "idempotency-key-reused")
    keyless = await visitor.call("POST", "/v1/payments", wanted)
    assert (keyless.status, keyless.code) == (400, "idempotency-key-missing")
    assert len((await visitor.done("GET", "/v1/payments"))["items"]) == 1


async def test_a_declined_card_is_a_payment_that_says_so(visitor: Visitor) -> None:
    """When the card is declined the person is told why, the bill stays open, and another card pays it."""
    person = await visitor.become_member()
    bad = {"amount_cents": OWED_CENTS, "method": {"type": "card", "token": await visitor.card_token(DECLINED_CARD)}}
    declined = await visitor.done("POST", "/v1/payments", bad, key="declined")
    assert declined["status"] == "declined"
    assert declined["decline"]["text"]
    balance = await visitor.done("GET", "/v1/balance")
    assert (balance["due_now_cents"], balance["in_flight_cents"]) == (OWED_CENTS, 0)
    good = {"amount_cents": OWED_CENTS, "method": {"type": "card", "token": await visitor.card_token()}}
    assert (await visitor.done("POST", "/v1/payments", good, key="another-card"))["status"] == "succeeded"
    await visitor.settle()
    subjects = " ".join(mail["subject"] for mail in await visitor.mails_to(person))
    assert declined["reference"] in subjects


async def test_a_stranger_finds_nothing_of_a_member(visitor: Visitor) -> None:
    """Another member who knows the ids of bill, card and payment is told that there is no such thing."""
    await visitor.become_member()
    card = await visitor.save_card()
    paid = await visitor.done("POST", "/v1/payments", {"amount_cents": 500, "method_id": card["method_id"]}, key="mine")
    [bill] = (await visitor.done("GET", "/v1/bills"))["items"]
    visitor.token = None
    await visitor.become_member()
    for path in (f"/v1/bills/{bill['bill_id']}", f"/v1/payments/{paid['payment_id']}"):
        assert (await visitor.call("GET", path)).status == 404, path
    stolen = await visitor.call(
        "POST", "/v1/payments", {"amount_cents": 500, "method_id": card["method_id"]}, key="stolen"
    )
    assert stolen.status in (404, 422)
    assert (await visitor.done("GET", "/v1/payments"))["items"] == []


async def test_an_enrollment_sent_twice_is_one_policy(visitor: Visitor) -> None:
    """The marketplace may send the same enrollment again: one policy, one bill."""
    person = new_person()
    for _ in range(2):
        assert (await visitor.enroll(person)).status == 202
    await visitor.settle()
    await visitor.register(person)
    await visitor.verify(person)
    assert len((await visitor.done("GET", "/v1/policies"))["items"]) == 1
    assert len((await visitor.done("GET", "/v1/bills"))["items"]) == 1


async def test_a_wrong_password_says_nothing_of_the_account(visitor: Visitor) -> None:
    """A log-in with a wrong password, and one for nobody, get the same answer."""
    person = await visitor.become_member()
    visitor.token = None
    wrong = await visitor.call("POST", "/v1/sessions", {"username": person.username, "password": f"{PASSWORD}!"})
    nobody = await visitor.call("POST", "/v1/sessions", {"username": "nobody.there", "password": f"{PASSWORD}!"})
    assert (wrong.status, wrong.code) == (nobody.status, nobody.code) == (401, "invalid-credentials")


async def test_months_pass_when_the_clock_is_moved(visitor: Visitor) -> None:
    """With the clock moved 45 days on, the unpaid first bill is past due and the next month's bill is there."""
    await visitor.become_member()
    [first] = (await visitor.done("GET", "/v1/bills"))["items"]
    before = await visitor.now()
    moved = await visitor.done("POST", "/sandbox/clock", {"advance": "P45D"})
    assert moved["now"] > first["due_on"]
    assert ((await visitor.now()) - before).days == 45
    bills = {bill["coverage_month"]: bill for bill in (await visitor.done("GET", "/v1/bills"))["items"]}
    assert bills[first["coverage_month"]]["status"] == "past_due"
    assert len(bills) >= 2
    balance = await visitor.done("GET", "/v1/balance")
    assert balance["past_due_cents"] >= OWED_CENTS

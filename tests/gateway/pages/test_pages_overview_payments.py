"""Payment History: the list, the search by reference number, one payment with all that happened, canceling, receipt."""

from typing import Any

import pytest

from tests.gateway.pages.browsing import Browser
from tests.gateway.pages.member_answers import (
    OTHER_REFERENCE,
    POLICY_ID,
    REFERENCE,
    Member,
    balance,
    listed,
    payment,
    policy,
    refused,
    scheduled,
)

LIST, ONE, CANCEL = "GET /v1/payments", f"GET /v1/payments/{REFERENCE}", f"POST /v1/payments/{REFERENCE}/cancel"
HERE = f"/payments/{REFERENCE}"


async def test_who_never_paid_is_told_what_will_be_here(ana: Browser) -> None:
    """With the way to pay, and nothing to search in."""
    seen = await ana.open("/payments")
    assert seen.heading == "Payment History"
    assert "No payment yet" in seen.text
    assert 'name="reference"' not in seen.html


@pytest.mark.parametrize(
    ("owed", "offers"),
    [
        (balance(largest_cents=0), 0),
        (balance(largest_cents=27_250), 1),
        (balance(), 1),
        (refused(503, "unavailable"), 0),
    ],
)
async def test_who_never_paid_is_led_to_paying_where_something_can_be_paid(
    member: Member, ana: Browser, owed: Any, offers: int
) -> None:
    """As on the dashboard; no button leads to a page that has nothing to pay."""
    member.payments.known["GET /v1/balance"] = owed
    seen = await ana.open("/payments")
    assert "No payment yet" in seen.text
    assert seen.html.count('<a class="usa-button usa-button--outline" href="/pay">') == offers


async def test_payments_are_listed_with_day_card_status_and_months(member: Member, ana: Browser) -> None:
    """A scheduled one with the day on which it will be made."""
    member.payments.known[LIST] = listed(scheduled(reference=OTHER_REFERENCE), payment())
    seen = await ana.open("/payments")
    assert seen.rows == [
        [OTHER_REFERENCE, "Jan 20, 2027", "Scheduled", "Visa ending in 4242", "February 2027", "$272.50"],
        [REFERENCE, "Jan 1, 2027", "Succeeded", "Visa ending in 4242", "February 2027", "$272.50"],
    ]


async def test_a_month_of_two_policies_is_named_once(member: Member, ana: Browser) -> None:
    """Health and dental of February are one month."""
    parts = payment()["allocations"] * 2 + [{**payment()["allocations"][0], "coverage_month": "2027-03"}]
    member.payments.known[LIST] = listed(payment(allocations=parts))
    assert (await ana.open("/payments")).rows[0][4] == "February 2027, March 2027"


async def test_the_filter_asks_for_what_was_chosen_and_keeps_it(member: Member, ana: Browser) -> None:
    """Status, policy and days, also on the way to older payments."""
    member.payments.known["GET /v1/policies"] = listed(policy(), policy(number="BS-2"))
    member.payments.known[LIST] = listed(payment(), next_cursor="older")
    chosen = {"status": "succeeded", "policy_id": POLICY_ID, "from": "2027-01-01", "to": "2027-01-31"}
    query = "&".join(f"{name}={text}" for name, text in chosen.items())
    seen = await ana.open(f"/payments?{query}")
    assert member.payments.query(LIST) == {"limit": "12", **chosen}
    assert (seen.field("from"), seen.field("to")) == ("2027-01-01", "2027-01-31")
    assert f'href="/payments?{query.replace("&", "&amp;")}&amp;cursor=older">Older</a>' in seen.html
    assert '<details class="portal-details" open>' in seen.html


async def test_a_choice_without_payments_leads_back_to_all(ana: Browser) -> None:
    """It is not said that there are none at all."""
    seen = await ana.open("/payments?status=canceled")
    assert "No payment for this choice" in seen.text


async def test_days_in_the_wrong_order_are_said_so(member: Member, ana: Browser) -> None:
    """Beside the field; what was typed stays, and the list is shown without the first day."""
    seen = await ana.open("/payments?from=2027-02-01&to=2027-01-01")
    assert "The day in “From” is after the day in “Through”. Change one of the two." in seen.text
    assert "No payment" not in seen.text
    assert seen.field("from") == "2027-02-01"
    assert member.payments.query(LIST) == {"limit": "12", "to": "2027-01-01"}


async def test_a_day_that_is_none_starts_again(member: Member, ana: Browser) -> None:
    """Browsers offer days only; an address changed by hand is no error."""
    member.payments.known[LIST] = refused(422, "invalid-fields", "/from")
    assert (await ana.open("/payments?from=2027-02-31", follow=False)).headers["Location"] == "/payments"


async def test_the_search_is_forgiving(member: Member, ana: Browser) -> None:
    """However it is typed, it leads to the payment under the number as we write it."""
    member.payments.known["GET /v1/payments/hc7k3m q9xd2"] = payment()
    member.payments.known[ONE] = payment()
    seen = await ana.open("/payments?reference=+hc7k3m+q9xd2+")
    assert (seen.where, seen.heading) == (HERE, f"Payment {REFERENCE}")


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (422, "reference-mistyped", "A character of this number is wrong or missing."),
        (404, "not-found", "You have no payment with this number."),
        (422, "invalid-fields", "You have no payment with this number."),
    ],
)
async def test_a_number_that_is_not_found_says_why(
    member: Member, ana: Browser, status: int, code: str, words: str
) -> None:
    """Beside the field, with what was typed; the list stays below it."""
    member.payments.known[LIST] = listed(payment())
    member.payments.known["GET /v1/payments/HC-1"] = refused(status, code)
    seen = await ana.open("/payments?reference=HC-1")
    assert seen.status == 200
    assert words in seen.text
    assert seen.field("reference") == "HC-1"
    assert REFERENCE in seen.text
    assert "Words of the service" not in seen.text


async def test_a_mistyped_address_leads_to_the_search(member: Member, ana: Browser) -> None:
    """Who typed the number into the address line gets the same help."""
    member.payments.known["GET /v1/payments/HC-1"] = refused(422, "reference-mistyped")
    seen = await ana.open("/payments/HC-1")
    assert seen.where == "/payments?reference=HC-1"
    assert "A character of this number is wrong or missing." in seen.text


async def test_a_payment_of_somebody_else_does_not_exist(ana: Browser) -> None:
    """Not found, as if there were none."""
    assert (await ana.open(HERE)).status == 404


async def test_a_payment_that_is_made_tells_everything(member: Member, ana: Browser) -> None:
    """What it paid, with which card, what the bank statement says, the credit, the receipt, what happened when."""
    member.payments.known[ONE] = payment(credit_cents=5_000)
    seen = await ana.open(HERE)
    for words in ("Amount $272.50 Succeeded", "January 1, 2027, 12:30 PM, New York time", "Visa ending in 4242",
                  "HEALTHCONN HC7K3MQ9XD2", "What it paid",
                  "$50.00 is kept as credit", "What happened Started January 1, 2027, 12:30 PM"):  # fmt: skip
        assert words in seen.text
    assert seen.rows == [["February 2027", "EV-1001", "Jan 25, 2027", "$272.50"]]
    assert f'href="{HERE}/receipt"' in seen.html
    assert f'href="/help/contact?topic=other&amp;reference={REFERENCE}"' in seen.html


@pytest.mark.parametrize(
    ("told", "words", "missing"),
    [
        (payment("declined"), "Nothing was charged There is not enough money or credit on the card.", "Receipt (PDF)"),
        (payment("processing"), "Please do not pay again.", "Receipt (PDF)"),
        (payment("accepted"), "Please do not pay again.", "Make a Payment Print"),
        (payment("canceled", cancel_reason="member"), "You canceled it. Nothing was charged.", "Receipt (PDF)"),
        (
            payment("canceled", cancel_reason="nothing_owed"),
            "Nothing was owed anymore on the day of",
            "Make a Payment Print",
        ),
        (
            payment("canceled", cancel_reason="method_removed"),
            "The card was removed before the day of",
            "Receipt (PDF)",
        ),
        (payment("canceled", cancel_reason="of_tomorrow"), "Nothing was charged.", "Receipt (PDF)"),
        (scheduled(), "You can cancel it until January 19, 2027, 8:00 PM, New York time.", "Receipt (PDF)"),
        (scheduled(), "If you owe less on that day, only what you owe is charged.", "bank statement"),
        (scheduled(cancel_until=None), "It can no longer be canceled here.", "Cancel this payment"),
        (payment("canceled", scheduled_on="2027-01-20"), "Scheduled forJanuary 20, 2027", "New York time"),
    ],
)
async def test_each_state_says_what_to_do(
    member: Member, ana: Browser, told: dict[str, Any], words: str, missing: str
) -> None:
    """In plain words, and offers nothing that would not work."""
    member.payments.known[ONE] = told
    seen = await ana.open(HERE)
    assert words in seen.text
    assert missing not in seen.text


async def test_a_scheduled_payment_is_canceled_once(member: Member, ana: Browser) -> None:
    """After a page that asks; reloading the page afterwards sends nothing again, and says it once."""
    member.payments.known[ONE] = scheduled()
    seen = await ana.open(HERE)
    assert f'href="{HERE}/cancel">Cancel this payment</a>' in seen.html
    seen = await ana.open(f"{HERE}/cancel")
    assert seen.heading == "Cancel this payment?"
    assert "Nothing will be charged, and you will still owe the amount." in seen.text
    assert "$272.50" in seen.text
    assert "January 20, 2027" in seen.text
    assert CANCEL not in [call for call, _, _ in member.payments.asked]
    member.payments.known[CANCEL] = member.payments.known[ONE] = payment("canceled", cancel_reason="member")
    seen = await ana.send(f"{HERE}/cancel")
    assert seen.where == f"{HERE}?canceled=1"
    assert "The payment is canceled. Nothing was charged; what you owe is still to be paid." in seen.text
    assert "You canceled it." not in seen.text
    await ana.open(seen.where)
    assert [call for call, _, _ in member.payments.asked].count(CANCEL) == 1


@pytest.mark.parametrize("told", [scheduled(cancel_until=None), payment()])
async def test_what_cannot_be_canceled_is_not_asked_about(member: Member, ana: Browser, told: Any) -> None:
    """The address of the question leads to the payment, which says why."""
    member.payments.known[ONE] = told
    assert (await ana.open(f"{HERE}/cancel")).where == HERE


@pytest.mark.parametrize(
    ("owed", "words"),
    [
        (balance(due_now_cents=27_250, due_on="2027-01-25"), "You still have to pay $272.50 by January 25, 2027."),
        (balance(due_now_cents=27_250, due_on="2026-12-23", past_due_cents=100), "You still have to pay $272.50. "),
        (balance(), "Payment reference number"),
        (refused(503, "unavailable"), "Payment reference number"),
    ],
)
async def test_who_was_declined_reads_what_is_still_to_pay(member: Member, ana: Browser, owed: Any, words: str) -> None:
    """As it is now, on the page of the payment and at the end of paying; the page is there without it too."""
    member.payments.known |= {ONE: payment("declined"), "GET /v1/balance": owed}
    for path in (HERE, f"/pay/done/{REFERENCE}"):
        seen = await ana.open(path)
        assert seen.status == 200
        assert words in seen.text
        assert ("You still have to pay" in seen.text) == ("still" in words)


@pytest.mark.parametrize(
    ("code", "now", "words"),
    [
        ("not-cancelable", payment(), "Amount $272.50 Succeeded"),
        (
            "not-cancelable",
            payment("canceled", cancel_reason="nothing_owed"),
            "This payment was canceled Nothing was owed anymore on the day of the payment.",
        ),
        ("too-late-to-cancel", scheduled(cancel_until=None), "If it should not be made, remove the card in"),
    ],
)
async def test_what_can_no_longer_be_canceled_shows_how_it_stands(
    member: Member, ana: Browser, code: str, now: dict[str, Any], words: str
) -> None:
    """One sentence that is true of each, and the payment as it is now with all that there is to say of it."""
    member.payments.known[ONE] = now
    member.payments.known[CANCEL] = refused(409, code)
    await ana.open(HERE)
    seen = await ana.send(f"{HERE}/cancel")
    assert seen.status == 409
    assert "This payment can no longer be canceled. Below you see how it stands." in seen.text
    assert words in seen.text
    assert "Words of the service" not in seen.text


async def test_an_address_does_not_make_a_payment_canceled(member: Member, ana: Browser) -> None:
    """What the page says comes from payments, not from the address line."""
    member.payments.known[ONE] = payment()
    assert "is canceled" not in (await ana.open(f"{HERE}?canceled=1")).text


async def test_a_payment_without_a_receipt_leads_to_its_page(member: Member, ana: Browser) -> None:
    """Which says why there is none yet."""
    member.payments.known[ONE] = payment("processing")
    seen = await ana.open(f"{HERE}/receipt")
    assert seen.where == HERE


async def test_payment_history_speaks_spanish(member: Member, ana: Browser) -> None:
    """The reason of a decline too."""
    ana.cookies["__Host-language"] = "es"
    member.payments.known[ONE] = payment("declined")
    seen = await ana.open(HERE)
    assert seen.heading == f"Pago {REFERENCE}"
    assert "No se cobró nada" in seen.text
    assert "not enough money" not in seen.text

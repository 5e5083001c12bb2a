"""Bills: the list with its filter, and one bill with its lines and what paid it."""

import pytest

from tests.gateway.pages.browsing import Browser
from tests.gateway.pages.member_answers import (
    BILL_ID,
    OTHER_REFERENCE,
    POLICY_ID,
    REFERENCE,
    Member,
    bill,
    listed,
    policy,
    refused,
)

ONE_BILL = f"GET /v1/bills/{BILL_ID}"


async def test_without_bills_one_reads_when_the_first_comes(ana: Browser) -> None:
    """And there is nothing to choose from."""
    seen = await ana.open("/bills")
    assert seen.heading == "Bills"
    assert "No bill yet" in seen.text
    assert 'name="status"' not in seen.html


async def test_bills_are_listed_with_what_is_still_to_pay(member: Member, ana: Browser) -> None:
    """Each leads to its own page."""
    member.payments.known["GET /v1/bills"] = listed(bill(status="past_due", paid_cents=10_000))
    seen = await ana.open("/bills")
    assert seen.rows == [["February 2027", "EV-1001", "Jan 25, 2027", "Past due", "$272.50", "$172.50"]]
    assert f'href="/bills/{BILL_ID}"' in seen.html
    assert member.payments.query("GET /v1/bills") == {"limit": "12"}


async def test_with_several_policies_each_bill_names_its_plan(member: Member, ana: Browser) -> None:
    """Two bills for one month are told apart by what they are for."""
    dental = {**policy(number="BS-2"), "plan": "BrightSmile Family 50"}
    member.payments.known["GET /v1/policies"] = listed(policy(), dental)
    teeth = bill(policy_id=dental["policy_id"], policy_number="BS-2")
    member.payments.known["GET /v1/bills"] = listed(bill(), teeth)
    named = [row[1] for row in (await ana.open("/bills")).rows]
    assert named == ["EV-1001Evergreen Silver 2500", "BS-2BrightSmile Family 50"]


async def test_the_filter_asks_for_what_was_chosen_and_keeps_it(member: Member, ana: Browser) -> None:
    """With several policies there is one to choose; the way to older bills keeps the choice."""
    member.payments.known["GET /v1/policies"] = listed(policy(), policy(number="BS-2"))
    member.payments.known["GET /v1/bills"] = listed(bill(status="paid"), next_cursor="older+1")
    seen = await ana.open(f"/bills?status=paid&policy_id={POLICY_ID}")
    assert member.payments.query("GET /v1/bills") == {"limit": "12", "status": "paid", "policy_id": POLICY_ID}
    assert '<option value="paid" selected>Paid</option>' in seen.html
    assert f'<option value="{POLICY_ID}" selected>Evergreen Silver 2500 (EV-1001)</option>' in seen.html
    assert f'href="/bills?status=paid&amp;policy_id={POLICY_ID}&amp;cursor=older%2B1">Older</a>' in seen.html
    assert "Newest" not in seen.text


async def test_on_an_older_page_one_gets_back_to_the_newest(member: Member, ana: Browser) -> None:
    """The last page has no older one."""
    member.payments.known["GET /v1/bills"] = listed(bill())
    seen = await ana.open("/bills?cursor=older")
    assert 'href="/bills">Newest</a>' in seen.html
    assert "Older" not in seen.text


async def test_a_choice_without_bills_leads_back_to_all(ana: Browser) -> None:
    """It is not said that there are none at all."""
    seen = await ana.open("/bills?status=past_due")
    assert "No bill for this choice" in seen.text
    assert 'href="/bills">All bills</a>' in seen.html


async def test_a_status_that_does_not_exist_is_left_out(member: Member, ana: Browser) -> None:
    """An address that somebody changed by hand shows all bills."""
    member.payments.known["GET /v1/bills"] = listed(bill())
    assert "February 2027" in (await ana.open("/bills?status=nonsense")).text
    assert member.payments.query("GET /v1/bills") == {"limit": "12"}


async def test_a_filter_that_payments_refuses_starts_again(member: Member, ana: Browser) -> None:
    """Such as an old cursor: no error, the list from its beginning."""
    member.payments.known["GET /v1/bills"] = refused(422, "invalid-fields", "/cursor")
    seen = await ana.open("/bills?cursor=broken", follow=False)
    assert (seen.status, seen.headers["Location"]) == (303, "/bills")


async def test_a_bill_adds_up(member: Member, ana: Browser) -> None:
    """Premium, subsidy, total, what was paid and what settles, and what is still to pay."""
    member.payments.known[ONE_BILL] = bill(paid_cents=10_000, in_flight_cents=5_000, payments=[
        {"reference": REFERENCE, "status": "succeeded", "amount_cents": 10_000, "accepted_at": "2027-01-01T17:30:00Z"},
        {"reference": OTHER_REFERENCE, "status": "processing", "amount_cents": 5_000,
         "accepted_at": "2027-01-01T17:31:00Z"},
    ])  # fmt: skip
    seen = await ana.open(f"/bills/{BILL_ID}")
    assert seen.heading == "Bill for February 2027"
    assert seen.rows == [
        ["Monthly premium", "$482.50"], ["Premium tax credit, paid to your insurer", "\N{MINUS SIGN}$210.00"],
        ["Total", "$272.50"], ["Already paid", "\N{MINUS SIGN}$100.00"],
        ["Received, settling", "\N{MINUS SIGN}$50.00"], ["To pay", "$122.50"],
    ]  # fmt: skip
    assert "Open Due by January 25, 2027" in seen.text
    assert f"{REFERENCE} Succeeded $100.00, January 1, 2027, 12:30 PM" in seen.text
    assert f'href="/payments/{OTHER_REFERENCE}"' in seen.html
    assert 'class="usa-button" href="/pay"' in seen.html
    assert "Evergreen Health Plan, for doctors, cards and claims: (800) 555-0142" in seen.text


@pytest.mark.parametrize("sums", [{"status": "paid", "paid_cents": 27_250}, {"in_flight_cents": 27_250}])
async def test_a_bill_with_nothing_to_pay_asks_for_nothing(
    member: Member, ana: Browser, sums: dict[str, object]
) -> None:
    """Paid, or its money on the way."""
    member.payments.known[ONE_BILL] = bill(**sums)
    seen = await ana.open(f"/bills/{BILL_ID}")
    assert "To pay $0.00" in seen.text
    assert "Due by" not in seen.text
    assert 'class="usa-button" href="/pay"' not in seen.html


async def test_a_line_of_a_new_kind_is_shown_as_payments_calls_it(member: Member, ana: Browser) -> None:
    """Better an English word than a bill that does not add up."""
    lines = [{"kind": "late_fee", "text": "Late fee", "amount_cents": 500}]
    member.payments.known[ONE_BILL] = bill(lines=lines, total_cents=500)
    assert ["Late fee", "$5.00"] in (await ana.open(f"/bills/{BILL_ID}")).rows


async def test_a_bill_of_a_policy_that_is_not_listed_is_shown_all_the_same(member: Member, ana: Browser) -> None:
    """Plan and insurer are then not known."""
    member.payments.known[ONE_BILL] = bill()
    member.payments.known["GET /v1/policies"] = listed()
    seen = await ana.open(f"/bills/{BILL_ID}")
    assert (seen.status, seen.html.count("<dd>\N{EN DASH}</dd>")) == (200, 2)


@pytest.mark.parametrize("bill_id", ["nonsense", BILL_ID, "..%2f..%2fv1%2fbalance"])
async def test_a_bill_of_somebody_else_does_not_exist(ana: Browser, bill_id: str) -> None:
    """The same page as for no bill at all; an id leads to no other call of the service."""
    seen = await ana.open(f"/bills/{bill_id}")
    assert (seen.status, seen.heading) == (404, "We could not find that page")


async def test_bills_speak_spanish(member: Member, ana: Browser) -> None:
    """The lines too, whatever language payments speaks."""
    member.payments.known[ONE_BILL] = bill()
    ana.cookies["__Host-language"] = "es"
    seen = await ana.open(f"/bills/{BILL_ID}")
    assert seen.heading == "Factura de febrero de 2027"
    assert "Prima mensual" in seen.text
    assert "Monthly premium" not in seen.text

"""The dashboard in every state that a member may be in: what is due, how coverage stands, what was paid."""

from typing import Any

import pytest

from tests.gateway.pages.browsing import Browser
from tests.gateway.pages.member_answers import Member, balance, bill, listed, payment, policy, refused, scheduled


def owes(member: Member, **changed: Any) -> None:
    """So much is due on January 25, for a bill that is open."""
    told = balance(due_now_cents=27_250, due_on="2027-01-25", **changed)
    member.payments.known["GET /v1/balance"] = told
    member.payments.known["GET /v1/bills"] = listed(bill())


async def test_who_owes_nothing_reads_when_the_next_bill_comes(member: Member, ana: Browser) -> None:
    """It is noon on January 1; all is paid until the end of February."""
    member.payments.known["GET /v1/policies"] = listed(policy(paid_through_on="2027-02-28"))
    seen = await ana.open("/dashboard")
    assert (seen.status, seen.heading) == (200, "Hello, Ana")
    assert "Amount due $0.00 Nothing is due. Your next bill comes on February 1, 2027" in seen.text
    assert "You are covered through February 28, 2027. There is nothing to pay now." in seen.text
    assert "No payment yet" in seen.text
    assert "Open bills" not in seen.text


async def test_no_day_is_named_that_is_not_certain(member: Member, ana: Browser) -> None:
    """The bill of today is on its way: no day ahead can be said."""
    assert "Nothing is due right now." in (await ana.open("/dashboard")).text
    assert member.payments.query("GET /v1/payments") == {"limit": "5"}


async def test_a_sum_that_is_due_later_is_said_without_alarm(member: Member, ana: Browser) -> None:
    """With its day, and the way to pay it."""
    owes(member)
    coverage: dict[str, Any] = {
        "pay_by_on": "2027-01-25",
        "amount_to_keep_cents": 27_250,
        "if_not_paid": "becomes_past_due",
    }
    member.payments.known["GET /v1/policies"] = listed(policy("due", **coverage))
    seen = await ana.open("/dashboard")
    assert "Amount due $272.50 Due by January 25, 2027" in seen.text
    assert "Pay $272.50 by the end of January 25, 2027" in seen.text
    assert 'class="usa-button" href="/pay"' in seen.html
    assert "portal-card--alarm" not in seen.html
    assert "February 2027, policy EV-1001" in seen.text


@pytest.mark.parametrize(("due_on", "words"), [("2027-01-08", "Due soon: by"), ("2027-01-09", "Due by")])
async def test_seven_days_ahead_it_is_due_soon(member: Member, ana: Browser, due_on: str, words: str) -> None:
    """Counted from today in New York, January 1."""
    owes(member)
    member.payments.known["GET /v1/balance"]["due_on"] = due_on
    assert f"$272.50 {words} January" in (await ana.open("/dashboard")).text


async def test_past_due_is_marked_and_says_since_when(member: Member, ana: Browser) -> None:
    """And what keeps the coverage, with the bill that is still to come named."""
    owes(member, past_due_cents=27_250)
    coverage: dict[str, Any] = {
        "pay_by_on": "2027-01-25",
        "amount_to_keep_cents": 54_500,
        "if_not_paid": "grace_goes_on",
        "would_end_on": "2027-01-31",
        "grace_ends_on": "2027-03-23",
    }
    member.payments.known["GET /v1/policies"] = listed(policy("past_due", **coverage))
    seen = await ana.open("/dashboard")
    assert "Past due since January 25, 2027" in seen.text
    assert "You are in a grace period until March 23, 2027. Pay $545.00" in seen.text
    assert "The $545.00 include a bill that you will get before that day." in seen.text
    assert '<span class="portal-whole">March 23, 2027.</span>' in seen.html
    assert "portal-card--past-due" in seen.html
    assert "portal-card--alarm" in seen.html


async def test_of_several_bills_past_due_the_day_is_that_of_the_oldest(member: Member, ana: Browser) -> None:
    """Not as if all of it had been due so long."""
    owes(member, past_due_cents=27_250)
    late = bill(status="past_due")
    member.payments.known["GET /v1/bills"] = listed(late, {**late, "coverage_month": "2027-03"})
    assert "Past due 2 bills, the oldest since January 25, 2027" in (await ana.open("/dashboard")).text
    ana.cookies["__Host-language"] = "es"
    assert "Vencida 2 facturas, la más antigua desde el 25 de enero de 2027" in (await ana.open("/dashboard")).text


async def test_bills_of_several_policies_are_told_apart_by_their_plans(member: Member, ana: Browser) -> None:
    """Nobody knows the numbers of their policies by heart."""
    owes(member)
    dental = {**policy(number="BS-2"), "plan": "BrightSmile Family 50"}
    member.payments.known["GET /v1/policies"] = listed(policy(), dental)
    teeth = bill(policy_id=dental["policy_id"], policy_number="BS-2")
    member.payments.known["GET /v1/bills"] = listed(bill(), teeth)
    seen = await ana.open("/dashboard")
    assert "February 2027, Evergreen Silver 2500" in seen.text
    assert "February 2027, BrightSmile Family 50" in seen.text


async def test_a_part_that_is_past_due_is_told_apart(member: Member, ana: Browser) -> None:
    """Two months are owed, one of them too late."""
    owes(member, past_due_cents=10_000)
    assert "Past due $100.00 of it was due January 25, 2027" in (await ana.open("/dashboard")).text


async def test_after_the_deadline_one_calls(member: Member, ana: Browser) -> None:
    """With the number beside the sentence, to be touched."""
    owes(member, past_due_cents=27_250)
    coverage: dict[str, Any] = {"pay_by_on": "2026-12-23", "if_not_paid": "ends_on", "would_end_on": "2026-11-30"}
    member.payments.known["GET /v1/policies"] = listed(policy("after_deadline", **coverage))
    seen = await ana.open("/dashboard")
    assert "Please call us now. Support: 1-800-555-0134" in seen.text


async def test_money_on_its_way_is_said(member: Member, ana: Browser) -> None:
    """In flight, scheduled, kept as credit: each with its sum."""
    owes(member, in_flight_cents=1_100, scheduled_cents=2_200, next_scheduled_on="2027-01-20", credit_cents=3_300)
    seen = await ana.open("/dashboard")
    assert "$11.00 received, settling. You do not need to pay it again." in seen.text
    assert "$22.00 is scheduled, next on January 20, 2027. See or cancel scheduled payments" in seen.text
    assert "You have $33.00 of credit." in seen.text


async def test_a_bill_whose_money_settles_is_not_asked_for_again(member: Member, ana: Browser) -> None:
    """It is open until the money is there, and nothing is to pay."""
    member.payments.known["GET /v1/bills"] = listed(bill(in_flight_cents=27_250), bill(status="paid"))
    seen = await ana.open("/dashboard")
    assert "Open $272.50 received, settling" in seen.text
    assert seen.text.lower().count("policy ev-1001") == 2  # the policy's own card, and one bill


async def test_a_declined_payment_is_told_with_what_to_do(member: Member, ana: Browser) -> None:
    """On top, as long as something is due; one that waits for its day does not hide it."""
    owes(member)
    member.payments.known["GET /v1/payments"] = listed(scheduled(), payment("declined"))
    seen = await ana.open("/dashboard")
    assert "Your last payment was declined" in seen.text
    assert "Nothing was charged. There is not enough money or credit on the card." in seen.text
    assert "Not said." not in seen.text


@pytest.mark.parametrize("due_now_cents", [0, 27_250])
async def test_an_old_decline_is_not_told_again(member: Member, ana: Browser, due_now_cents: int) -> None:
    """When nothing is due any more, or another payment went through since."""
    owes(member)
    member.payments.known["GET /v1/balance"]["due_now_cents"] = due_now_cents
    since = [] if due_now_cents == 0 else [payment()]
    member.payments.known["GET /v1/payments"] = listed(*since, payment("declined"))
    assert "Your last payment was declined" not in (await ana.open("/dashboard")).text


async def test_without_a_policy_nothing_is_promised(member: Member, ana: Browser) -> None:
    """It is on its way; a bill comes later."""
    member.payments.known["GET /v1/policies"] = listed()
    seen = await ana.open("/dashboard")
    assert "No policy yet" in seen.text
    assert "There is no bill yet." in seen.text


async def test_while_the_premium_is_not_known_there_is_no_bill(member: Member, ana: Browser) -> None:
    """The marketplace has to tell it first."""
    waiting = {**policy("waiting_for_premium", paid_through_on=None), "premium_cents": None}
    member.payments.known["GET /v1/policies"] = listed(waiting)
    seen = await ana.open("/dashboard")
    assert "The marketplace has not told us your premium yet." in seen.text
    assert "There is no bill yet." in seen.text


@pytest.mark.parametrize(("largest_cents", "offers"), [(0, 0), (27_250, 1), (None, 1)])
async def test_paying_is_offered_where_something_can_be_paid(
    member: Member, ana: Browser, largest_cents: int | None, offers: int
) -> None:
    """Not before a policy and its premium are known; an older payments does not say, and then it is."""
    told = balance() if largest_cents is None else balance(largest_cents=largest_cents)
    member.payments.known["GET /v1/balance"] = told
    seen = await ana.open("/dashboard")
    assert seen.html.count('<a class="usa-button usa-button--outline" href="/pay">') == offers


async def test_who_is_no_longer_covered_reads_since_when_and_whom_to_call(member: Member, ana: Browser) -> None:
    """The day, and the number of support beside it."""
    member.payments.known["GET /v1/policies"] = listed(policy("ended", ends_on="2026-12-31"))
    seen = await ana.open("/dashboard")
    assert "This coverage ended on December 31, 2026." in seen.text
    assert "Support: 1-800-555-0134" in seen.text


async def test_insurers_can_be_reached(member: Member, ana: Browser) -> None:
    """By a touch; one whose number is not known leaves no empty place."""
    silent = policy(number="BS-2")
    silent["insurer"] = {"insurer_id": "smile", "name": "BrightSmile Dental", "phone": None, "website": None}
    member.payments.known["GET /v1/policies"] = listed(policy(), silent)
    seen = await ana.open("/dashboard")
    assert 'href="tel:800-555-0142"' in seen.html
    assert 'href="https://evergreen.example"' in seen.html
    assert "BrightSmile DentalPolicy BS-2" in seen.text
    assert seen.html.count("portal-contact") == 1


async def test_the_dashboard_speaks_spanish(member: Member, ana: Browser) -> None:
    """Months begin with a capital where a line begins with them."""
    owes(member)
    ana.cookies["__Host-language"] = "es"
    seen = await ana.open("/dashboard")
    assert seen.heading == "Hola, Ana"
    assert "Febrero de 2027, póliza EV-1001" in seen.text


async def test_a_name_is_shown_as_it_is_written(member: Member, ana: Browser) -> None:
    """Whatever stands in it, it is text and never a part of the page."""
    member.identity.known["GET /v1/account"]["legal_name"]["first"] = "<b>O'Ana</b>"
    seen = await ana.open("/dashboard")
    assert seen.heading == "Hello, <b>O'Ana</b>"
    assert "<b>O" not in seen.html


async def test_a_session_that_ends_meanwhile_leads_to_log_in(member: Member, ana: Browser) -> None:
    """One service finds out first; the page does not show half of itself."""
    member.payments.known["GET /v1/balance"] = refused(401, "session-ended")
    seen = await ana.open("/dashboard", follow=False)
    assert (seen.status, seen.headers["Location"]) == (303, "/log-in?ended=1&next=%2Fdashboard")

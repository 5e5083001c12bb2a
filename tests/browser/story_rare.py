"""Story, aside: pages that come when something is wrong, or stands as it seldom does; each row is one of them.

`tests/gateway/pages/test_pages_rare.py` and `screenshots.py` tell it. What the services answer is put together by
`tests/gateway/pages/member_answers.py` and `pay_desk.py`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from playwright.async_api import expect

from tests.browser.stand_ins import MEMBER, NEWCOMER, StandIns
from tests.browser.walker import Walker
from tests.gateway.pages.member_answers import (
    AT,
    BILL_ID,
    CASE_ID,
    REFERENCE,
    account,
    balance,
    bill,
    case,
    listed,
    payment,
    policy,
    refused,
    scheduled,
)
from tests.gateway.pages.pay_desk import DENTAL, HEALTH, OLD_CARD, VISA, PayDesk, Refusal, card

Known = Mapping[str, Any]
Then = Callable[[Walker], Awaitable[None]]
STRANGER = ""
VERIFY, START, VERIFICATION_ID = "/create-account/verify", "POST /v1/account/verifications", str(uuid4())
QUESTIONS = {
    "verification_id": VERIFICATION_ID,
    "questions": [
        {
            "question_id": "plan",
            "text": "",
            "choices": ["Evergreen Silver 2500", "Evergreen Gold 1000", "None of these"],
        },
        {"question_id": "premium", "text": "", "choices": ["$482.50", "$501.10", "None of these"]},
        {"question_id": "zip", "text": "", "choices": ["07081", "07083", "None of these"]},
    ],
}
UNVERIFIED = {"GET /v1/account": account(status="unverified"), START: QUESTIONS}
ONE_PAYMENT = f"GET /v1/payments/{REFERENCE}"
PAY, REVIEW = "POST /v1/payments", f"/pay/review?amount_cents=27250&policy_id={HEALTH}&method_id={VISA}"
DUE = balance(due_now_cents=27_250, due_on="2027-01-25")
PAST_DUE = balance(due_now_cents=54_500, due_on="2026-12-23", past_due_cents=27_250)
IN_THE_PAST = {"pay_by_on": "2026-12-31", "would_end_on": "2026-11-30", "amount_to_keep_cents": 54_500}
LATER = {"pay_by_on": "2027-01-25", "would_end_on": "2026-12-31", "amount_to_keep_cents": 54_500}


@dataclass(frozen=True, slots=True)
class Rare:
    """A page: its address, who is there, and what the services answer; `then` leads on to what is looked at."""

    name: str
    path: str
    who: str = MEMBER
    status: int = 200
    identity: Known = field(default_factory=dict)
    payments: Known = field(default_factory=dict)
    desk: Known | None = None
    then: Then | None = None


async def see_rare_pages(there: StandIns) -> None:
    """Every row, and what one comes to from it."""
    for rare in RARE:
        member = await there.begin(rare.who)
        member.identity.known |= rare.identity
        member.payments.known |= rare.payments
        if rare.desk is not None:
            PayDesk(there.world, **rare.desk).open()
        answer = await there.me.page.goto(there.me.portal + rare.path)
        assert answer is not None
        got = (answer.status, there.me.page.url)
        assert got == (rare.status, there.me.portal + rare.path), f"{rare.name}: {got}"
        if rare.then is not None:
            await rare.then(there.me)
        await there.me.look(rare.name)


def _sends(button: str, sees: str = "[data-error-summary]", **fields: str) -> Then:
    """Fills in these fields, by their ids, presses the button, and reads what was wrong."""

    async def send(me: Walker) -> None:
        for name, text in fields.items():
            await me.page.locator(f"#{name}").fill(text)
        await me.press(button)
        await expect(me.page.locator(sees)).to_be_visible()

    return send


async def _track(me: Walker) -> None:
    await me.fill("Payment reference number", REFERENCE)
    await me.press("Track")
    await expect(me.page.locator("#found-heading")).to_be_visible()


async def _write_a_number(me: Walker) -> None:
    await me.field("What is it about?").select_option("other")
    await me.fill("Your message", "My number is 212-55-0101.")
    await me.press("Send")
    await expect(me.page.locator("[data-error-summary]")).to_be_visible()


async def _take_a_name(me: Walker) -> None:
    for name, text in (("first", "Nora"), ("last", "Lindqvist"), ("birth_day", "14"), ("birth_year", "1988")):
        await me.page.locator(f"#{name}").fill(text)
    await me.field("Month").select_option("3")
    await me.fill("Social Security Number", "212-55-0199")
    await me.press("Continue")
    await _sends("Create Account", username="nora", email="nora@mail.example", password="Copper-Lantern-63")(me)


async def _send_an_old_form(me: Walker) -> None:
    await me.page.locator("main form input[name=csrf]").evaluate("(field) => { field.value = 'of-yesterday'; }")
    await me.press("Log In")
    await expect(me.heading).to_have_text(me.words("This page was open for too long"))


async def _answer_once_too_often(me: Walker) -> None:
    for group in ("plan", "premium", "zip"):
        await me.page.locator(f"#{group} input").last.check()
    await me.press("Send my answers")
    await expect(me.page.locator("main form")).to_have_count(0)


async def _pay(me: Walker) -> None:
    await me.press_pay()
    await expect(me.page.locator("main .usa-alert, main [name=again]").first).to_be_attached()


def _tracked(status: str) -> Known:
    told = {"reference": REFERENCE, "status": status, "amount_cents": 27_250, "accepted_on": "2027-01-01"}
    return {f"GET /v1/track/{REFERENCE}": {**told, "scheduled_on": "2027-01-20"}}


def _covered(state: str, otherwise: str, owed: Known, **coverage: Any) -> Known:
    """The dashboard's answers for a policy in this state of the coverage clock."""
    return {
        "GET /v1/balance": owed,
        "GET /v1/policies": listed(policy(state, if_not_paid=otherwise, **coverage)),
        "GET /v1/bills": listed(
            bill(status="past_due", coverage_month="2027-01", due_on=owed["due_on"], total_cents=owed["due_now_cents"])
            if owed["past_due_cents"]
            else bill()
        ),
    }


def _session(device: str, *, current: bool) -> dict[str, Any]:
    times = dict.fromkeys(("created_at", "last_used_at", "expires_at"), AT)
    return {"session_id": str(uuid4()), "device": device, "network": "203.0.113.7", "current": current, **times}


SESSIONS = {
    "GET /v1/sessions": listed(
        _session("Chrome on Windows", current=True),
        _session("Safari on iPhone", current=False),
        _session("Unknown device", current=False),
    )
}
LONG_CASE = case(
    ("member", "Where is my payment?\nI paid it on Monday."), ("staff", "We look into it."), ("member", "Thanks")
)
OVER: Known = {
    "allocations": [],
    "scheduled_on": "2027-01-20",
    "timeline": [{"status": "scheduled", "at": AT}, {"status": "canceled", "at": "2027-01-20T11:00:00Z"}],
}
TOO_OFTEN = refused(429, "too-many-attempts", Retry_After="90")
AWAY = refused(503, "unavailable")
NO_MONTH = listed(bill(coverage_month="2027-13"))  # as no service says it: the page cannot be drawn

TROUBLE = (
    Rare("trouble-not-found", "/nowhere", status=404),
    Rare("trouble-not-found-stranger", "/nowhere", STRANGER, status=404),
    Rare("trouble-service-away", "/dashboard", status=503, payments={"GET /v1/balance": AWAY}),
    Rare("trouble-on-our-side", "/bills", status=500, payments={"GET /v1/bills": NO_MONTH}),
    Rare("trouble-not-allowed", "/bills", status=403, payments={"GET /v1/bills": refused(403, "forbidden")}),
    Rare("trouble-too-many", "/bills", status=429, payments={"GET /v1/bills": refused(429, "x", Retry_After="600")}),
    Rare("trouble-form-too-old", "/log-in", STRANGER, then=_send_an_old_form),
)
AT_THE_DOOR = (
    Rare("door-session-ended", "/log-in?ended=1", STRANGER),
    Rare("door-new-password-set", "/log-in?reset=1", STRANGER),
    Rare("door-log-in-too-often", "/log-in", STRANGER, identity={"POST /v1/sessions": TOO_OFTEN},
         then=_sends("Log In", ".portal-notice", username="nora", password="Copper-Lantern-63")),
    Rare("door-forgot-refused", "/forgot-password", STRANGER,
         identity={"POST /v1/password-resets": refused(422, "invalid-fields")},
         then=_sends("Send me a link", username="nora")),
    Rare("door-half-an-hour-is-over", "/create-account?late=1", STRANGER),
    Rare("door-name-is-taken", "/create-account", STRANGER,
         identity={"POST /v1/accounts": refused(409, "username-taken"), "POST /v1/sessions": refused(401, "x")},
         then=_take_a_name),
    Rare("door-waiting-for-enrollment", VERIFY, NEWCOMER,
         identity={"GET /v1/account": account(status="waiting_for_record")}),
    Rare("door-come-back", VERIFY, NEWCOMER, status=503, identity={**UNVERIFIED, START: AWAY}),
    Rare("door-no-try-left", VERIFY, NEWCOMER, then=_answer_once_too_often, identity={
        **UNVERIFIED, f"{START}/{VERIFICATION_ID}": refused(429, "no-attempt-left", Retry_After="80000")}),
)  # fmt: skip
STANDING = (
    Rare("standing-first-payment", "/dashboard",
         payments=_covered("binder_due", "never_begins", DUE, pay_by_on="2027-01-25", amount_to_keep_cents=27_250)),
    Rare("standing-due", "/dashboard",
         payments=_covered("due", "becomes_past_due", DUE, pay_by_on="2027-01-25", amount_to_keep_cents=27_250)),
    Rare("standing-past-due", "/dashboard", payments=_covered("past_due", "ends_on", PAST_DUE, **LATER)),
    Rare("standing-grace", "/dashboard",
         payments=_covered("past_due", "grace_goes_on", PAST_DUE, **LATER, grace_ends_on="2027-02-28")),
    Rare("standing-after-the-last-day", "/dashboard",
         payments=_covered("after_deadline", "ends_on", PAST_DUE, **IN_THE_PAST)),
    Rare("standing-ended", "/dashboard", payments={
        "GET /v1/balance": balance(largest_cents=0),
        "GET /v1/policies": listed(policy("ended", ends_on="2026-12-31"))}),
    Rare("standing-no-premium-yet", "/dashboard", payments={
        "GET /v1/policies": listed(policy("waiting_for_premium")), "GET /v1/balance": balance(largest_cents=0)}),
    Rare("standing-no-policy", "/dashboard", payments={
        "GET /v1/policies": listed(), "GET /v1/balance": balance(largest_cents=0, policies=[])}),
    Rare("standing-money-on-its-way", "/dashboard", payments={
        "GET /v1/balance": balance(in_flight_cents=27_250, scheduled_cents=10_000, next_scheduled_on="2027-01-20",
                                   credit_cents=1_500),
        "GET /v1/policies": listed(policy("in_flight")), "GET /v1/bills": listed(bill(in_flight_cents=27_250)),
        "GET /v1/payments": listed(payment("processing"), scheduled())}),
    Rare("bill-partly-settling", f"/bills/{BILL_ID}", payments={f"GET /v1/bills/{BILL_ID}": bill(
        paid_cents=10_000, in_flight_cents=5_000, payments=[
            {"reference": REFERENCE, "status": "succeeded", "amount_cents": 10_000, "accepted_at": AT}])}),
    Rare("bills-none-of-this-choice", "/bills?status=paid"),
    Rare("bills-none", "/bills"),
    Rare("bills-more", "/bills", payments={"GET /v1/bills": listed(bill(), next_cursor="next")}),
    Rare("payments-none-of-this-choice", "/payments?status=declined"),
    Rare("payments-wrong-days", "/payments?from=2027-02-01&to=2027-01-01"),
    Rare("payments-unknown", "/payments?reference=HC-1"),
    Rare("payments-older", "/payments?cursor=x", payments={"GET /v1/payments": listed(payment(), payment("declined"))}),
)  # fmt: skip
PAYING = (
    Rare("pay-nothing-is-due", "/pay", desk={"owed": {HEALTH: 0}, "in_flight_cents": 27_250}),
    Rare("pay-two-policies", "/pay", desk={"owed": {HEALTH: 27_250, DENTAL: 4_150}, "scheduled_cents": 1_000}),
    Rare("pay-nothing-can-be-paid", "/pay", desk={"owed": {HEALTH: 0}, "largest_cents": 0}),
    Rare("pay-above-the-limit", "/pay", then=_sends("Continue", amount="9999"), desk={"owed": {HEALTH: 0}, "refuses": {
        "POST /v1/payments/preview": Refusal(422, "amount-above-limit", {"largest_cents": 327_000})}}),
    Rare("pay-with-an-expired-card", f"/pay/method?amount_cents=27250&policy_id={HEALTH}&gone=1",
         desk={"methods": [card(VISA, "2030-12"), card(OLD_CARD, "2020-01")]}),
    Rare("pay-changed-meanwhile", REVIEW, then=_pay, desk={"refuses": {PAY: Refusal(409, "quote-stale")}}),
    Rare("pay-too-many-declines", REVIEW, then=_pay,
         desk={"refuses": {PAY: Refusal(429, "too-many-declines", headers={"Retry-After": "1800"})}}),
    Rare("pay-processor-away", REVIEW, then=_pay, desk={"refuses": {PAY: Refusal(503, "processor-unavailable")}}),
    Rare("pay-paused", REVIEW, then=_pay, desk={"refuses": {PAY: Refusal(503, "payments-paused")}}),
    Rare("pay-answer-lost", REVIEW, then=_pay, desk={"refuses": {PAY: Refusal(503, "unavailable")}}),
    Rare("pay-later-with-others", f"{REVIEW}&pay_on=2027-01-20", desk={"scheduled_cents": 1_000}),
    *(Rare(f"payment-{name}", f"/payments/{REFERENCE}", payments={ONE_PAYMENT: told}) for name, told in {
        "processing": payment("processing"), "declined": payment("declined"), "scheduled": scheduled(),
        "canceled-nothing-owed": payment("canceled", cancel_reason="nothing_owed", **OVER),
        "canceled-card-removed": payment("canceled", cancel_reason="method_removed", **OVER),
        "with-credit": payment(credit_cents=5_000, amount_cents=32_250)}.items()),
    Rare("payment-too-late-to-cancel", f"/payments/{REFERENCE}", payments={ONE_PAYMENT: scheduled(cancel_until=None)}),
)  # fmt: skip
HELP_AND_SETTINGS = (
    *(Rare(f"track-{status}", "/help/track", STRANGER, payments=_tracked(status), then=_track)
      for status in ("processing", "declined", "scheduled", "canceled")),
    Rare("track-too-often", "/help/track", STRANGER, payments={"GET /v1/track/HC-1": TOO_OFTEN},
         then=_sends("Track", ".portal-notice", reference="HC-1")),
    Rare("contact-stranger-empty", "/help/contact", STRANGER, then=_sends("Send")),
    Rare("contact-secret-number", "/help/contact", then=_write_a_number, identity={
        "GET /v1/cases": listed(case(), case(topic="other")),
        "POST /v1/cases": refused(422, "invalid-fields", "/message")}),
    Rare("case-answered", f"/help/cases/{CASE_ID}", identity={f"GET /v1/cases/{CASE_ID}": LONG_CASE}),
    Rare("help-declined", "/help", payments={"GET /v1/payments": listed(payment("declined"))}),
    Rare("settings-unverified", "/settings", NEWCOMER),
    Rare("settings-many-devices", "/settings/security", identity=SESSIONS),
    Rare("settings-password-changed", "/settings/security?done=password", identity=SESSIONS),
    Rare("settings-expired-card", "/settings/payment-methods?done=added",
         desk={"methods": [card(VISA, "2030-12"), card(OLD_CARD, "2020-01")]}),
)  # fmt: skip
RARE = (*TROUBLE, *AT_THE_DOOR, *STANDING, *PAYING, *HELP_AND_SETTINGS)

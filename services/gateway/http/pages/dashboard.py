"""The dashboard: the amount due and its day, the coverage sentence, the last payments. Next: `pay_amount.py`."""

from datetime import date

from aiohttp import web

from services.gateway.domain.coverage_sentence import Standing, coverage_sentence, is_alarming
from services.gateway.domain.next_bill import next_bill_on
from services.gateway.http.pages.page import Page
from services.gateway.http.pages.pay_done import why_declined
from services.gateway.providers.payments_answers import Balance, Payment, Policy
from services.gateway.usecases.show_dashboard import show_dashboard

SOON_DAYS = 7
NOT_TRIED = frozenset({"scheduled", "canceled"})


async def show(page: Page) -> web.Response:
    """GET /dashboard."""
    found = await show_dashboard(page.identity, page.payments, page.visit)
    today = await page.today()
    balance, policies = found.balance, found.policies
    billed_cents = {owed.policy_id: owed.due_now_cents for owed in balance.policies}
    return page.render(
        "dashboard.html",
        here="dashboard",
        first_name=found.account.legal_name.first,
        balance=balance,
        is_soon=balance.due_on is not None and (balance.due_on - today).days <= SOON_DAYS,
        was_billed=any(policy.coverage.state != "waiting_for_premium" for policy in policies),
        next_bill_on=next_bill_on(_paid_up(policies), today),
        plans={policy.policy_id: policy.plan for policy in policies},
        past_due_count=sum(bill.status == "past_due" and bill.owed_cents > 0 for bill in found.open_bills),
        coverage=[
            (policy, _sentence(page, policy, billed_cents.get(policy.policy_id, 0), today),
             is_alarming(policy.coverage.state))
            for policy in policies
        ],
        open_bills=found.open_bills,
        payments=found.payments,
        declined=_last_declined(page, found.payments, balance),
    )  # fmt: skip


def _sentence(page: Page, policy: Policy, billed_cents: int, today: date) -> str:
    coverage = policy.coverage
    standing = Standing(
        state=coverage.state,
        if_not_paid=coverage.if_not_paid,
        amount_cents=coverage.amount_to_keep_cents,
        billed_cents=billed_cents,
        start_on=policy.coverage_start_on,
        end_on=policy.coverage_end_on,
        paid_through_on=coverage.paid_through_on,
        pay_by_on=coverage.pay_by_on,
        would_end_on=coverage.would_end_on,
        grace_ends_on=coverage.grace_ends_on,
    )
    return coverage_sentence(page._, page.language, standing, today)


def _paid_up(policies: tuple[Policy, ...]) -> list[tuple[date, date | None]]:
    return [
        (policy.coverage.paid_through_on, policy.coverage_end_on)
        for policy in policies
        if policy.coverage.state == "paid" and policy.coverage.paid_through_on is not None
    ]


def _last_declined(page: Page, payments: tuple[Payment, ...], balance: Balance) -> tuple[Payment, str] | None:
    """The last payment that was tried, when it was declined and something is still due; with why and what to do."""
    last = next((payment for payment in payments if payment.status not in NOT_TRIED), None)
    if last is None or last.status != "declined" or last.decline is None or balance.due_now_cents == 0:
        return None
    return last, why_declined(page, last.decline.code)

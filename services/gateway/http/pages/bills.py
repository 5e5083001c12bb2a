"""Bills: the list, and one bill with its lines and the payments that paid it. Next: `pay_amount.py`."""

import asyncio

from aiohttp import web

from services.gateway.domain.form import Form
from services.gateway.domain.marked import N_
from services.gateway.http.pages.page import Page
from services.gateway.providers.payments_answers import Policy
from services.gateway.providers.refusal import ServiceRefused

STATUSES = {"open": N_("Open"), "past_due": N_("Past due"), "paid": N_("Paid")}
LINES = {
    "premium": N_("Monthly premium"),
    "subsidy": N_("Premium tax credit, paid to your insurer"),
}
ON_A_PAGE = "12"


async def show_bills(page: Page) -> web.Response:
    """GET /bills: newest due day first; a filter that is no filter of ours is left out."""
    filters = _filters(page)
    try:
        bills, policies = await asyncio.gather(
            page.payments.bills(page.visit, {**filters, "limit": ON_A_PAGE}), page.payments.policies(page.visit)
        )
    except ServiceRefused as refused:
        if refused.status != 422:
            raise
        return page.go("/bills")
    kept = {name: text for name, text in filters.items() if name != "cursor"}
    return page.render(
        "bills/list.html",
        here="bills",
        bills=bills.items,
        policies=policy_choices(policies.items),
        plans={policy.policy_id: policy.plan for policy in policies.items},
        form=Form(kept),
        statuses=[{"value": status, "label": page._(words)} for status, words in STATUSES.items()],
        is_filtered=bool(kept),
        next_query={**kept, "cursor": bills.next_cursor} if bills.next_cursor else None,
        is_first="cursor" not in filters,
    )


async def show_bill(page: Page) -> web.Response:
    """GET /bills/{bill_id}."""
    bill, policies = await asyncio.gather(
        page.payments.bill(page.visit, page.path_values["bill_id"]), page.payments.policies(page.visit)
    )
    policy = next((policy for policy in policies.items if policy.policy_id == bill.policy_id), None)
    lines = [(page._(LINES.get(line.kind, line.text)), line.amount_cents) for line in bill.lines]
    return page.render("bills/bill.html", here="bills", bill=bill, policy=policy, lines=lines)


def policy_choices(policies: tuple[Policy, ...]) -> list[dict[str, str]]:
    """The member's policies to choose from, by plan and number."""
    return [{"value": str(policy.policy_id), "label": f"{policy.plan} ({policy.policy_number})"} for policy in policies]


def _filters(page: Page) -> dict[str, str]:
    wanted = {name: page.query[name] for name in ("status", "policy_id", "cursor") if page.query.get(name)}
    if wanted.get("status") not in (None, *STATUSES):
        del wanted["status"]
    return wanted

"""What a member sees first, asked for at once: what is owed, how coverage stands, what was paid last.

Next: `http/pages/dashboard.py` shows it.
"""

import asyncio
from dataclasses import dataclass

from services.gateway.providers.identity import Identity
from services.gateway.providers.identity_answers import Account
from services.gateway.providers.payments import Payments
from services.gateway.providers.payments_answers import Balance, Bill, Payment, Policy
from services.gateway.providers.visit import Visit

RECENT = "5"
MOST_BILLS = "50"


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The answers of the services."""

    account: Account
    balance: Balance
    policies: tuple[Policy, ...]
    open_bills: tuple[Bill, ...]
    payments: tuple[Payment, ...]


async def show_dashboard(identity: Identity, payments: Payments, visit: Visit) -> Dashboard:
    """Everything on the page, with the bills that are not paid first. Raises ServiceRefused, ServiceAway."""
    account, balance, policies, bills, recent = await asyncio.gather(
        identity.account(visit),
        payments.balance(visit),
        payments.policies(visit),
        payments.bills(visit, {"limit": MOST_BILLS}),
        payments.payments(visit, {"limit": RECENT}),
    )
    unpaid = sorted((bill for bill in bills.items if bill.status in ("open", "past_due")), key=lambda bill: bill.due_on)
    return Dashboard(account, balance, policies.items, tuple(unpaid), recent.items)

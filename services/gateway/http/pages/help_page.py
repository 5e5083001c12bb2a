"""Help: what to do when one cannot log in, a payment was declined or does not show; with how one's own account stands.

Next: `track.py`, `contact.py`.
"""

import asyncio
from contextlib import suppress

from aiohttp import web

from services.gateway.http.pages.page import Page
from services.gateway.http.pages.pay_done import why_declined
from services.gateway.providers.payments_answers import Insurer, Payment
from services.gateway.providers.refusal import ServiceRefused
from services.gateway.providers.upstream import ServiceAway


async def show_help(page: Page) -> web.Response:
    """GET /help: for members with the state of their last payment; without it while payments does not answer."""
    last: Payment | None = None
    insurers: tuple[Insurer, ...] = ()
    if page.visit.caller is not None and page.visit.caller.is_verified:
        with suppress(ServiceAway, ServiceRefused):  # who needs help gets it all the same
            last, insurers = await _own(page)
    why = why_declined(page, last.decline.code) if last is not None and last.decline is not None else ""
    return page.render("help/help.html", here="help", last=last, why=why, insurers=insurers)


async def _own(page: Page) -> tuple[Payment | None, tuple[Insurer, ...]]:
    """The member's last payment, and their insurers."""
    recent, policies = await asyncio.gather(
        page.payments.payments(page.visit, {"limit": "1"}), page.payments.policies(page.visit)
    )
    insurers = {policy.insurer.insurer_id: policy.insurer for policy in policies.items}
    return (recent.items[0] if recent.items else None), tuple(insurers.values())

"""payments as the gateway sees it: policies, bills, methods and payments."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from services.gateway.domain.owner import Owner
from services.gateway.providers.payments_answers import (
    Balance,
    Bill,
    Bills,
    Method,
    Methods,
    Payment,
    PaymentDetails,
    PaymentsPage,
    Policies,
    Preview,
    Tracked,
)
from services.gateway.providers.service import PortalService
from services.gateway.providers.visit import Visit


class Payments(PortalService):
    """What is owed and what was paid. Each call raises ServiceRefused and ServiceAway."""

    OWNER: ClassVar[Owner] = Owner.PAYMENTS

    async def policies(self, visit: Visit) -> Policies:
        """The member's policies, by start of coverage."""
        return await self._answer(Policies, visit, "GET", "/v1/policies")

    async def balance(self, visit: Visit) -> Balance:
        """What the member owes now."""
        return await self._answer(Balance, visit, "GET", "/v1/balance")

    async def bills(self, visit: Visit, filters: Mapping[str, str] | None = None) -> Bills:
        """A page of bills; `filters` as the query of the API."""
        return await self._answer(Bills, visit, "GET", _with_query("/v1/bills", filters))

    async def bill(self, visit: Visit, bill_id: str) -> Bill:
        """One bill with its lines."""
        return await self._answer(Bill, visit, "GET", f"/v1/bills/{quote(bill_id, safe='')}")

    async def methods(self, visit: Visit) -> Methods:
        """The member's saved methods, oldest first."""
        return await self._answer(Methods, visit, "GET", "/v1/payment-methods")

    async def add_card(self, visit: Visit, token: str) -> Method:
        """Save a card by the processor's token."""
        return await self._answer(Method, visit, "POST", "/v1/payment-methods", {"type": "card", "token": token})

    async def remove_method(self, visit: Visit, method_id: str) -> None:
        """Remove a saved method."""
        await self._done(visit, "DELETE", f"/v1/payment-methods/{quote(method_id, safe='')}")

    async def preview(self, visit: Visit, wanted: Mapping[str, Any]) -> Preview:
        """What a payment would do; `wanted` as the body of the API."""
        return await self._answer(Preview, visit, "POST", "/v1/payments/preview", wanted)

    async def pay(self, visit: Visit, wanted: Mapping[str, Any], key: str) -> Payment:
        """Pay; the same key again is the same payment."""
        return await self._answer(Payment, visit, "POST", "/v1/payments", wanted, key=key)

    async def payments(self, visit: Visit, filters: Mapping[str, str] | None = None) -> PaymentsPage:
        """A page of payments, newest first; `filters` as the query of the API."""
        return await self._answer(PaymentsPage, visit, "GET", _with_query("/v1/payments", filters))

    async def payment(self, visit: Visit, reference: str) -> PaymentDetails:
        """One payment by id or reference number."""
        return await self._answer(PaymentDetails, visit, "GET", f"/v1/payments/{quote(reference, safe='')}")

    async def cancel(self, visit: Visit, reference: str) -> Payment:
        """Cancel a scheduled payment."""
        return await self._answer(Payment, visit, "POST", f"/v1/payments/{quote(reference, safe='')}/cancel", {})

    async def track(self, visit: Visit, reference: str) -> Tracked:
        """Status, amount and day by reference number alone."""
        return await self._answer(Tracked, visit, "GET", f"/v1/track/{quote(reference, safe='')}")


def _with_query(path: str, filters: Mapping[str, str] | None) -> str:
    return f"{path}?{urlencode(filters)}" if filters else path

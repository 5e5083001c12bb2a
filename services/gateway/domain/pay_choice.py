"""What a member has chosen on the way through Make a Payment; it goes from page to page in the address. Pure.

So back, reload and a second tab are as natural as elsewhere. A card for this once is there only sealed.
Next: `http/pages/pay_amount.py` makes it, `pay_review.py` sends it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

LARGEST_CENTS = 10**9
CENTS = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
ID = re.compile(r"[0-9a-f-]{36}", re.ASCII)
MOST_POLICIES = 100


@dataclass(frozen=True, slots=True)
class PayChoice:
    """An amount, for which policies (none: all), on which day (None: now), by a saved method or a sealed card."""

    amount_cents: int
    policy_ids: tuple[str, ...] = ()
    pay_on: date | None = None
    method_id: str = ""
    card: str = ""

    @classmethod
    def read(cls, values: Mapping[str, str], policy_ids: Sequence[str]) -> Self | None:
        """The choice in an address or a form; None when there is no good one."""
        amount, day = values.get("amount_cents", ""), values.get("pay_on", "")
        method_id = values.get("method_id", "")
        if not CENTS.fullmatch(amount) or int(amount) > LARGEST_CENTS or len(policy_ids) > MOST_POLICIES:
            return None
        if not all(ID.fullmatch(it) for it in (*policy_ids, *([method_id] if method_id else []))):
            return None
        try:
            pay_on = date.fromisoformat(day) if day else None
        except ValueError:
            return None
        return cls(int(amount), tuple(policy_ids), pay_on, method_id, values.get("card", ""))

    def by_method(self, method_id: str) -> "PayChoice":
        """Paid with a saved method."""
        return replace(self, method_id=method_id, card="")

    def by_card(self, card: str) -> "PayChoice":
        """Paid with a card for this once, sealed."""
        return replace(self, method_id="", card=card)

    @property
    def without_method(self) -> "PayChoice":
        """The first step alone."""
        return replace(self, method_id="", card="")

    def pairs(self) -> list[tuple[str, str]]:
        """As names and values, for an address or hidden fields."""
        single = {
            "amount_cents": str(self.amount_cents),
            "pay_on": self.pay_on.isoformat() if self.pay_on else "",
            "method_id": self.method_id,
            "card": self.card,
        }
        return [(name, text) for name, text in single.items() if text] + [("policy_id", it) for it in self.policy_ids]

    def wanted(self) -> dict[str, Any]:
        """As the API takes it, but for the method."""
        asked: dict[str, Any] = {"amount_cents": self.amount_cents}
        if self.policy_ids:
            asked["policy_ids"] = list(self.policy_ids)
        if self.pay_on:
            asked["pay_on"] = self.pay_on.isoformat()
        return asked

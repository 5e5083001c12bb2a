"""What the coverage of a policy looks like outside, as it stands and as it would after a payment."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.payments.domain.coverage import CoverageOutlook
from services.payments.domain.policy import Policy
from shared.http.models import Output


class CoverageShown(Output):
    """Through which day coverage is paid, what is to be paid by when to keep it, and what happens otherwise.

    Days count until their end in New York. `paid_through_on` is null until the first bill is paid. Where nothing is to
    be paid `amount_to_keep_cents` is 0 and the days are null. `if_not_paid`: `grace_goes_on` means that more will be
    owed, and coverage ends as of `would_end_on` unless all of it is paid by `grace_ends_on`; `ends_on` that it ends as
    of `would_end_on`. In the state `after_deadline` the insurer may end it, and `pay_by_on` has passed.
    """

    paid_through_on: date | None
    state: Literal[
        "waiting_for_premium",
        "binder_due",
        "paid",
        "in_flight",
        "due",
        "past_due",
        "after_deadline",
        "ended",
        "canceled",
    ]
    pay_by_on: date | None
    amount_to_keep_cents: int
    if_not_paid: Literal["none", "becomes_past_due", "never_begins", "grace_goes_on", "ends_on"]
    would_end_on: date | None
    grace_ends_on: date | None

    @classmethod
    def of(cls, outlook: CoverageOutlook) -> "CoverageShown":
        """Show what keeps coverage."""
        return cls(**_shown(outlook))


class CoverageAfter(CoverageShown):
    """The coverage of a policy as it would stand after a payment, on the day on which that counts."""

    policy_id: UUID
    policy_number: str

    @classmethod
    def of_policy(cls, policy: Policy, outlook: CoverageOutlook) -> "CoverageAfter":
        """Show the coverage of one of several policies."""
        return cls(policy_id=policy.policy_id, policy_number=policy.policy_number, **_shown(outlook))


def _shown(outlook: CoverageOutlook) -> dict[str, Any]:
    return {
        "paid_through_on": outlook.paid_through_on,
        "state": outlook.state.value,
        "pay_by_on": outlook.pay_by_on,
        "amount_to_keep_cents": outlook.amount_to_keep_cents,
        "if_not_paid": outlook.if_not_paid.value,
        "would_end_on": outlook.would_end_on,
        "grace_ends_on": outlook.grace_ends_on,
    }

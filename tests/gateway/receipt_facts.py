"""Receipts for tests: what was paid, for whom and for what."""

from datetime import UTC, date, datetime

from services.gateway.domain.receipt import Help, PaidMonth, PaidPolicy, Receipt

REFERENCE = "HC-7K3M-Q9XD-2"
HELP = Help("1-800-555-0134", "https://portal.example", is_sandbox=False)


def months(count: int, amount_cents: int = 27_250) -> tuple[PaidMonth, ...]:
    """So many coverage months from January 2027 on."""
    return tuple(
        PaidMonth(f"{2027 + place // 12}-{place % 12 + 1:02}", date(2026, 12, 23), amount_cents)
        for place in range(count)
    )


EVERGREEN = PaidPolicy("EV-1001", "Evergreen Health Plan", "Evergreen Silver 2500", months(1))


def make_receipt(
    *policies: PaidPolicy, credit_cents: int = 0, paid_by: str = "Nora Lindqvist", brand: str = "visa"
) -> Receipt:
    """A receipt for these policies and this credit, paid at 1:04 PM in New York."""
    return Receipt(
        reference=REFERENCE,
        accepted_at=datetime(2026, 11, 24, 18, 4, tzinfo=UTC),
        amount_cents=sum(policy.total_cents for policy in policies) + credit_cents,
        credit_cents=credit_cents,
        paid_by=paid_by,
        method_brand=brand,
        method_last4="4242",
        statement_text="HEALTHCONN HC7K3MQ9XD2",
        policies=policies,
    )

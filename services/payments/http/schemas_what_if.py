"""What "what if I pay this much?" asks and is answered; `http/policies.py` uses it."""

from services.payments.http.schemas_coverage import CoverageShown
from services.payments.http.schemas_payments import AllocationShown
from services.payments.usecases.show_what_if import WhatIf
from shared.http.models import Cents, Input, Output


class WhatIfQuery(Input):
    """The amount in cents."""

    amount_cents: Cents


class WhatIfShown(Output):
    """Coverage as it would stand with the amount received today; the bills it would go to, and what would be left."""

    coverage: CoverageShown
    allocations: tuple[AllocationShown, ...]
    credit_cents: int

    @classmethod
    def of(cls, what_if: WhatIf) -> "WhatIfShown":
        """Show what an amount would do."""
        return cls(
            coverage=CoverageShown.of(what_if.outlook),
            allocations=tuple(AllocationShown.of(part) for part in what_if.split.allocations),
            credit_cents=what_if.split.credit_cents,
        )

"""How a member's credit is spread over what is owed. Pure. `usecases/apply_credit.py` carries it out."""

from collections import deque
from collections.abc import Mapping, Sequence
from uuid import UUID

from services.payments.domain.bill import Bill

Part = tuple[UUID, int]
"""A payment and an amount in cents of it."""


def split_credit(left_over: Sequence[Part], owed: Sequence[Bill]) -> Mapping[UUID, Sequence[Part]]:
    """For each bill that gets credit (by id): from which payments, and how much of each; both in the order given.

    Never more than is left of a payment, and never more than is owed on a bill.
    """
    sources = deque(left_over)
    uses: dict[UUID, list[Part]] = {}
    for bill in owed:
        missing_cents = bill.owed_cents
        while missing_cents > 0 and sources:
            payment_id, left_cents = sources.popleft()
            used_cents = min(left_cents, missing_cents)
            uses.setdefault(bill.bill_id, []).append((payment_id, used_cents))
            missing_cents -= used_cents
            if left_cents > used_cents:
                sources.appendleft((payment_id, left_cents - used_cents))
    return uses

"""Read what a member owes on the chosen policies; the preview and the payment itself both begin here."""

from collections.abc import Sequence
from uuid import UUID

from services.payments.domain.bill import Bill
from services.payments.domain.policy import Policy, PolicyPrice
from services.payments.domain.quote import Quote
from services.payments.store import bills, policies
from shared.db import Tx


class UnknownPolicy(Exception):
    """A chosen policy does not exist or is somebody else's; `position` says which of the list."""

    def __init__(self, position: int) -> None:
        super().__init__(f"number {position}")
        self.position = position


async def make_quote(tx: Tx, member_id: UUID, policy_ids: Sequence[UUID] | None, *, lock: bool = False) -> Quote:
    """The quote over the chosen policies, None for all; with `lock`, its bills stay as they are until the commit.

    Raises UnknownPolicy.
    """
    owned = await policies.list_for_member(tx, member_id)
    read_bills = bills.lock_owed if lock else bills.list_owed
    return quote_of(member_id, owned, await read_bills(tx, member_id, policy_ids), policy_ids)


def quote_of(
    member_id: UUID,
    owned: Sequence[Policy | PolicyPrice],
    unpaid: Sequence[Bill],
    policy_ids: Sequence[UUID] | None,
) -> Quote:
    """As `make_quote`, from what was read: the member's policies, and the chosen ones' bills. Raises UnknownPolicy."""
    owed = tuple(bill for bill in unpaid if bill.owed_cents > 0)
    return Quote(member_id, owed, _chosen(owned, policy_ids))


def _chosen(
    owned: Sequence[Policy | PolicyPrice], policy_ids: Sequence[UUID] | None
) -> tuple[Policy | PolicyPrice, ...]:
    if policy_ids is None:
        return tuple(owned)
    by_id = {policy.policy_id: policy for policy in owned}
    for position, policy_id in enumerate(policy_ids):
        if policy_id not in by_id:
            raise UnknownPolicy(position)
    return tuple(by_id[policy_id] for policy_id in dict.fromkeys(policy_ids))

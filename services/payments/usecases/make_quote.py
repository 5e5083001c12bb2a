"""Read what a member owes on the chosen policies; the preview and the payment itself both begin here."""

from collections.abc import Sequence
from uuid import UUID

from services.payments.domain.policy import Policy
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
    chosen = _chosen(owned, policy_ids)
    read_bills = bills.lock_owed if lock else bills.list_owed
    owed = [bill for bill in await read_bills(tx, member_id, policy_ids) if bill.owed_cents > 0]
    return Quote(member_id, tuple(owed), chosen)


def _chosen(owned: Sequence[Policy], policy_ids: Sequence[UUID] | None) -> tuple[Policy, ...]:
    if policy_ids is None:
        return tuple(owned)
    by_id = {policy.policy_id: policy for policy in owned}
    for position, policy_id in enumerate(policy_ids):
        if policy_id not in by_id:
            raise UnknownPolicy(position)
    return tuple(by_id[policy_id] for policy_id in dict.fromkeys(policy_ids))

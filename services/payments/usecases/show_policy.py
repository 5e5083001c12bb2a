"""Read one policy of a member, with its insurer and what keeps its coverage."""

from datetime import date
from uuid import UUID

from services.payments.domain.coverage import coverage_outlook
from services.payments.domain.insurer import insurer_of
from services.payments.store import billed_months, insurers, policies
from services.payments.usecases.list_policies import PolicyStanding
from shared.db import Tx


async def show_policy(tx: Tx, member_id: UUID, policy_id: UUID, today: date) -> PolicyStanding:
    """A policy as it stands on a day. Raises PolicyNotFound, also for another's."""
    async with tx.transaction(isolation="repeatable_read", readonly=True):
        policy = await policies.get_owned(tx, policy_id, member_id)
        billed = await billed_months.list_for_member(tx, member_id, [policy_id])
        contacts = await insurers.list_of(tx, [policy.insurer_id])
    insurer = insurer_of(policy, contacts.get(policy.insurer_id))
    return PolicyStanding(policy, insurer, coverage_outlook(policy, billed, today))

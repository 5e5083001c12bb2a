"""Read the policies of a member, each with its insurer and what keeps its coverage."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.payments.domain.coverage import CoverageOutlook, coverage_outlook
from services.payments.domain.insurer import InsurerContact, insurer_of
from services.payments.domain.policy import Policy
from services.payments.store import billed_months, insurers, policies
from shared.db import Tx


@dataclass(frozen=True, slots=True)
class PolicyStanding:
    """A policy, its insurer with contacts, and what keeps its coverage."""

    policy: Policy
    insurer: InsurerContact
    outlook: CoverageOutlook


async def list_policies(tx: Tx, member_id: UUID, today: date) -> list[PolicyStanding]:
    """All policies of a member as they stand on a day; in one snapshot, so that bills and policies agree."""
    async with tx.transaction(isolation="repeatable_read", readonly=True):
        owned = await policies.list_for_member(tx, member_id)
        billed = await billed_months.list_for_member(tx, member_id, None)
        contacts = await insurers.list_of(tx, sorted({policy.insurer_id for policy in owned}))
    return [
        PolicyStanding(
            policy,
            insurer_of(policy, contacts.get(policy.insurer_id)),
            coverage_outlook(policy, billed, today),
        )
        for policy in owned
    ]

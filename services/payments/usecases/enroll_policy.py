"""Make or change a policy from an enrollment, and issue what is to be billed at once. Called by `events.py`."""

from datetime import datetime
from uuid import uuid4

import structlog

from services.payments.domain.billing import plan
from services.payments.domain.policy import Policy
from services.payments.store import policies
from services.payments.usecases.bill_policies import bill_policies
from shared import outbox
from shared.contracts.identity import MemberEnrolledV1
from shared.contracts.payments import PolicyChangedV1, PolicyEnrolledV1
from shared.db import Tx
from shared.inbox import Heard

log = structlog.get_logger()


async def enroll_policy(tx: Tx, fact: MemberEnrolledV1, heard: Heard) -> None:
    """Apply an enrollment: twice, late or out of order, the policy ends the same.

    The newest one decides what the policy is, the newest that set an end when it ends; an older one that comes late
    still tells the rate of its own months, and the end where nothing newer has set it.
    A new premium or subsidy counts from its effective month for bills not issued yet; those issued never change, and
    their correction lines come with a later issue, as do the voiding of bills of a canceled policy, grace and the
    price of a reinstatement: cancel and terminate only end what is billed, reinstate lets it go on.
    """
    await policies.lock_member(tx, fact.member_id)
    policy, said = await _apply(tx, fact, heard.now)
    for warning in policy.warnings:
        log.warning("policy_needs_attention", policy_id=policy.policy_id, reason=warning.value)
    await policies.insert_rates(tx, policy)
    facts = await bill_policies(tx, policy.member_id, [plan(policy, heard.now)], heard.now)
    await outbox.add(tx, *([said] if said else []), *facts)


async def _apply(
    tx: Tx, fact: MemberEnrolledV1, now: datetime
) -> tuple[Policy, PolicyEnrolledV1 | PolicyChangedV1 | None]:
    known = await policies.lock_by_number(tx, fact.insurer_id, fact.policy.policy_number)
    if known is None:
        policy, enrolled = Policy.enroll(uuid4(), fact, now)
        if await policies.insert(tx, policy):
            return policy, enrolled
        return await _apply(tx, fact, now)  # another consumer was first and has committed since
    if fact.version > known.enrollment_version:
        return known.change(fact, now)
    return known.learn_late(fact, now)

"""`GET /v1/policies` and one of them: what a member is covered by, and what it costs."""

from services.payments.http.schemas_billing import PoliciesPage, PolicyShown
from services.payments.store import policies
from services.payments.usecases.parts import Parts
from shared.clocks import business_day
from shared.http.routes import Call


async def list_policies(call: Call[Parts, None]) -> PoliciesPage:
    """All policies of the member."""
    found = await call.parts.db.read(lambda tx: policies.list_for_member(tx, call.member_id))
    today = business_day(call.now())
    return PoliciesPage(items=tuple(PolicyShown.of(policy, today) for policy in found))


async def show_policy(call: Call[Parts, None]) -> PolicyShown:
    """One policy of the member. Raises PolicyNotFound, also for another's."""
    policy_id = call.uuid("policy_id")
    policy = await call.parts.db.read(lambda tx: policies.get_owned(tx, policy_id, call.member_id))
    return PolicyShown.of(policy, business_day(call.now()))

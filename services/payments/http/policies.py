"""`GET /v1/policies`, one of them, and what a payment for it would do: what a member is covered by, what it needs."""

from services.payments.http.schemas_billing import PoliciesPage, PolicyShown
from services.payments.http.schemas_what_if import WhatIfQuery, WhatIfShown
from services.payments.usecases.list_policies import list_policies as list_standings
from services.payments.usecases.parts import Parts
from services.payments.usecases.show_policy import show_policy as show_standing
from services.payments.usecases.show_what_if import show_what_if
from shared.clocks import business_day
from shared.http.routes import Call


async def list_policies(call: Call[Parts, None]) -> PoliciesPage:
    """All policies of the member."""
    today = business_day(call.now())
    found = await call.parts.db.read(lambda tx: list_standings(tx, call.member_id, today))
    return PoliciesPage(items=tuple(PolicyShown.of(standing, today) for standing in found))


async def show_policy(call: Call[Parts, None]) -> PolicyShown:
    """One policy of the member. Raises PolicyNotFound, also for another's."""
    policy_id, today = call.uuid("policy_id"), business_day(call.now())
    standing = await call.parts.db.read(lambda tx: show_standing(tx, call.member_id, policy_id, today))
    return PolicyShown.of(standing, today)


async def what_if(call: Call[Parts, None]) -> WhatIfShown:
    """What paying an amount for the policy would do; nothing is taken. Raises PolicyNotFound, WhatIfAboveLimit."""
    policy_id, today = call.uuid("policy_id"), business_day(call.now())
    query: WhatIfQuery = call.query
    amount_cents = query.amount_cents
    found = await call.parts.db.read(lambda tx: show_what_if(tx, call.member_id, policy_id, amount_cents, today))
    return WhatIfShown.of(found)

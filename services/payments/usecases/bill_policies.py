"""Issue the bills of a member's policies whose time has come. Called when an enrollment comes and by the timer."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from services.payments.domain.bill import Bill
from services.payments.domain.billing import issue_next
from services.payments.domain.ledger import bill_issued
from services.payments.domain.policy import Policy
from services.payments.store import bills, ledger, policies
from services.payments.usecases.apply_credit import apply_credit
from services.payments.usecases.record_bills_paid import record_bills_paid
from shared.db import Tx
from shared.fact import Fact


async def bill_policies(tx: Tx, member_id: UUID, to_bill: Sequence[Policy], now: datetime) -> list[Fact]:
    """Issue, post and pay from credit what is to be billed of a locked member's policies, and save these.

    A month that is not billed in time (the portal was down) is billed when it is noticed, with ten days to pay.
    Gives the facts for the caller to announce: first each bill issued, with what credit has paid on it already.
    """
    issued: list[Bill] = []
    facts: list[Fact] = []
    for policy in to_bill:
        while policy.next_bill_at is not None and policy.next_bill_at <= now:
            policy, bill, paid = issue_next(policy, uuid4(), now)  # noqa: PLW2901 - the policy moves on bill by bill
            issued.append(bill)
            facts += [paid] if paid else []
        await policies.update(tx, policy)
    if not issued:
        return []
    await bills.insert(tx, issued)
    await ledger.insert(tx, *(bill_issued(bill, now) for bill in issued if bill.total_cents > 0))
    facts += await record_bills_paid(tx, issued, now)
    credited, credit_facts = await apply_credit(tx, member_id, now)
    at_the_end = {bill.bill_id: bill for bill in (*issued, *credited)}
    return [*(at_the_end[bill.bill_id].issued(now) for bill in issued), *facts, *credit_facts]

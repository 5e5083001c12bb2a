"""A payment's receipt: load payment, policies and account, decide that there is one, write it.

The API (`http/receipt.py`) and the pages give out the same file. Next: `write_receipt.py` sets it.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from services.gateway.domain.receipt import PaidMonth, PaidPolicy, Receipt, require_receipt
from services.gateway.domain.wording import Language
from services.gateway.providers.identity_answers import Account
from services.gateway.providers.payments_answers import Allocation, PaymentDetails, Policies
from services.gateway.providers.visit import Visit
from services.gateway.usecases.parts import Parts


@dataclass(frozen=True, slots=True)
class ReceiptFile:
    """A receipt as a browser gets it."""

    name: str
    language: Language
    pdf: bytes

    @property
    def disposition(self) -> str:
        """The Content-Disposition: shown in the browser, saved under its name."""
        return f'inline; filename="{self.name}"'


async def show_receipt(parts: Parts, visit: Visit, reference: str, language: Language | None = None) -> ReceiptFile:
    """The receipt of the member's payment, in `language` or that of the account.

    Raises NoReceiptYet; TypesetterBusy; ServiceRefused (404 for a payment that is not the member's) and ServiceAway.
    """
    payment = await parts.payments.payment(visit, reference)
    require_receipt(payment.reference, payment.status)
    policies, account = await asyncio.gather(parts.payments.policies(visit), parts.identity.account(visit))
    receipt = receipt_of(payment, policies, account)
    chosen = language or _language_of(account)
    return ReceiptFile(receipt.file_name, chosen, await parts.receipts.write(receipt, chosen))


def receipt_of(payment: PaymentDetails, policies: Policies, account: Account) -> Receipt:
    """The facts of a receipt; policies in the order in which the payment reached them, their months by time."""
    known = {policy.policy_id: policy for policy in policies.items}
    paid = {}
    for policy_id, allocations in _by_policy(payment.allocations).items():
        policy = known.get(policy_id)
        paid[policy_id] = PaidPolicy(
            policy_number=allocations[0].policy_number,
            insurer=policy.insurer.name if policy else "",
            plan=policy.plan if policy else "",
            months=_months(allocations),
        )
    return Receipt(
        reference=payment.reference,
        accepted_at=payment.accepted_at,
        amount_cents=payment.amount_cents,
        credit_cents=payment.credit_cents,
        paid_by=account.legal_name.full,
        method_brand=payment.method.brand,
        method_last4=payment.method.last4,
        statement_text=payment.statement_text,
        policies=tuple(paid.values()),
    )


def _by_policy(allocations: Iterable[Allocation]) -> dict[UUID, list[Allocation]]:
    found: dict[UUID, list[Allocation]] = {}
    for part in allocations:
        found.setdefault(part.policy_id, []).append(part)
    return found


def _months(allocations: Iterable[Allocation]) -> tuple[PaidMonth, ...]:
    months = (PaidMonth(it.coverage_month, it.due_on, it.amount_cents) for it in allocations)
    return tuple(sorted(months, key=lambda paid: (paid.coverage_month, paid.due_on)))


def _language_of(account: Account) -> Language:
    return Language(account.language) if account.language in set(Language) else Language.EN

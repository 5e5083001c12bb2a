"""The ledger's postings: which accounts move, and by how much, for each event of the money's life.

Debit is +, credit is -, in cents of USD. The verbs below are the only makers of transactions; `store/ledger.py`
writes them. Transaction ids follow from what is posted, so that the same event can never be posted twice.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid5

from services.payments.domain.bill import Bill
from services.payments.domain.payment import Payment
from shared.clocks import business_day

CLEARING = "clearing:processor"
_TRANSACTION_IDS = UUID("6f1f3f0e-9d0b-5c3e-8a56-2f4f2b7d9a10")

Entry = tuple[str, int]


class LedgerKind(StrEnum):
    """What happened; one verb of this module each."""

    BILL_ISSUED = "bill_issued"
    PAYMENT_SUCCEEDED = "payment_succeeded"
    CREDIT_APPLIED = "credit_applied"


class UnbalancedTransaction(Exception):
    """The entries of a ledger transaction do not sum to zero."""


@dataclass(frozen=True, slots=True)
class LedgerTransaction:
    """Entries (account, amount in cents) that belong together, about the bill or payment `subject`.

    Raises UnbalancedTransaction unless the entries sum to zero.
    """

    transaction_id: UUID
    kind: LedgerKind
    subject: UUID
    effective_on: date
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        if sum(amount_cents for _, amount_cents in self.entries) != 0:
            raise UnbalancedTransaction(f"{self.kind} of {self.subject}")


def receivable(policy_id: UUID) -> str:
    """Name the account of what a policy owes."""
    return f"receivable:{policy_id}"


def billed(insurer_id: str) -> str:
    """Name the account of what was billed for an insurer and is not paid yet."""
    return f"billed:{insurer_id}"


def payable(insurer_id: str) -> str:
    """Name the account of what is paid and owed to an insurer."""
    return f"payable:{insurer_id}"


def credit(member_id: UUID) -> str:
    """Name the account of what a member has paid beyond all bills."""
    return f"credit:{member_id}"


def bill_issued(bill: Bill, now: datetime) -> LedgerTransaction:
    """Post a new bill: receivable +, billed -."""
    entries = [(receivable(bill.policy_id), bill.total_cents), (billed(bill.insurer_id), -bill.total_cents)]
    return _posted(LedgerKind.BILL_ISSUED, bill.bill_id, str(bill.bill_id), entries, now)


def payment_succeeded(payment: Payment, now: datetime) -> LedgerTransaction:
    """Post a charge that went through: clearing + whole, each bill's share as `_share_paid`, the rest credit -."""
    entries = [(CLEARING, payment.amount_cents), (credit(payment.member_id), -payment.credit_cents)]
    for part in payment.allocations:
        entries += _share_paid(part.policy_id, part.insurer_id, part.amount_cents)
    return _posted(LedgerKind.PAYMENT_SUCCEEDED, payment.payment_id, str(payment.payment_id), entries, now)


def credit_applied(payment_id: UUID, bill: Bill, amount_cents: int, now: datetime) -> LedgerTransaction:
    """Post credit left of a payment going to a bill: credit +, the bill's share as `_share_paid`.

    One application per payment and version of the bill.
    """
    entries = [(credit(bill.member_id), amount_cents), *_share_paid(bill.policy_id, bill.insurer_id, amount_cents)]
    name = f"{payment_id}:{bill.bill_id}:{bill.version}"
    return _posted(LedgerKind.CREDIT_APPLIED, payment_id, name, entries, now)


def _share_paid(policy_id: UUID, insurer_id: str, amount_cents: int) -> list[Entry]:
    """A bill's share is paid: receivable -, billed +, payable -."""
    return [
        (receivable(policy_id), -amount_cents),
        (billed(insurer_id), amount_cents),
        (payable(insurer_id), -amount_cents),
    ]


def _posted(kind: LedgerKind, subject: UUID, name: str, entries: list[Entry], now: datetime) -> LedgerTransaction:
    """Sum the entries by account, so that each account stands once in a transaction, and leave out zeros."""
    by_account: Counter[str] = Counter()
    for account, amount_cents in entries:
        by_account[account] += amount_cents
    return LedgerTransaction(
        transaction_id=uuid5(_TRANSACTION_IDS, f"{kind}:{name}"),
        kind=kind,
        subject=subject,
        effective_on=business_day(now),
        entries=tuple((account, amount_cents) for account, amount_cents in by_account.items() if amount_cents),
    )

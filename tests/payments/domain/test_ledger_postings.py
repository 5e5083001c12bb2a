"""The ledger's postings: each sums to zero and moves the accounts that the money rules name."""

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.bill import Bill
from services.payments.domain.ledger import (
    LedgerKind,
    LedgerTransaction,
    UnbalancedTransaction,
    bill_issued,
    credit_applied,
    payment_succeeded,
)
from tests.payments.billing_samples import MEMBER, a_bill
from tests.payments.domain.test_paying_allocation import bill_lists
from tests.payments.paying_samples import NOW, a_payment


def test_a_transaction_that_does_not_balance_cannot_be_made() -> None:
    """Money neither appears nor vanishes."""
    with pytest.raises(UnbalancedTransaction):
        LedgerTransaction(uuid4(), LedgerKind.BILL_ISSUED, uuid4(), date(2027, 1, 1), (("a", 5), ("b", -4)))


@given(st.integers(1, 10**12), bill_lists)
def test_a_payment_posts_to_zero_whatever_it_pays(amount_cents: int, bills: list[Bill]) -> None:
    """Each account stands once, none with nothing, and all together are zero."""
    posted = payment_succeeded(a_payment(amount_cents, tuple(bills)), NOW)
    accounts = [account for account, _ in posted.entries]
    assert len(set(accounts)) == len(accounts)
    assert all(cents for _, cents in posted.entries)
    assert sum(cents for _, cents in posted.entries) == 0
    assert dict(posted.entries)["clearing:processor"] == amount_cents


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=5), st.integers(0, 10**9))
def test_bills_and_payments_together_leave_what_is_still_owed(totals: list[int], beyond_cents: int) -> None:
    """After bills are issued and all paid, nothing is receivable; what was paid beyond is the member's credit."""
    bills = tuple(a_bill(total) for total in totals)
    payment = a_payment(sum(totals) + beyond_cents, bills)
    balances: dict[str, int] = {}
    for posted in (*(bill_issued(bill, NOW) for bill in bills), payment_succeeded(payment, NOW)):
        for account, cents in posted.entries:
            balances[account] = balances.get(account, 0) + cents
    assert all(balances[f"receivable:{bill.policy_id}"] == 0 for bill in bills)
    assert balances["billed:acme"] == 0
    assert balances["payable:acme"] == -sum(totals)
    assert balances.get(f"credit:{MEMBER}", 0) == -beyond_cents


def test_a_bill_is_receivable_from_its_policy_and_billed_for_its_insurer() -> None:
    """Bill issued: receivable +, billed -."""
    bill = a_bill(30_000)
    posted = bill_issued(bill, NOW)
    assert posted.entries == ((f"receivable:{bill.policy_id}", 30_000), ("billed:acme", -30_000))
    assert (posted.kind, posted.subject, posted.effective_on) == (LedgerKind.BILL_ISSUED, bill.bill_id, NOW.date())


def test_credit_that_is_used_goes_to_bill_and_insurer() -> None:
    """Credit applied: credit +, receivable -, billed +, payable -."""
    bill, payment_id = a_bill(30_000), uuid4()
    assert dict(credit_applied(payment_id, bill, 1_000, NOW).entries) == {
        f"credit:{MEMBER}": 1_000,
        f"receivable:{bill.policy_id}": -1_000,
        "billed:acme": 1_000,
        "payable:acme": -1_000,
    }


def test_the_same_event_has_the_same_transaction_id() -> None:
    """Posting an event twice is refused by the key of the table; another version of the bill is another event."""
    payment, bill = a_payment(), a_bill()
    assert payment_succeeded(payment, NOW).transaction_id == payment_succeeded(payment, NOW).transaction_id
    first = credit_applied(payment.payment_id, bill, 5, NOW)
    later = credit_applied(payment.payment_id, bill.hold(1), 5, NOW)
    assert first.transaction_id != later.transaction_id

"""The states of a payment: every pair of them, and the facts that its moves tell."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.allocation import Split
from services.payments.domain.payment import (
    TRANSITIONS,
    IllegalPaymentMove,
    Payment,
    PaymentStatus,
    accept,
)
from services.payments.domain.reference import make_reference, parse_reference
from services.payments.domain.schedule import CancelReason
from shared.contracts.payments import PaymentAcceptedV1, PaymentDeclinedV1, PaymentSucceededV1
from tests.payments.billing_samples import MEMBER, a_bill
from tests.payments.paying_samples import KEY, NOW, VISA, a_payment

LATER = NOW + timedelta(seconds=3)
MOVES: dict[PaymentStatus, Callable[[Payment], Payment]] = {
    PaymentStatus.ACCEPTED: lambda payment: payment.run(Split((), 100), LATER)[0],
    PaymentStatus.CANCELED: lambda payment: payment.cancel(CancelReason.MEMBER, LATER)[0],
    PaymentStatus.PROCESSING: lambda payment: payment.leave_open(),
    PaymentStatus.SUCCEEDED: lambda payment: payment.succeed("ch_1", LATER)[0],
    PaymentStatus.DECLINED: lambda payment: payment.decline("card_declined", LATER)[0],
}


@pytest.mark.parametrize("status", PaymentStatus)
@pytest.mark.parametrize("wanted", MOVES)
def test_every_pair_of_states(status: PaymentStatus, wanted: PaymentStatus) -> None:
    """A move in the table leads to the wanted state, one version on; any other is refused."""
    payment = a_payment(status=status, version=4)
    if wanted in TRANSITIONS[status]:
        moved = MOVES[wanted](payment)
        assert (moved.status, moved.version) == (wanted, 5)
    else:
        with pytest.raises(IllegalPaymentMove):
            MOVES[wanted](payment)


def test_only_a_scheduled_payment_becomes_accepted() -> None:
    """A payment is accepted once: when it is made, or on its day; and nothing is scheduled afterwards."""
    accepted_from = {status for status, followers in TRANSITIONS.items() if PaymentStatus.ACCEPTED in followers}
    assert accepted_from == {PaymentStatus.SCHEDULED}
    assert all(PaymentStatus.SCHEDULED not in followers for followers in TRANSITIONS.values())
    assert set(TRANSITIONS) == set(PaymentStatus)


@pytest.mark.parametrize("status", PaymentStatus)
def test_open_means_that_the_outcome_is_to_come(status: PaymentStatus) -> None:
    """Accepted and processing payments are open; one that waits for its day is not yet, the others have ended."""
    assert a_payment(status=status).is_open == (status in (PaymentStatus.ACCEPTED, PaymentStatus.PROCESSING))


def test_acceptance_is_told_with_the_whole_payment() -> None:
    """Whoever hears payment.accepted needs no other event to know the payment."""
    bill = a_bill(30_000)
    payment, fact = accept(
        a_payment().payment_id,
        reference="HC-ABCD-EFGH-J",
        member_id=MEMBER,
        split=Split(a_payment(bills=(bill,)).allocations, 5_000),
        card=VISA,
        method_id=None,
        now=NOW,
    )
    assert isinstance(fact, PaymentAcceptedV1)
    assert (fact.version, fact.status, fact.amount_cents, fact.credit_cents) == (1, "accepted", 35_000, 5_000)
    assert (fact.policy_id, fact.insurer_id, fact.policy_number) == (bill.policy_id, bill.insurer_id, "P-1001")
    assert fact.allocations[0].coverage_month == "2027-01"
    assert fact.statement_text == payment.statement_text == "HEALTHCONN HCABCDEFGHJ"
    assert VISA.card_id not in fact.model_dump_json()


@given(st.integers(0, 2**40 - 1))
def test_the_whole_reference_fits_on_the_bank_statement(number: int) -> None:
    """Card networks cut a statement's text after 22 characters: ours ends there, with the reference whole."""
    reference = make_reference(number, KEY)
    payment, _ = accept(
        uuid4(),
        reference=reference,
        member_id=MEMBER,
        split=Split((), 100),
        card=VISA,
        method_id=None,
        now=NOW,
    )
    assert len(payment.statement_text) <= 22
    assert payment.statement_text.isascii()
    assert parse_reference(payment.statement_text.split()[-1]) == reference


def test_success_and_decline_tell_the_state_they_lead_to() -> None:
    """The facts carry the new status, its version, and why a payment was declined."""
    succeeded, told = a_payment().succeed("ch_1", LATER)
    assert isinstance(told, PaymentSucceededV1)
    assert (told.status, told.version, told.occurred_at, told.decline_code) == ("succeeded", 2, LATER, None)
    assert succeeded.charge_id == "ch_1"
    declined, refused = a_payment().decline("expired_card", LATER)
    assert isinstance(refused, PaymentDeclinedV1)
    assert (refused.status, refused.decline_code, declined.decline_code) == ("declined", "expired_card", "expired_card")


def test_a_payment_without_bills_is_nobodys_insurers() -> None:
    """A payment that is all credit names no insurer and no policy."""
    _, fact = a_payment(1_000, bills=()).succeed("ch_1", LATER)
    assert (fact.insurer_id, fact.policy_id, fact.policy_number, fact.credit_cents) == (None, None, None, 1_000)
    assert fact.routing_key == "payment.succeeded.v1.none"


def test_the_processor_is_asked_the_same_each_time() -> None:
    """The order for the charge does not depend on the state, so that its key never meets another body."""
    payment = a_payment()
    assert payment.charge_order == payment.leave_open().charge_order
    assert payment.charge_order.payment_id == payment.payment_id

"""Facts as identity and payments say them, for the tests of notify; every field can be given another value."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from shared.contracts.identity import AccountRecordArrivedV1, AccountRegisteredV1, AccountVerifiedV1
from shared.contracts.payments import BillIssuedV1, PaymentDeclinedV1, PaymentSucceededV1

ACCOUNT_ID = UUID("11111111-1111-4111-8111-111111111111")
MEMBER_ID = UUID("22222222-2222-4222-8222-222222222222")
POLICY_ID = UUID("33333333-3333-4333-8333-333333333333")
BILL_ID = UUID("44444444-4444-4444-8444-444444444444")
PAYMENT_ID = UUID("55555555-5555-4555-8555-555555555555")
SAID_AT = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)


def _account(**more: Any) -> dict[str, Any]:
    return {
        "account_id": ACCOUNT_ID,
        "member_id": None,
        "status": "unverified",
        "first_name": "Zoë",
        "email": "zoe@example.org",
        "phone": "+16175550123",
        "language": "en",
        "occurred_at": SAID_AT,
        "version": 1,
        **more,
    }


def registered(**more: Any) -> AccountRegisteredV1:
    """Zoë has made an account."""
    return AccountRegisteredV1(**_account(**more))


def record_arrived(**more: Any) -> AccountRecordArrivedV1:
    """The enrollment that Zoë's account waited for has come."""
    return AccountRecordArrivedV1(**_account(**{"version": 2, "status": "waiting_for_record", **more}))


def verified(**more: Any) -> AccountVerifiedV1:
    """Zoë's account is linked to her member record."""
    return AccountVerifiedV1(**_account(**{"version": 3, "status": "verified", "member_id": MEMBER_ID, **more}))


def bill_issued(**more: Any) -> BillIssuedV1:
    """The bill for January 2027: $450.00 premium, $128.50 of it paid by the subsidy."""
    return BillIssuedV1(
        **{
            "bill_id": BILL_ID,
            "policy_id": POLICY_ID,
            "policy_number": "HP-100200",
            "insurer_id": "sunrise",
            "member_id": MEMBER_ID,
            "kind": "premium",
            "coverage_month": "2027-01",
            "issued_on": date(2026, 12, 1),
            "due_on": date(2026, 12, 23),
            "lines": (
                {"kind": "premium", "text_code": "premium", "amount_cents": 45_000},
                {"kind": "subsidy", "text_code": "subsidy", "amount_cents": -12_850},
            ),
            "total_cents": 32_150,
            "paid_cents": 0,
            "in_flight_cents": 0,
            "status": "open",
            "occurred_at": SAID_AT,
            "version": 1,
            **more,
        }
    )


def _payment(**more: Any) -> dict[str, Any]:
    return {
        "payment_id": PAYMENT_ID,
        "reference": "HC-7K2M-9QXT-4",
        "member_id": MEMBER_ID,
        "insurer_id": "sunrise",
        "policy_id": POLICY_ID,
        "policy_number": "HP-100200",
        "amount_cents": 35_400,
        "credit_cents": 1_000,
        "status": "succeeded",
        "method_type": "card",
        "method_brand": "visa",
        "method_last4": "4242",
        "allocations": (
            _allocation(policy_number="HP-100200", coverage_month="2027-01", amount_cents=32_150),
            _allocation(policy_number="DP-300400", coverage_month="2027-02", amount_cents=2_250),
        ),
        "decline_code": None,
        "accepted_at": datetime(2026, 12, 24, 4, 58, tzinfo=UTC),  # 11:58 PM of the day before in New York
        "statement_text": "HEALTHCONN HC7K2M9QXT4",
        "occurred_at": SAID_AT,
        "version": 3,
        **more,
    }


def _allocation(**more: Any) -> dict[str, Any]:
    return {
        "bill_id": BILL_ID,
        "policy_id": POLICY_ID,
        "insurer_id": "sunrise",
        "due_on": date(2026, 12, 23),
        **more,
    }


def payment_succeeded(**more: Any) -> PaymentSucceededV1:
    """Zoë paid $354.00: January of one policy, February of another, and $10.00 stay as credit."""
    return PaymentSucceededV1(**_payment(**more))


def payment_declined(**more: Any) -> PaymentDeclinedV1:
    """The same payment, refused for want of funds."""
    return PaymentDeclinedV1(
        **_payment(**{"status": "declined", "decline_code": "insufficient_funds", "credit_cents": 0, **more})
    )

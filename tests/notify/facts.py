"""Facts as identity and payments say them, for the tests of notify; every field can be given another value."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from shared.contracts.identity import (
    AccountLinkRequestedV1,
    AccountRecordArrivedV1,
    AccountRegisteredV1,
    AccountVerifiedV1,
    CaseOpenedV1,
    SecurityChangedV1,
)
from shared.contracts.payments import (
    BillIssuedV1,
    BillPastDueV1,
    PaymentCanceledV1,
    PaymentDeclinedV1,
    PaymentScheduledV1,
    PaymentSucceededV1,
)

ACCOUNT_ID = UUID("11111111-1111-4111-8111-111111111111")
MEMBER_ID = UUID("22222222-2222-4222-8222-222222222222")
POLICY_ID = UUID("33333333-3333-4333-8333-333333333333")
BILL_ID = UUID("44444444-4444-4444-8444-444444444444")
PAYMENT_ID = UUID("55555555-5555-4555-8555-555555555555")
CASE_ID = UUID("66666666-6666-4666-8666-666666666666")
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


def link_requested(**more: Any) -> AccountLinkRequestedV1:
    """Zoë asked for a link to set a new password; tests that open it give their own `sealed_link`."""
    return AccountLinkRequestedV1(
        **{
            "account_id": ACCOUNT_ID,
            "purpose": "password_reset",
            "sealed_link": "c2VhbGVk",
            "expires_at": datetime(2026, 12, 1, 15, 30, tzinfo=UTC),
            "occurred_at": SAID_AT,
            "version": 4,
            **more,
        }
    )


def security_changed(**more: Any) -> SecurityChangedV1:
    """Zoë changed her password on her phone."""
    return SecurityChangedV1(
        **{
            "account_id": ACCOUNT_ID,
            "what": "password_changed",
            "device": "Chrome on Android",
            "network_hint": "203.0.113.0/24",
            "changed_at": SAID_AT,
            "occurred_at": SAID_AT,
            "version": 5,
            **more,
        }
    )


def case_opened(**more: Any) -> CaseOpenedV1:
    """Zoë, logged in, wrote to support about a payment."""
    return CaseOpenedV1(
        **{
            "case_id": CASE_ID,
            "reference": "CS-4F7K9QXT",
            "account_id": ACCOUNT_ID,
            "email": "zoe@example.org",
            "first_name": "Zoë",
            "language": "en",
            "topic": "payment_missing",
            "payment_reference": "HC-7K2M-9QXT-4",
            "occurred_at": SAID_AT,
            "version": 1,
            **more,
        }
    )


def asked_without_log_in(**more: Any) -> CaseOpenedV1:
    """Somebody without an account wrote to support and gave an address and a name."""
    return case_opened(
        **{
            "account_id": None,
            "email": "ben@example.org",
            "first_name": "Ben",
            "topic": "cannot_log_in",
            "payment_reference": None,
            **more,
        }
    )


def _bill(**more: Any) -> dict[str, Any]:
    return {
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


def bill_issued(**more: Any) -> BillIssuedV1:
    """The bill for January 2027: $450.00 premium, $128.50 of it paid by the subsidy."""
    return BillIssuedV1(**_bill(**more))


def bill_past_due(**more: Any) -> BillPastDueV1:
    """The same bill on the day after its due day, unpaid."""
    return BillPastDueV1(
        **_bill(**{"status": "past_due", "occurred_at": datetime(2026, 12, 24, 5, 0, tzinfo=UTC), "version": 2, **more})
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


def payment_scheduled(**more: Any) -> PaymentScheduledV1:
    """The same payment, agreed for the 20th; it can be canceled until 8:00 PM of the 19th in New York."""
    return PaymentScheduledV1(
        **_payment(
            **{
                "status": "scheduled",
                "credit_cents": 0,
                "scheduled_on": date(2026, 12, 20),
                "agreed_cents": 35_400,
                "amount_rule": "owed",
                "cancel_until": datetime(2026, 12, 20, 1, 0, tzinfo=UTC),
                "version": 1,
                **more,
            }
        )
    )


def payment_canceled(**more: Any) -> PaymentCanceledV1:
    """The scheduled payment, canceled by Zoë herself."""
    return PaymentCanceledV1(
        **_payment(
            **{
                "status": "canceled",
                "credit_cents": 0,
                "scheduled_on": date(2026, 12, 20),
                "agreed_cents": 35_400,
                "cancel_reason": "member",
                "version": 2,
                **more,
            }
        )
    )

"""The catalog of notices: one row per kind. `events.py` subscribes to what stands here; `usecases/write_letter.py`
renders the row's template, as text and as HTML. A new notice is a row here, its template in each language and its
golden texts.
"""

from dataclasses import dataclass
from enum import StrEnum

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

AccountFact = AccountRegisteredV1 | AccountVerifiedV1 | AccountRecordArrivedV1
SecurityFact = AccountLinkRequestedV1 | SecurityChangedV1
BillFact = BillIssuedV1 | BillPastDueV1
PaymentFact = PaymentScheduledV1 | PaymentSucceededV1 | PaymentDeclinedV1 | PaymentCanceledV1
MemberFact = BillFact | PaymentFact
NoticedFact = AccountFact | SecurityFact | CaseOpenedV1 | MemberFact

CONTACT_FACTS: tuple[type[AccountFact], ...] = (AccountRegisteredV1, AccountVerifiedV1, AccountRecordArrivedV1)


class NoticeKind(StrEnum):
    """What a notice is about."""

    ACCOUNT_VERIFIED = "account_verified"
    RECORD_ARRIVED = "record_arrived"
    PASSWORD_LINK = "password_link"  # noqa: S105 - the name of a notice
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of a notice
    CASE_OPENED = "case_opened"
    BILL_ISSUED = "bill_issued"
    BILL_PAST_DUE = "bill_past_due"
    PAYMENT_SCHEDULED = "payment_scheduled"
    PAYMENT_SUCCEEDED = "payment_succeeded"
    PAYMENT_DECLINED = "payment_declined"
    PAYMENT_CANCELED = "payment_canceled"


class Channel(StrEnum):
    """The way by which a notice reaches a person."""

    EMAIL = "email"


class Language(StrEnum):
    """The languages that every notice is written in."""

    EN = "en"
    ES = "es"


class Once(StrEnum):
    """How often a kind is told: once about its subject, however often that is announced anew, or once each event."""

    PER_SUBJECT = "per_subject"
    PER_EVENT = "per_event"


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """One kind of notice: the fact it tells, its channel, and its template below `templates/<language>/`."""

    fact: type[NoticedFact]
    kind: NoticeKind
    channel: Channel
    template: str
    once: Once = Once.PER_SUBJECT


EMAIL = Channel.EMAIL
CATALOG: tuple[CatalogRow, ...] = (
    CatalogRow(AccountVerifiedV1, NoticeKind.ACCOUNT_VERIFIED, EMAIL, "account_verified.jinja"),
    CatalogRow(AccountRecordArrivedV1, NoticeKind.RECORD_ARRIVED, EMAIL, "record_arrived.jinja"),
    CatalogRow(AccountLinkRequestedV1, NoticeKind.PASSWORD_LINK, EMAIL, "password_link.jinja", Once.PER_EVENT),
    CatalogRow(SecurityChangedV1, NoticeKind.PASSWORD_CHANGED, EMAIL, "password_changed.jinja", Once.PER_EVENT),
    CatalogRow(CaseOpenedV1, NoticeKind.CASE_OPENED, EMAIL, "case_opened.jinja"),
    CatalogRow(BillIssuedV1, NoticeKind.BILL_ISSUED, EMAIL, "bill_issued.jinja"),
    CatalogRow(BillPastDueV1, NoticeKind.BILL_PAST_DUE, EMAIL, "bill_past_due.jinja"),
    CatalogRow(PaymentScheduledV1, NoticeKind.PAYMENT_SCHEDULED, EMAIL, "payment_scheduled.jinja"),
    CatalogRow(PaymentSucceededV1, NoticeKind.PAYMENT_SUCCEEDED, EMAIL, "payment_succeeded.jinja"),
    CatalogRow(PaymentDeclinedV1, NoticeKind.PAYMENT_DECLINED, EMAIL, "payment_declined.jinja"),
    CatalogRow(PaymentCanceledV1, NoticeKind.PAYMENT_CANCELED, EMAIL, "payment_canceled.jinja"),
)


def rows_for(fact: type[NoticedFact]) -> tuple[CatalogRow, ...]:
    """The notices that a fact is told by; none for a fact that only brings contact data."""
    return tuple(row for row in CATALOG if row.fact is fact)


def row_of(kind: NoticeKind) -> CatalogRow:
    """The row of a kind; every kind has one."""
    return next(row for row in CATALOG if row.kind is kind)

"""The catalog of notices: one row per kind. `events.py` subscribes to what stands here; `usecases/write_letter.py`
renders the row's template. A new notice is a row here, its templates in each language and its golden texts.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.identity import AccountRecordArrivedV1, AccountRegisteredV1, AccountVerifiedV1
from shared.contracts.payments import BillIssuedV1, PaymentDeclinedV1, PaymentSucceededV1

AccountFact = AccountRegisteredV1 | AccountVerifiedV1 | AccountRecordArrivedV1
MemberFact = BillIssuedV1 | PaymentSucceededV1 | PaymentDeclinedV1
NoticedFact = AccountFact | MemberFact

CONTACT_FACTS: tuple[type[AccountFact], ...] = (AccountRegisteredV1, AccountVerifiedV1, AccountRecordArrivedV1)


class NoticeKind(StrEnum):
    """What a notice is about."""

    ACCOUNT_VERIFIED = "account_verified"
    RECORD_ARRIVED = "record_arrived"
    BILL_ISSUED = "bill_issued"
    PAYMENT_SUCCEEDED = "payment_succeeded"
    PAYMENT_DECLINED = "payment_declined"


class Channel(StrEnum):
    """The way by which a notice reaches a person."""

    EMAIL = "email"


class Language(StrEnum):
    """The languages that every notice is written in."""

    EN = "en"
    ES = "es"


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """One kind of notice: the fact it tells, its channel, and its template below `templates/<language>/`."""

    fact: type[NoticedFact]
    kind: NoticeKind
    channel: Channel
    template: str


CATALOG: tuple[CatalogRow, ...] = (
    CatalogRow(AccountVerifiedV1, NoticeKind.ACCOUNT_VERIFIED, Channel.EMAIL, "account_verified.txt"),
    CatalogRow(AccountRecordArrivedV1, NoticeKind.RECORD_ARRIVED, Channel.EMAIL, "record_arrived.txt"),
    CatalogRow(BillIssuedV1, NoticeKind.BILL_ISSUED, Channel.EMAIL, "bill_issued.txt"),
    CatalogRow(PaymentSucceededV1, NoticeKind.PAYMENT_SUCCEEDED, Channel.EMAIL, "payment_succeeded.txt"),
    CatalogRow(PaymentDeclinedV1, NoticeKind.PAYMENT_DECLINED, Channel.EMAIL, "payment_declined.txt"),
)


def rows_for(fact: type[NoticedFact]) -> tuple[CatalogRow, ...]:
    """The notices that a fact is told by; none for a fact that only brings contact data."""
    return tuple(row for row in CATALOG if row.fact is fact)


def row_of(kind: NoticeKind) -> CatalogRow:
    """The row of a kind; every kind has one."""
    return next(row for row in CATALOG if row.kind is kind)

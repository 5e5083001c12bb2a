"""The golden texts of the letters: `python -m tests.notify.write_golden` writes them anew, to be read by a person."""

from pathlib import Path

from services.notify.domain.catalog import Language, NoticedFact, NoticeKind, rows_for
from services.notify.domain.contact import recipient_in
from services.notify.domain.delivery import Letter
from services.notify.usecases.write_letter import write_letter
from tests.notify import facts

GOLDEN = Path(__file__).parent / "golden"
PORTAL_URL = "https://portal.example"
FACTS: dict[NoticeKind, NoticedFact] = {
    NoticeKind.ACCOUNT_VERIFIED: facts.verified(),
    NoticeKind.RECORD_ARRIVED: facts.record_arrived(),
    NoticeKind.PASSWORD_LINK: facts.link_requested(),
    NoticeKind.PASSWORD_CHANGED: facts.security_changed(),
    NoticeKind.CASE_OPENED: facts.case_opened(),
    NoticeKind.BILL_ISSUED: facts.bill_issued(),
    NoticeKind.BILL_PAST_DUE: facts.bill_past_due(),
    NoticeKind.PAYMENT_SCHEDULED: facts.payment_scheduled(),
    NoticeKind.PAYMENT_SUCCEEDED: facts.payment_succeeded(),
    NoticeKind.PAYMENT_DECLINED: facts.payment_declined(),
    NoticeKind.PAYMENT_CANCELED: facts.payment_canceled(),
}
LETTERS: dict[str, NoticedFact] = {
    **{kind.value: fact for kind, fact in FACTS.items()},
    "bill_issued_partly_paid": facts.bill_issued(paid_cents=2_000),
    "bill_issued_paid": facts.bill_issued(paid_cents=32_150, status="paid"),
    "bill_past_due_partly_settling": facts.bill_past_due(paid_cents=2_000, in_flight_cents=1_050),
    "case_opened_without_log_in": facts.asked_without_log_in(),
    "password_reset": facts.security_changed(what="password_reset"),
    "payment_succeeded_less_than_agreed": facts.payment_succeeded(agreed_cents=40_000, credit_cents=0),
    "payment_canceled_nothing_owed": facts.payment_canceled(cancel_reason="nothing_owed"),
    "payment_canceled_method_removed": facts.payment_canceled(cancel_reason="method_removed"),
}


def letter(name: str, language: Language) -> Letter:
    """A letter to Zoë, or to a person without an account: the one of a kind, or one of those that `LETTERS` adds."""
    fact = LETTERS[name]
    (row,) = rows_for(type(fact))
    first_name = None if recipient_in(fact) else "Zoë"
    return write_letter(kind=row.kind, fact=fact, first_name=first_name, language=language, portal_url=PORTAL_URL)


def as_text(written: Letter) -> str:
    """Subject and body as one text."""
    return f"Subject: {written.subject}\n\n{written.body}"


if __name__ == "__main__":
    for language in Language:
        for name in LETTERS:
            path = GOLDEN / language / f"{name}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(as_text(letter(name, language)), encoding="utf-8")

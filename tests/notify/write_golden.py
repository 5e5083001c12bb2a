"""The golden texts of the letters: `python -m tests.notify.write_golden` writes them anew, to be read by a person."""

from pathlib import Path

from services.notify.domain.catalog import Language, NoticedFact, NoticeKind, rows_for
from services.notify.domain.delivery import Letter
from services.notify.usecases.write_letter import write_letter
from tests.notify import facts

GOLDEN = Path(__file__).parent / "golden"
PORTAL_URL = "https://portal.example"
FACTS: dict[NoticeKind, NoticedFact] = {
    NoticeKind.ACCOUNT_VERIFIED: facts.verified(),
    NoticeKind.RECORD_ARRIVED: facts.record_arrived(),
    NoticeKind.BILL_ISSUED: facts.bill_issued(),
    NoticeKind.PAYMENT_SUCCEEDED: facts.payment_succeeded(),
    NoticeKind.PAYMENT_DECLINED: facts.payment_declined(),
}
LETTERS: dict[str, NoticedFact] = {
    **{kind.value: fact for kind, fact in FACTS.items()},
    "bill_issued_partly_paid": facts.bill_issued(paid_cents=2_000),
    "bill_issued_paid": facts.bill_issued(paid_cents=32_150, status="paid"),
}


def letter(name: str, language: Language) -> Letter:
    """A letter to Zoë: the one of a kind, or one of those that `LETTERS` adds."""
    fact = LETTERS[name]
    (row,) = rows_for(type(fact))
    return write_letter(kind=row.kind, fact=fact, first_name="Zoë", language=language, portal_url=PORTAL_URL)


def as_text(written: Letter) -> str:
    """Subject and body as one text."""
    return f"Subject: {written.subject}\n\n{written.body}"


if __name__ == "__main__":
    for language in Language:
        for name in LETTERS:
            path = GOLDEN / language / f"{name}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(as_text(letter(name, language)), encoding="utf-8")

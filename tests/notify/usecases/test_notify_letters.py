"""The letters word for word: golden texts for each kind and language, and what must never get into one.

After a wanted change of words: `python -m tests.notify.write_golden`, then read the difference.
"""

import re
from datetime import UTC, datetime
from typing import get_args

import pytest
from jinja2 import UndefinedError

from services.notify.domain.catalog import Language, NoticedFact, NoticeKind
from services.notify.domain.decline import BY_CODE, DeclineReason
from services.notify.domain.delivery import Letter
from services.notify.usecases.write_letter import write_letter
from shared.contracts.identity import CaseOpenedV1
from shared.contracts.payments import PaymentSucceededV1
from tests.notify import facts
from tests.notify.write_golden import FACTS, GOLDEN, LETTERS, PORTAL_URL, as_text, letter

CODES = {reason: next((code for code, its in BY_CODE.items() if its is reason), None) for reason in DeclineReason}


def write(fact: NoticedFact, kind: NoticeKind, language: Language = Language.EN, first_name: str = "Zoë") -> Letter:
    """A letter with a name and language of the test's own."""
    return write_letter(kind=kind, fact=fact, first_name=first_name, language=language, portal_url=PORTAL_URL)


@pytest.mark.parametrize("name", LETTERS)
@pytest.mark.parametrize("language", Language)
def test_the_letter_reads_as_agreed(name: str, language: Language) -> None:
    """Each notice in each language is, word for word, the text that was read and agreed."""
    agreed = (GOLDEN / language / f"{name}.txt").read_text(encoding="utf-8")
    assert as_text(letter(name, language)) == agreed


def test_no_golden_text_is_left_over() -> None:
    """Each golden text belongs to a letter."""
    found = {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*.txt")}
    assert found == {f"{language}/{name}.txt" for language in Language for name in LETTERS}


@pytest.mark.parametrize("language", Language)
def test_the_receipt_says_all_that_a_member_needs(language: Language) -> None:
    """Reference, amount, months and policies, card, credit and the text on the bank statement are all there."""
    body = letter(NoticeKind.PAYMENT_SUCCEEDED, language).body
    for part in ("HC-7K2M-9QXT-4", "$354.00", "Visa", "4242", "HP-100200", "DP-300400", "$10.00", "HEALTHCONN"):
        assert part in body


def test_without_credit_nothing_is_said_of_it() -> None:
    """A payment that was used up does not speak of credit left over."""
    fact = facts.payment_succeeded(credit_cents=0)
    assert "Credit" not in write(fact, NoticeKind.PAYMENT_SUCCEEDED).body


def test_a_payment_that_paid_no_bill_is_all_credit() -> None:
    """Money paid with nothing owed is acknowledged as credit, without an empty list of months."""
    fact = facts.payment_succeeded(allocations=(), credit_cents=35_400, policy_id=None, policy_number=None)
    body = write(fact, NoticeKind.PAYMENT_SUCCEEDED).body
    assert "What it paid" not in body
    assert "Credit left over: $354.00" in body


def test_a_bill_tells_what_credit_has_paid_and_what_is_left() -> None:
    """Of $321.50 a credit of $20.00 has paid its part: subject and text ask for the rest only."""
    written = write(facts.bill_issued(paid_cents=2_000), NoticeKind.BILL_ISSUED)
    assert "$301.50, due" in written.subject
    assert "  - Paid from your credit: -$20.00\n  - Still to pay: $301.50\n" in written.body
    assert "credit:" not in write(facts.bill_issued(), NoticeKind.BILL_ISSUED).body


def test_a_bill_past_due_asks_for_what_nothing_covers_yet() -> None:
    """Of $321.50, $20.00 are paid and $10.50 are settling: the letter asks for the rest and names each part."""
    written = write(facts.bill_past_due(paid_cents=2_000, in_flight_cents=1_050), NoticeKind.BILL_PAST_DUE)
    assert written.subject.endswith("past due: $291.00")
    assert "Already paid: $20.00\nReceived, settling: $10.50\n" in written.body
    assert "settling" not in write(facts.bill_past_due(), NoticeKind.BILL_PAST_DUE).body


@pytest.mark.parametrize("language", Language)
def test_a_bill_past_due_threatens_with_nothing(language: Language) -> None:
    """When coverage ends is not for this letter to say: it names no such day and no such word."""
    text = as_text(letter(NoticeKind.BILL_PAST_DUE, language))
    assert not re.search(r"terminat|cancel|lose|perder|terminar", text, re.IGNORECASE)


def test_a_scheduled_payment_of_a_chosen_amount_promises_no_less() -> None:
    """Only a payment of what is owed shrinks with it; a sum that the member chose is charged as it is."""
    assert "only that is charged" in write(facts.payment_scheduled(), NoticeKind.PAYMENT_SCHEDULED).body
    fixed = write(facts.payment_scheduled(amount_rule="fixed"), NoticeKind.PAYMENT_SCHEDULED)
    assert "only that is charged" not in fixed.body


@pytest.mark.parametrize("language", Language)
def test_a_scheduled_payment_says_until_when_it_can_be_canceled(language: Language) -> None:
    """The last moment is told in New York time, which is the evening of the day before."""
    assert {Language.EN: "December 19, 2026, 8:00\u00a0PM", Language.ES: "19 de diciembre de 2026, 8:00\u00a0p.m."}[
        language
    ] in letter(NoticeKind.PAYMENT_SCHEDULED, language).body


@pytest.mark.parametrize("language", Language)
def test_what_was_scheduled_after_the_cut_off_promises_no_canceling(language: Language) -> None:
    """At 9 p.m. for the next day: no time that has passed, and no word of canceling."""
    late = facts.payment_scheduled(occurred_at=datetime(2026, 12, 20, 2, tzinfo=UTC))
    body = write(late, NoticeKind.PAYMENT_SCHEDULED, language).body
    assert "cancel" not in body
    assert "December 19" not in body
    assert "19 de diciembre" not in body


@pytest.mark.parametrize("language", Language)
def test_each_cancellation_has_words_of_its_own(language: Language) -> None:
    """By the member, because nothing was owed, because the card was removed: each is told, never as a code."""
    reasons = ("member", "nothing_owed", "method_removed")
    bodies = {
        write(facts.payment_canceled(cancel_reason=reason), NoticeKind.PAYMENT_CANCELED, language).body
        for reason in reasons
    }
    assert len(bodies) == len(reasons)
    assert not any(reason in body for reason in reasons[1:] for body in bodies)


@pytest.mark.parametrize("topic", get_args(CaseOpenedV1.model_fields["topic"].annotation))
@pytest.mark.parametrize("language", Language)
def test_each_topic_of_a_case_has_words(topic: str, language: Language) -> None:
    """Whatever somebody asks about, the letter names it in the language of the reader, never as a code."""
    body = write(facts.case_opened(topic=topic), NoticeKind.CASE_OPENED, language).body
    assert "_" not in body
    assert re.search(r"(Topic|Tema): [A-Z]\w+", body)


def test_a_receipt_of_less_than_agreed_says_so() -> None:
    """Whoever scheduled $400.00 and was charged $354.00 reads why; whoever was charged as agreed does not."""
    less = write(facts.payment_succeeded(agreed_cents=40_000), NoticeKind.PAYMENT_SUCCEEDED)
    assert "You had scheduled $400.00" in less.body
    same = write(facts.payment_succeeded(agreed_cents=35_400), NoticeKind.PAYMENT_SUCCEEDED)
    assert "had scheduled" not in same.body


@pytest.mark.parametrize("paid_cents", [32_150, 0])
def test_a_bill_that_is_covered_asks_for_nothing(paid_cents: int) -> None:
    """Whose bill is already paid, from credit or by the subsidy, is not told to pay it."""
    written = write(facts.bill_issued(paid_cents=paid_cents, total_cents=paid_cents), NoticeKind.BILL_ISSUED)
    assert written.subject.endswith("nothing to pay")
    assert "nothing for you to pay" in written.body
    assert "Make a Payment" not in written.body


@pytest.mark.parametrize("reason", DeclineReason)
@pytest.mark.parametrize("language", Language)
def test_each_decline_has_words_of_its_own(reason: DeclineReason, language: Language) -> None:
    """A declined member reads why and what to do, never a processor's code."""
    bodies = {
        one: write(facts.payment_declined(decline_code=code), NoticeKind.PAYMENT_DECLINED, language).body
        for one, code in CODES.items()
    }
    assert sum(body == bodies[reason] for body in bodies.values()) == 1
    assert str(CODES[reason]) not in bodies[reason]


@pytest.mark.parametrize("language", Language)
def test_a_decline_says_what_the_payment_was_meant_for_and_not_what_is_owed(language: Language) -> None:
    """What is owed may be more or less by now: the letter lists what would have been paid, and names no due day."""
    body = letter(NoticeKind.PAYMENT_DECLINED, language).body
    assert {Language.EN: "This payment was meant for:", Language.ES: "Este pago era para:"}[language] in body
    assert "HP-100200: $321.50\n" in body
    assert not re.search(r"still to|owed|\bdue\b|pendiente|vence", body, re.IGNORECASE)


INJECTIONS = ["Zoë\r\nBcc: all@example.org", "Zoë\nSubject: gift", "Zoë\u2028x", "Zoë\x00\x1b[31m", "\u202eeoZ"]


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("kind", NoticeKind)
def test_no_name_begins_a_line_or_a_header(kind: NoticeKind, text: str) -> None:
    """A name with line breaks or control characters stays inside the greeting."""
    plain = write(FACTS[kind], kind, first_name="Zoë")
    written = write(FACTS[kind], kind, first_name=text)
    assert written.subject == plain.subject
    assert len(written.body.splitlines()) == len(plain.body.splitlines())
    assert not re.search(r"[\x00\x1b\r\u2028\u202e]", written.body)


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_value_of_a_fact_breaks_the_subject(text: str) -> None:
    """A reference from elsewhere cannot add a header to the mail."""
    written = write(facts.payment_succeeded(reference=text), NoticeKind.PAYMENT_SUCCEEDED)
    assert len(written.subject.splitlines()) == 1


def test_names_are_data_and_not_templates() -> None:
    """Somebody called `{{ fact }}` is greeted by that name."""
    body = write(FACTS[NoticeKind.ACCOUNT_VERIFIED], NoticeKind.ACCOUNT_VERIFIED, first_name="{{ fact }}").body
    assert body.startswith("Hello {{ fact }},")


def test_a_missing_value_is_an_error() -> None:
    """A letter with a hole in it is never written."""
    fact = PaymentSucceededV1.model_construct(
        **{name: value for name, value in facts.payment_succeeded() if name != "reference"}
    )
    with pytest.raises((UndefinedError, AttributeError)):
        write(fact, NoticeKind.PAYMENT_SUCCEEDED)


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("language", Language)
def test_nothing_more_personal_than_the_first_name(kind: NoticeKind, language: Language) -> None:
    """No email address, phone number, id, insurer or plan stands in a letter; of a card only its last four."""
    text = as_text(letter(kind, language)).replace(f"/bills/{facts.BILL_ID}", "")
    assert "@" not in text
    assert "sunrise" not in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text)
    assert not re.search(r"\d{3}-?\d{2}-?\d{4}", text.replace("$", " ").replace("HP-100200", ""))
    assert "6175550123" not in text

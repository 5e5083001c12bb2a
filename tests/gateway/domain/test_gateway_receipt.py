"""What stands on a receipt, in both languages, and which payments have one."""

from typing import Any

import orjson
import pytest

from services.gateway.domain.receipt import Help, NoReceiptYet, PaidPolicy, receipt_words, require_receipt
from services.gateway.domain.wording import Language
from services.gateway.usecases.write_receipt import TEMPLATE, TEXTS
from tests.gateway.receipt_facts import EVERGREEN, HELP, REFERENCE, make_receipt, months

ALL_TEXTS = orjson.loads(TEXTS.read_bytes())


def words(receipt: Any, language: Language = Language.EN, help_at: Help = HELP) -> dict[str, Any]:
    """The words of a receipt in one language."""
    return receipt_words(receipt, help_at, language, ALL_TEXTS[language])


def facts(shown: dict[str, Any]) -> dict[str, str]:
    """The lines under the reference number, by their labels."""
    return {fact["label"]: fact["text"] for fact in shown["facts"]}


def test_a_receipt_says_what_was_paid_when_by_whom_and_with_what() -> None:
    """Reference, amount, the time in New York, the payer, the card's last four and the bank statement."""
    shown = words(make_receipt(EVERGREEN))
    assert shown["title"] == f"Payment receipt {REFERENCE}"
    assert shown["reference"] == {"label": "Payment reference number", "text": REFERENCE}
    assert shown["amount"]["text"] == "$272.50"
    assert facts(shown) == {
        "Date and time": "November 24, 2026, 1:04 PM, New York time",
        "Paid by": "Nora Lindqvist",
        "Paid with": "Visa card ending in 4242",
        "On your bank statement": "HEALTHCONN HC7K3MQ9XD2",
    }


def test_a_receipt_says_what_was_paid_for() -> None:
    """Each policy has its insurer, plan and number, its months with their due days, and its total."""
    shown = words(make_receipt(PaidPolicy("EV-1001", "Evergreen Health Plan", "Evergreen Silver 2500", months(2))))
    assert shown["policies"] == [
        {
            "heading": "Evergreen Health Plan · Evergreen Silver 2500",
            "number": "Policy EV-1001",
            "rows": [["January 2027", "Dec 23, 2026", "$272.50"], ["February 2027", "Dec 23, 2026", "$272.50"]],
            "total": ["Total for this policy", "$545.00"],
        }
    ]


def test_a_receipt_speaks_spanish() -> None:
    """Words, days, months and times are Spanish ones; names and numbers stay as they are."""
    shown = words(make_receipt(EVERGREEN, credit_cents=500, brand="amex"), Language.ES)
    assert (shown["language"], shown["title"]) == ("es", f"Recibo de pago {REFERENCE}")
    assert facts(shown)["Fecha y hora"] == "24 de noviembre de 2026, 1:04 p.m., hora de Nueva York"
    assert facts(shown)["Pagado con"] == "Tarjeta American Express terminada en 4242"
    assert shown["policies"][0]["rows"] == [["Enero de 2027", "23 dic 2026", "$272.50"]]
    assert shown["credit"]["text"] == "Guardamos $5.00 para usted; se usará en su próxima factura."


def test_a_policy_of_which_nothing_is_known_is_named_by_its_number() -> None:
    """A policy that is not the member's any more still has its months on the receipt."""
    (shown,) = words(make_receipt(PaidPolicy("GONE-1", "", "", months(1))))["policies"]
    assert (shown["heading"], shown["number"]) == ("Policy GONE-1", "")


@pytest.mark.parametrize(
    ("credit_cents", "text"), [(0, None), (123_456, "$1,234.56 is kept for you and used on your next bill.")]
)
def test_credit_is_named_where_there_is_some(credit_cents: int, text: str | None) -> None:
    """What was paid above all bills is not lost, and the receipt says so; without any it says nothing."""
    credit = words(make_receipt(EVERGREEN, credit_cents=credit_cents))["credit"]
    assert (credit and credit["text"]) == text


@pytest.mark.parametrize(
    ("is_sandbox", "line"), [(False, ""), (True, "Test portal: no real money moves here.")]
)  # fmt: skip
def test_a_receipt_of_a_trial_says_that_it_is_one(is_sandbox: bool, line: str) -> None:  # noqa: FBT001 - a column
    """Nobody takes a receipt of the sandbox for a proof of payment."""
    shown = words(make_receipt(EVERGREEN), help_at=Help("1-800-555-0134", "https://portal.example/", is_sandbox))
    assert shown["sandbox"] == line
    assert shown["help"]["link"]["url"] == "https://portal.example/help/contact"


def test_invisible_characters_do_not_get_onto_a_receipt() -> None:
    """A name with control characters, from wherever it came, is shown on one line without them."""
    shown = words(make_receipt(EVERGREEN, paid_by="Nora\x00 \u2028Lind\nqvist\ud800"))
    assert facts(shown)["Paid by"] == "Nora Lind qvist"


def test_both_languages_have_every_text() -> None:
    """What is said in English is said in Spanish, with the same values in it."""
    english, spanish = ALL_TEXTS["en"], ALL_TEXTS["es"]
    assert set(ALL_TEXTS) == set(Language)
    assert set(english) == set(spanish)
    for name, text in english.items():
        assert sorted(_places(text)) == sorted(_places(spanish[name])), name


def test_nothing_is_said_by_the_template_itself() -> None:
    """The template holds no words of its own but the portal's name: all others exist in both languages."""
    source = TEMPLATE.read_text(encoding="utf-8")
    assert not [text for text in ALL_TEXTS["en"].values() if f'"{text}"' in source or f"[{text}]" in source]


@pytest.mark.parametrize("status", ["scheduled", "awaiting_funds", "accepted", "processing", "declined", "canceled"])
def test_a_payment_without_money_has_no_receipt(status: str) -> None:
    """What is not paid is not receipted, and the reason is kept."""
    with pytest.raises(NoReceiptYet) as refusal:
        require_receipt(REFERENCE, status)
    assert (refusal.value.reference, refusal.value.status) == (REFERENCE, status)


def test_a_payment_that_succeeded_has_a_receipt() -> None:
    """Money was received."""
    require_receipt(REFERENCE, "succeeded")
    assert make_receipt(EVERGREEN).file_name == f"receipt-{REFERENCE}.pdf"


def _places(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("{")[1:]]

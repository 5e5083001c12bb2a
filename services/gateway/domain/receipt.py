"""A receipt: which payments have one, what stands on it, and how that reads in English and Spanish.

Next: `usecases/show_receipt.py` gathers its facts, `usecases/write_receipt.py` makes a PDF of its words.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.gateway.domain.wording import Language, brand, day_short, moment, money, month

WITH_RECEIPT = frozenset({"succeeded"})
INVISIBLE = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})

Texts = Mapping[str, str]


class NoReceiptYet(Exception):
    """Money was not received by this payment, so far or at all; `status` says where it stands."""

    def __init__(self, reference: str, status: str) -> None:
        super().__init__(f"{reference} is {status}")
        self.reference = reference
        self.status = status


@dataclass(frozen=True, slots=True)
class PaidMonth:
    """What a payment paid of one bill; `coverage_month` like "2027-01"."""

    coverage_month: str
    due_on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class PaidPolicy:
    """What a payment paid for one policy. `insurer` and `plan` are empty where nothing more is known of it."""

    policy_number: str
    insurer: str
    plan: str
    months: tuple[PaidMonth, ...]

    @property
    def total_cents(self) -> int:
        """All months together."""
        return sum(paid.amount_cents for paid in self.months)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was paid, when, by whom, with what and for what. `amount_cents` is all policies' totals and the credit."""

    reference: str
    accepted_at: datetime
    amount_cents: int
    credit_cents: int
    paid_by: str
    method_brand: str
    method_last4: str
    statement_text: str
    policies: tuple[PaidPolicy, ...]

    @property
    def file_name(self) -> str:
        """What the file is called."""
        return f"receipt-{self.reference}.pdf"


@dataclass(frozen=True, slots=True)
class Help:
    """Where a member gets help: a phone number and the portal's address. `is_sandbox`: no real money moved."""

    phone: str
    portal_url: str
    is_sandbox: bool


def require_receipt(reference: str, status: str) -> None:
    """Raises NoReceiptYet unless a payment of this status has a receipt."""
    if status not in WITH_RECEIPT:
        raise NoReceiptYet(reference, status)


def receipt_words(receipt: Receipt, help_at: Help, language: Language, texts: Texts) -> dict[str, Any]:
    """Everything that the receipt says, in order, as the template takes it; `texts` are those of the language."""
    paid_with = texts["ending_in"].format(brand=brand(receipt.method_brand), last4=receipt.method_last4)
    facts = (
        ("date", texts["new_york_time"].format(moment=moment(receipt.accepted_at, language))),
        ("paid_by", receipt.paid_by),
        ("paid_with", paid_with),
        ("on_statement", receipt.statement_text),
    )
    return {
        "language": language.value,
        "title": f"{texts['title']} {receipt.reference}",
        "heading": texts["title"],
        "portal": texts["portal"],
        "sandbox": texts["sandbox"] if help_at.is_sandbox else "",
        "reference": {"label": texts["reference"], "text": receipt.reference},
        "amount": {"label": texts["amount"], "text": money(receipt.amount_cents, language)},
        "facts": [{"label": texts[name], "text": _visible(text)} for name, text in facts],
        "paid_for": texts["paid_for"],
        "columns": [texts["month"], texts["due"], texts["paid"]],
        "policies": [_policy_words(policy, language, texts) for policy in receipt.policies],
        "credit": _credit_words(receipt, language, texts),
        "help": {
            "heading": texts["help"],
            "text": texts["help_text"].format(phone=help_at.phone),
            "link": {"url": f"{help_at.portal_url.rstrip('/')}/help/contact", "text": texts["help_link"]},
        },
        "keep": texts["keep"],
        "page": texts["page"],
    }


def _policy_words(policy: PaidPolicy, language: Language, texts: Texts) -> dict[str, Any]:
    number = texts["policy"].format(number=policy.policy_number)
    named = " · ".join(part for part in (policy.insurer, policy.plan) if part)
    return {
        "heading": _visible(named or number),
        "number": _visible(number) if named else "",
        "rows": [
            [
                month(paid.coverage_month, language).capitalize(),
                day_short(paid.due_on, language),
                money(paid.amount_cents, language),
            ]
            for paid in policy.months
        ],
        "total": [texts["total"], money(policy.total_cents, language)],
    }


def _credit_words(receipt: Receipt, language: Language, texts: Texts) -> dict[str, str] | None:
    if receipt.credit_cents <= 0:
        return None
    text = texts["credit_text"].format(amount=money(receipt.credit_cents, language))
    return {"heading": texts["credit"], "text": text}


def _visible(text: str) -> str:
    """One line, without characters that a PDF for everybody must not hold (PDF/UA-1)."""
    shown = (" " if unicodedata.category(character) in INVISIBLE else character for character in text)
    return " ".join("".join(shown).split())

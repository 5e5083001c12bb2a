"""What the codes and values of an 834 mean here (005010X220A1, and the marketplaces' companion guides)."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

from services.identity.domain.enrollment import FIRST_DAY, LAST_DAY

Kind = Literal["health", "dental"]
Asked = Literal["add", "change", "end", "reinstate", "audit"]

MAINTENANCE: Final[Mapping[str, Asked]] = {
    "001": "change", "021": "add", "024": "end", "025": "reinstate", "030": "audit",
}  # fmt: skip
"""INS03 and HD01 (code list 875)."""

HEALTH = frozenset({"HLT", "HMO", "PPO", "POS", "EPO", "MM"})
DENTAL = frozenset({"DEN", "DCP"})
LIKE_HEALTH = frozenset({"AG", "AH", "AJ", "AK", "FAC", "PRA", "PDG", "MOD"})
"""HD03 (code list 1205); the last are parts of a health plan that a sponsor may enroll in by themselves."""

LANGUAGES: Final[Mapping[str, Literal["en", "es"]]] = {
    "SPA": "es", "ES": "es", "ENG": "en", "EN": "en",
}  # fmt: skip

AMOUNT = re.compile(r"[0-9]{0,9}(\.[0-9]{0,2})?")
DATE = re.compile(r"[0-9]{8}")
HIOS_PLAN = re.compile(r"([0-9]{5})[A-Z]{2}[0-9]{7}")
"""CMS' Health Insurance Oversight System: issuer (5 digits), state, product and component; then a variant."""

NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9_-]+")


class ValueInvalid(ValueError):
    """The value is not of the form that its place has; it is not repeated."""


def read_date(form: str, value: str) -> date:
    """A DTP or DMG date: D8, or the first day of RD8, within what can be reckoned with. Raises ValueInvalid."""
    digits = value[:8] if form == "RD8" else value
    if form not in ("D8", "RD8") or DATE.fullmatch(digits) is None:
        raise ValueInvalid
    try:
        on = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise ValueInvalid from None
    if not FIRST_DAY <= on <= LAST_DAY and on != date(9999, 12, 31):
        raise ValueInvalid
    return on


def read_cents(value: str) -> int:
    """Dollars with up to two decimals as cents. Raises ValueInvalid."""
    if AMOUNT.fullmatch(value) is None or not any(character.isdecimal() for character in value):
        raise ValueInvalid
    dollars, _, cents = value.partition(".")
    return int(dollars or 0) * 100 + int(cents.ljust(2, "0") or 0)


def read_kind(code: str) -> Kind | None:
    """Health or dental by HD03; None for what is not billed here."""
    if code in DENTAL:
        return "dental"
    return "health" if code in HEALTH or code in LIKE_HEALTH else None


def read_language(code: str, words: str) -> Literal["en", "es"] | None:
    """The language of a LUI segment, by its code or else by what is written beside it."""
    found = LANGUAGES.get(code.upper())
    if found is None and words:
        told = words.upper()
        found = "es" if "SPANISH" in told else "en" if "ENGLISH" in told else None
    return found


def hios_issuer(plan_id: str) -> str | None:
    """The issuer in a HIOS plan id such as 71644MA0040002-06; None for another id."""
    found = HIOS_PLAN.match(plan_id)
    return found[1] if found else None


def as_insurer_id(text: str) -> str:
    """Text as an id that a routing key can hold: letters, digits, _ and -, at most 40; empty where none is left."""
    return NOT_IN_AN_ID.sub("-", text).strip("-")[:40]

"""Which passwords are good enough. Two rules to choose from; a list of common ones; nothing of the person's own.

Next: `providers/hashing.py` hashes what passes. Lengths count characters after normalization (NFKC, so that the same
keys on another keyboard layout or phone give the same password).
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

LONGEST = 128
LONGEST_SCORED = 40  # zxcvbn needs over a second for 72 nasty characters, and refuses more
GUESSABLE_SCORE = 1  # of 0 to 4: up to 10^6 guesses
SHORTEST_PERSONAL = 4
COMMON = frozenset(FREQUENCY_LISTS["passwords"])
UNLEET = str.maketrans({"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_HEAD = re.compile(r"^[\W\d_]+")
_TAIL = re.compile(r"[\W\d_]+$")


class PasswordRule(StrEnum):
    """`mixed`: 12 characters with letters, digits and special ones. `long`: 15, no mix (NIST SP 800-63B-4, 3.1.1.2)."""

    MIXED = "mixed"
    LONG = "long"


class Weakness(StrEnum):
    """Why a password is refused; the codes of the API."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    LETTER_MISSING = "letter-missing"
    DIGIT_MISSING = "digit-missing"
    SPECIAL_MISSING = "special-missing"
    TOO_COMMON = "too-common"
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class Personal:
    """What of the person must not stand in the password: names, user name, e-mail address, SSN."""

    words: tuple[str, ...]


class WeakPassword(Exception):
    """The password breaks rules of ours; `weaknesses` names each."""

    def __init__(self, weaknesses: tuple[Weakness, ...]) -> None:
        super().__init__("weak password")
        self.weaknesses = weaknesses


def normalized(password: str) -> str:
    """The form that is judged and hashed."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, personal: Personal, rule: PasswordRule) -> None:
    """Pass quietly, or raise WeakPassword with every reason. CPU-bound (milliseconds): call it in the hashing pool."""
    text = normalized(password)
    found = [*_length(text, rule), *_mix(text, rule)]
    if _common(text):
        found.append(Weakness.TOO_COMMON)
    if _personal(text, personal):
        found.append(Weakness.PERSONAL)
    if found:
        raise WeakPassword(tuple(found))


def shortest(rule: PasswordRule) -> int:
    """The least length in characters that a rule asks for."""
    match rule:
        case PasswordRule.MIXED:
            return 12
        case PasswordRule.LONG:
            return 15
        case _:
            assert_never(rule)


def _length(text: str, rule: PasswordRule) -> list[Weakness]:
    if len(text) < shortest(rule):
        return [Weakness.TOO_SHORT]
    return [Weakness.TOO_LONG] if len(text) > LONGEST else []


def _mix(text: str, rule: PasswordRule) -> list[Weakness]:
    if rule is PasswordRule.LONG:
        return []
    needed = {
        Weakness.LETTER_MISSING: any(character.isalpha() for character in text),
        Weakness.DIGIT_MISSING: any(character.isdigit() for character in text),
        Weakness.SPECIAL_MISSING: any(not (character.isalnum() or _mark(character)) for character in text),
    }
    return [weakness for weakness, present in needed.items() if not present]


def _mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def _common(text: str) -> bool:
    """On the list as it is, or dressed up: digits and signs around a listed word, `P@ssw0rd`, repeats, rows of keys."""
    if not text or len(text) > LONGEST:
        return False
    lowered = text.casefold()
    undressed = (_core(lowered), _core(_TAIL.sub("", lowered).translate(UNLEET)))
    if lowered in COMMON or any(core in COMMON and len(core) * 2 >= len(text) for core in undressed):
        return True
    return len(text) <= LONGEST_SCORED and zxcvbn.zxcvbn(text)["score"] <= GUESSABLE_SCORE


def _core(text: str) -> str:
    """The word without the digits and signs around it."""
    return _TAIL.sub("", _HEAD.sub("", text))


def _personal(text: str, personal: Personal) -> bool:
    plain = _plain(text)
    return any(word in plain for word in _personal_words(personal))


def _personal_words(personal: Personal) -> set[str]:
    """Each word and its parts from 4 characters on, so that a short name inside another word refuses nobody."""
    found: set[str] = set()
    for word in personal.words:
        plain = _plain(word)
        found.update({plain, plain.partition("@")[0], *re.split(r"[\W_]+", plain.partition("@")[0])})
    return {word for word in found if len(word) >= SHORTEST_PERSONAL}


def _plain(text: str) -> str:
    """Without case and accents: who is called García must not write Garcia either."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in decomposed if not _mark(character))

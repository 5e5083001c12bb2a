"""Names of persons: what a legal name may hold, and when two ways of writing mean the same person.

People and marketplaces write names differently: accents, case, hyphens, a middle name in the first name's field, a
suffix in the last name's. `name_key` forgets these differences; it never decides alone, only beside SSN or birth date.
"""

import unicodedata

from shared.contracts.identity import LegalName

MOST_DIGITS = 3
APOSTROPHES = "'`.\u00b4\u2018\u2019\u02bc"
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "junior", "senior"})
JOINERS = "\u200c\u200d"
# Letters that Unicode does not decompose, as passports write them (ICAO Doc 9303, part 3, section 6).
TRANSLITERATED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})


class InvalidName(ValueError):
    """A part of a name holds what no name holds; the message says what."""


def checked_name(text: str) -> str:
    """One part of a name, NFC, outer and double spaces removed. Raises InvalidName.

    Any alphabet; no control or invisible characters; at least one letter; few digits, so that a number typed into the
    wrong field is not kept and announced as a name.
    """
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") for character in text):
        raise InvalidName("A name holds no control characters. Remove them.")
    if any(unicodedata.category(character) == "Cf" and character not in JOINERS for character in text):
        raise InvalidName("A name holds no invisible characters. Remove them.")
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not any(character.isalpha() for character in name):
        raise InvalidName("A name holds at least one letter.")
    if sum(character.isdigit() for character in name) > MOST_DIGITS:
        raise InvalidName("This is too many digits for a name.")
    return name


def name_key(name: LegalName) -> str:
    """First word of the first name and the whole last name, without case, accents, punctuation and suffix."""
    first = _words(name.first)
    last = [word for word in _words(name.last) if word not in SUFFIXES] or _words(name.last)
    return f"{first[0] if first else ''}|{''.join(last)}"


def same_person_name(one: LegalName, other: LegalName) -> bool:
    """Whether two names may be one person's: first and last agree; middle name and suffix are not looked at."""
    return name_key(one) == name_key(other)


def _words(text: str) -> list[str]:
    """The words of a name as plain letters; apostrophes and points join, hyphens and spaces part."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = decomposed.translate(TRANSLITERATED)
    kept = "".join(character if character.isalnum() else "" if _joins(character) else " " for character in plain)
    return kept.split()


def _joins(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf") or character in APOSTROPHES

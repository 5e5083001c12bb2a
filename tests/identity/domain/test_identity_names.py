"""Names: what may be written, and which two ways of writing are one person's."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.names import InvalidName, checked_name, name_key, same_person_name
from shared.contracts.identity import LegalName

WORDS = st.text(st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=12)


def name(first: str, last: str, **more: str) -> LegalName:
    """A legal name."""
    return LegalName(first=first, last=last, **more)


SAME = [
    (name("María", "García López"), name("MARIA", "GARCIA-LOPEZ")),
    (name("Maria", "Garcia", middle="Elena"), name("Maria Elena", "Garcia")),
    (name("John", "O'Brien"), name("JOHN", "OBRIEN")),
    (name("John", "O\u2019Brien"), name("John", "O'Brien")),
    (name("Robert", "Smith", suffix="Jr."), name("ROBERT", "SMITH JR")),
    (name("Søren", "Łukasz"), name("Soren", "Lukasz")),
    (name("Zoe\u0308", "Weiß"), name("Zoë", "WEISS")),
    (name("Νίκη", "Παπαδοπούλου"), name("ΝΙΚΗ", "ΠΑΠΑΔΟΠΟΥΛΟΥ")),  # noqa: RUF001 - Greek is meant
    (name("J.", "van der Berg"), name("J", "VanDerBerg")),
]
DIFFERENT = [
    (name("Maria", "Garcia"), name("Mario", "Garcia")),
    (name("Maria", "Garcia"), name("Maria", "Garza")),
    (name("Maria", "Garcia"), name("Garcia", "Maria")),
    (name("Ann", "Lee"), name("Anna", "Lee")),
    (name("李", "明"), name("李", "华")),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_person_written_in_two_ways_is_the_same(one: LegalName, other: LegalName) -> None:
    """Accents, case, hyphens, apostrophes, a middle name or a suffix in the other field do not make another person."""
    assert same_person_name(one, other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_people_stay_different(one: LegalName, other: LegalName) -> None:
    """Tolerance ends where another name begins."""
    assert not same_person_name(one, other)


@given(WORDS, WORDS)
def test_a_name_is_the_same_person_as_itself_in_any_case_and_form(first: str, last: str) -> None:
    """Whatever the alphabet, decomposed and upper-case writings have the key of the name itself."""
    base = name(first, last)
    decomposed = name(unicodedata.normalize("NFD", first), unicodedata.normalize("NFD", last))
    assert name_key(base) == name_key(decomposed)
    assert name_key(base) == name_key(name(first.casefold(), last.casefold()))


@given(WORDS, WORDS, WORDS)
def test_the_middle_name_does_not_matter(first: str, middle: str, last: str) -> None:
    """With the middle name, without it, or after the first name: one person."""
    assert same_person_name(name(first, last, middle=middle), name(first, last))
    assert same_person_name(name(f"{first} {middle}", last), name(first, last))


@pytest.mark.parametrize(
    "text", ["Anna", "José María", "O'Neil", "Νίκη", "黄", "محمد", "John 3rd", "d\u2019Arc", "X Æ A-12"]
)
def test_a_name_of_any_alphabet_may_be_written(text: str) -> None:
    """People write their names as they are."""
    assert checked_name(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    "text", ["", "   ", "123", "--", "A\x00", "A\nB", "A\u202eB", "A\u200bB", "A\ue000", "A12345678"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    """Control and invisible characters, no letter at all, or a number that slipped into the wrong field."""
    with pytest.raises(InvalidName):
        checked_name(text)


@given(st.text(max_size=60))
def test_any_text_is_a_clean_name_or_refused(text: str) -> None:
    """What passes has one line, no outer spaces and at least one letter; nothing else escapes."""
    try:
        kept = checked_name(text)
    except InvalidName:
        return
    assert kept == " ".join(kept.split())
    assert any(character.isalpha() for character in kept)
    assert "\n" not in kept

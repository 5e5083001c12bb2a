"""Payment reference numbers: unique, not guessable, and hard to mistype without noticing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.reference import (
    ALPHABET,
    ReferenceMistyped,
    check_character,
    make_reference,
    parse_reference,
    permute,
)
from tests.payments.paying_samples import KEY

numbers = st.integers(min_value=0, max_value=2**40 - 1)
bodies = st.text(ALPHABET, min_size=8, max_size=8)


@given(numbers)
def test_a_reference_reads_back_as_itself(number: int) -> None:
    """What was given out can be looked up as it is written."""
    reference = make_reference(number, KEY)
    assert parse_reference(reference) == reference


@given(numbers)
def test_a_reference_has_the_form_people_are_told(number: int) -> None:
    """HC, eight characters in two groups, and a check character."""
    prefix, first, second, check = make_reference(number, KEY).split("-")
    assert (prefix, len(first), len(second), len(check)) == ("HC", 4, 4, 1)
    assert set(first + second + check) <= set(ALPHABET)


@given(bodies, st.integers(0, 8), st.sampled_from(ALPHABET))
def test_every_wrong_character_is_found(body: str, position: int, wrong: str) -> None:
    """One character misread anywhere, the check character included, is refused."""
    whole = body + check_character(body)
    mistyped = whole[:position] + wrong + whole[position + 1 :]
    if mistyped != whole:
        with pytest.raises(ReferenceMistyped):
            parse_reference("HC" + mistyped)


@given(bodies, st.integers(0, 7))
def test_every_swap_of_neighbors_is_found(body: str, position: int) -> None:
    """Two neighbors swapped anywhere, the check character included, are refused."""
    whole = body + check_character(body)
    swapped = whole[:position] + whole[position + 1] + whole[position] + whole[position + 2 :]
    if swapped != whole:
        with pytest.raises(ReferenceMistyped):
            parse_reference("HC" + swapped)


def test_the_check_is_damms_for_every_pair_of_characters() -> None:
    """No step of the check confuses two characters or two orders of them, whatever came before."""
    for interim in ALPHABET:
        after = {character: check_character(interim + character) for character in ALPHABET}
        assert len(set(after.values())) == 32
        for first in ALPHABET:
            for second in ALPHABET:
                if first != second:
                    assert check_character(interim + first + second) != check_character(interim + second + first)


@given(st.lists(numbers, unique=True, max_size=50))
def test_no_two_payments_share_a_reference(sequence: list[int]) -> None:
    """Different numbers of the sequence give different references."""
    assert len({make_reference(number, KEY) for number in sequence}) == len(sequence)


def test_the_permutation_is_a_bijection_where_it_is_small_enough_to_see() -> None:
    """The first 50,000 payments have 50,000 references, and they do not lie beside each other."""
    images = [permute(number, KEY) for number in range(50_000)]
    assert len(set(images)) == 50_000
    assert not any(abs(images[n + 1] - images[n]) < 1000 for n in range(200))


@given(numbers)
def test_another_key_gives_other_references(number: int) -> None:
    """Who does not have the key cannot tell what comes next."""
    changed = [permute(number + n, KEY) != permute(number + n, b"another key") for n in range(2) if number + n < 2**40]
    assert any(changed)


@pytest.mark.parametrize("number", [-1, 2**40])
def test_the_sequence_has_an_end(number: int) -> None:
    """Beyond 2^40 payments the portal refuses instead of repeating a reference."""
    with pytest.raises(ValueError, match="used up"):
        make_reference(number, KEY)


@given(numbers)
def test_reading_forgives_how_people_write(number: int) -> None:
    """Lower case, missing hyphens, spaces, O for 0, and I or L for 1 are understood."""
    reference = make_reference(number, KEY)
    plain = reference.replace("-", "")
    assert parse_reference(f" {plain.lower()} ") == reference
    assert parse_reference("HC" + plain[2:].replace("0", "O").replace("1", "l")) == reference
    assert parse_reference("hc" + plain[2:].replace("1", "i")) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HC",
        "HC-",
        "XX-1234-5678-9",
        "HC-1234-5678",
        "HC-1234-567U-0",
        "HC-12345-6789-00",
        "HC-ÄÄÄÄ-ÄÄÄÄ-Ä",
        "\uff28\uff23-0000-0000-0",  # HC in full-width letters
        "HC-0000-0000-0\x00",
    ],
)
def test_what_cannot_be_a_reference_is_refused(text: str) -> None:
    """Too short, too long, another prefix, characters outside the alphabet."""
    with pytest.raises(ReferenceMistyped):
        parse_reference(text)

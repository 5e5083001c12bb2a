"""Social Security Numbers: which forms are one, and that the value never shows itself."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.identity.domain.ssn import InvalidSsn, Ssn, parse_ssn

KNOWN_FAKES = {"078051120", "219099999", "457555462"}


@pytest.mark.parametrize("text", ["536904399", "536-90-4399", "536 90 4399", " 536-90-4399 "])
def test_the_usual_ways_of_writing_are_one_number(text: str) -> None:
    """With hyphens, with spaces or without, it is the same number."""
    assert parse_ssn(text).digits == "536904399"


@pytest.mark.parametrize(
    "text",
    ["", "000904399", "666904399", "900904399", "999904399", "536004399", "536900000", "53690439", "5369043990",
     "536-904399", "536-90 4399", "536_90_4399", "abcdefghi", "\uff1536904399", "078-05-1120", "536904399\n1"],
)  # fmt: skip
def test_what_cannot_be_a_number_is_refused_without_repeating_it(text: str) -> None:
    """Never issued areas, groups and serials, other lengths and other digits; the message holds none of them."""
    with pytest.raises(InvalidSsn) as refused:
        parse_ssn(text)
    assert not text.strip() or text.strip() not in str(refused.value)


@given(st.integers(1, 899), st.integers(1, 99), st.integers(1, 9999))
def test_every_number_that_may_be_issued_is_taken(area: int, group: int, serial: int) -> None:
    """Areas 001 to 899 but 666, groups 01 to 99, serials 0001 to 9999."""
    digits = f"{area:03d}{group:02d}{serial:04d}"
    assume(area != 666 and digits not in KNOWN_FAKES)
    assert parse_ssn(f"{digits[:3]}-{digits[3:5]}-{digits[5:]}") == Ssn(digits)


def test_the_value_never_prints_its_digits() -> None:
    """A number that ends up in a log line or a traceback shows nothing."""
    ssn = parse_ssn("536904399")
    assert not any(digit in f"{ssn} {ssn!r} {[ssn]} {(ssn,)}" for digit in "5369")
    assert ssn.last4 == "4399"

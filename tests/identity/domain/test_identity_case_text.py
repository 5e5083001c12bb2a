"""What may be written to support: any language, and no number that must not be kept."""

import string

import pytest

from services.identity.domain.case import ALPHABET, case_reference
from services.identity.domain.case_text import (
    InvalidMessage,
    InvalidPaymentReference,
    NumberNotKept,
    check_numbers,
    checked_message,
    checked_payment_reference,
)


@pytest.mark.parametrize(
    "text",
    [
        "My SSN is 536-90-4399.",
        "536904399",
        "ssn:536 90 4399, thanks",
        "536.90.4399",
        "My SSN is 536\u201390\u20134399",
        "\uff15\uff13\uff16-\uff19\uff10-\uff14\uff13\uff19\uff19",
        "٥٣٦-٩٠-٤٣٩٩",
        "536-\u200b90-4399",
        "I paid with 4242424242424242",
        "4242 4242 4242 4242",
        "4242-4242-4242-4242!",
        "card4242424242424242exp",
        "On 12 4242424242424242",
        "3782 822463 10005",
        "2223003122003222",
        "It was 555 4242424242424242 on Monday",
    ],
)
def test_a_number_that_must_not_be_kept_is_found(text: str) -> None:
    """SSNs and card numbers however they are written: with dashes, spaces, other digits, inside a sentence."""
    with pytest.raises(NumberNotKept) as refused:
        check_numbers(text)
    assert not any(digit in str(refused.value) for digit in string.digits)


@pytest.mark.parametrize(
    "text",
    [
        "I paid $27,250.00 on 2027-01-05, reference HC-7K2M-9QXA-4.",
        "Call me at 202-555-0143 or (202) 555-0144.",
        "202-555-0143 202-555-0144",
        "My ZIP is 07081-1234, policy BH-77001.",
        "It ends in 4242.",
        "4242424242424243",
        "000-12-3456 is no such number, nor is 666-12-3456",
        "2026-11-24 2026-12-05 2027-01-01",
        "1234567890123",
        "Order 12345678901234567890123",
        "",
        "😀",
    ],
)
def test_everything_else_may_be_written(text: str) -> None:
    """Sums, dates, phone numbers, policy and reference numbers are what support needs to read."""
    check_numbers(text)


def test_a_message_keeps_its_lines_and_its_language() -> None:
    """Paragraphs, accents, scripts from right to left and smileys stay as they were written."""
    for text in ("One\n\n\tTwo", "¿Dónde está mi pago?", "مرحبا \u200fبكم", "Zoe\u0301 😀🏽\u200d💻", "\U0001fae9"):
        assert checked_message(f"\n {text} \n") == text


@pytest.mark.parametrize("text", ["a\x00b", "a\x1b[31m", "a\rb", "a\x7f", "\ud800", "", "   ", "\n\t\n"])
def test_what_is_no_message_is_refused(text: str) -> None:
    """Control characters would end up in a terminal or a mail, and nothing at all helps nobody."""
    with pytest.raises(InvalidMessage):
        checked_message(text)


@pytest.mark.parametrize(
    "text", ["HC-7K2M-9QXA-4", "hc-7k2m-9qxa-4", " HC7K2M9QXA4 ", "HC 7K2M 9QXA 4", "HC-7K2M-9QXA-4\t"]
)
def test_a_payment_reference_is_read_as_people_write_it(text: str) -> None:
    """Lower case, missing hyphens and spaces do not matter."""
    assert checked_payment_reference(text) == "HC-7K2M-9QXA-4"
    assert checked_payment_reference("HC-OOIL-0000-0") == "HC-0011-0000-0"


@pytest.mark.parametrize("text", ["", "HC", "HC-7K2M-9QXA", "HC-7K2M-9QXA-44", "HX-7K2M-9QXA-4", "HC-UUUU-9QXA-4", "é"])
def test_what_is_no_payment_reference_is_refused(text: str) -> None:
    """A mistyped one is told at once, and may be left out."""
    with pytest.raises(InvalidPaymentReference):
        checked_payment_reference(text)


def test_a_case_reference_can_be_read_over_the_phone() -> None:
    """CS- and eight letters and digits that nobody takes for another; each of 40 bits counts."""
    assert case_reference(0) == "CS-00000000"
    assert case_reference((1 << 40) - 1) == "CS-ZZZZZZZZ"
    assert len({case_reference(1 << bit) for bit in range(40)}) == 40
    assert not {"I", "L", "O", "U"} & set(ALPHABET)
    for wrong in (-1, 1 << 40):
        with pytest.raises(ValueError, match="40 bits"):
            case_reference(wrong)

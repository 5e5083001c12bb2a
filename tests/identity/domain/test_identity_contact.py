"""User names, e-mail addresses, phone numbers and networks: what is taken and what is the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.contact import InvalidEmail, InvalidPhone, checked_email, checked_phone, email_key
from services.identity.domain.throttle import Schedule, network_of
from services.identity.domain.usernames import InvalidUsername, checked_username, username_key


@pytest.mark.parametrize("text", ["abc", "maria.garcia", "josé_84", "a-b", "9lives", "мария", "黄小明", "x" * 64])
def test_user_names_of_letters_digits_and_three_signs_are_taken(text: str) -> None:
    """Any alphabet, 3 to 64 characters."""
    assert checked_username(text) == text


@pytest.mark.parametrize(
    "text", ["", "ab", "x" * 65, "a b c", "maria@mail.test", ".abc", "-abc", "a/bc", "abc\x00", "a\u200bbc", "abc😀"]
)
def test_other_user_names_are_refused(text: str) -> None:
    """Above all `@`: nobody takes another's e-mail address as a user name."""
    with pytest.raises(InvalidUsername):
        checked_username(text)


@pytest.mark.parametrize(
    ("one", "other"), [("Maria", "mARIA"), ("José", "JOSE\u0301"), ("straße", "STRASSE"), ("\uff41bc", "abc")]
)
def test_user_names_that_look_alike_are_one(one: str, other: str) -> None:
    """Case, composed accents and full-width letters do not make another name."""
    assert username_key(one) == username_key(other)


@given(st.text(min_size=1, max_size=70))
def test_any_text_is_a_user_name_or_refused(text: str) -> None:
    """What passes is stable: checked again it is the same, and its key has a key of its own."""
    try:
        name = checked_username(text)
    except InvalidUsername:
        return
    assert checked_username(name) == name
    assert "@" not in name
    assert username_key(username_key(name)) == username_key(name)


def test_addresses_are_kept_in_one_form() -> None:
    """The domain in lower case, letters composed; compared without regard to case."""
    assert checked_email("A.B@Example.COM") == "A.B@example.com"
    assert email_key("A.B@example.com") == email_key("a.b@EXAMPLE.com")
    assert checked_email("u\u0308@exa\u0308mple.com") == "ü@exämple.com"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@b",
        "a b@c.com",
        "a@b.com\r\nBcc: x@y.com",
        '"q"@e.com',
        "a@[127.0.0.1]",
        "x" * 65 + "@e.com",
        "a@" + "b" * 250 + ".com",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Nor what could add a line to a mail's head."""
    with pytest.raises(InvalidEmail):
        checked_email(text)


@pytest.mark.parametrize(
    "text", ["202-555-0143", "(202) 555-0143", "+1 202 555 0143", "+12025550143", "1 202 555 0143"]
)
def test_phone_numbers_are_kept_in_one_form(text: str) -> None:
    """However it is written, it is the same number to call."""
    assert checked_phone(text) == "+12025550143"


@pytest.mark.parametrize("text", ["", "12", "call me", "+1 202 555 0143 ext 5", "1" * 20, "++1 202"])
def test_what_is_no_phone_number_is_refused(text: str) -> None:
    """Too short, too long, words, or an extension that no text message reaches."""
    with pytest.raises(InvalidPhone):
        checked_phone(text)


def test_waits_double_up_to_the_longest() -> None:
    """Five failures are free, then 1, 2, 4 … seconds, never more than the longest."""
    schedule = Schedule(free=5, longest_seconds=900)
    assert [schedule.wait_seconds(failures) for failures in (0, 5, 6, 7, 8, 15, 16, 1_000_000)] == [
        0,
        0,
        1,
        2,
        4,
        512,
        900,
        900,
    ]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", "unknown"),
        ("x", "unknown"),
    ],
)
def test_a_household_is_one_network(address: str, network: str) -> None:
    """An IPv6 /64 is one household: changing the address inside it does not start the count anew."""
    assert network_of(address) == network

"""How insurers are reached: which phone numbers and addresses are taken, and what is shown while none is known."""

import pytest

from services.payments.domain.insurer import ContactInvalid, InsurerContact, insurer_of, unknown_contact
from tests.payments.billing_samples import enrolled

ACME = InsurerContact("acme")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("(800) 555-0123", "(800) 555-0123"),
        ("(800)555-0123", "(800) 555-0123"),
        ("800-555-0123", "(800) 555-0123"),
        ("800.555.0123", "(800) 555-0123"),
        (" 1 800 555 0123 ", "(800) 555-0123"),
        ("8005550123", "(800) 555-0123"),
        ("+18005550123", "(800) 555-0123"),
        ("+1 (800) 555-0123", "(800) 555-0123"),
        ("+448005550123", "+448005550123"),
        ("+4930901820", "+4930901820"),
    ],
)
def test_a_phone_number_is_kept_as_people_read_it(typed: str, kept: str) -> None:
    """A number of the United States in one form however it is typed, another with its country code."""
    assert ACME.told(name=None, phone=typed, website=None).phone == kept


@pytest.mark.parametrize(
    "typed",
    ["555-0123", "100-555-0123", "800-155-0123", "1-800-HEALTH-1", "+1 555", "+10005550123", "+0123456789",
     "+44 800 555 0123", "+" + "1" * 20, "call us", " ", "80\u0660-555-0123", "800-555-0123 ext 4", "(800 555-0123"],
)  # fmt: skip
def test_what_cannot_be_dialed_is_refused(typed: str) -> None:
    """Letters, other digits, too short, and areas that do not exist; the words say what it should look like."""
    with pytest.raises(ContactInvalid, match="looks like"):
        ACME.told(name=None, phone=typed, website=None)


@pytest.mark.parametrize(
    "typed", ["https://acme.example", "https://www.acme.example/members?from=portal#pay", "https://x1.co.example/"]
)
def test_a_website_is_an_https_address(typed: str) -> None:
    """Kept as typed."""
    assert ACME.told(name=None, phone=None, website=typed).website == typed


@pytest.mark.parametrize(
    "typed",
    ["http://acme.example", "acme.example", "javascript:alert(1)", "https://", "https://acme", "https://user@acme.example",
     "https://acme.example:8443", "https://acme.example:x", "https://acme.example/a b", "https://[::1]/", "https://127.0.0.1/",
     'https://acme.example/"><script>', "https://acme.example/é", "https://acme.example/" + "a" * 200,
     "//acme.example"],
)  # fmt: skip
def test_other_addresses_are_refused(typed: str) -> None:
    """Not encrypted, with a user name, inside a network, or made to break out of a page."""
    with pytest.raises(ContactInvalid, match="website"):
        ACME.told(name=None, phone=None, website=typed)


@pytest.mark.parametrize("typed", [" ", "a\nb", "x" * 101, "\u202eemca"])
def test_a_name_that_cannot_be_shown_is_refused(typed: str) -> None:
    """Empty, of several lines, too long, or with signs that turn the text around."""
    with pytest.raises(ContactInvalid, match="name"):
        ACME.told(name=typed, phone=None, website=None)


@pytest.mark.parametrize("insurer_id", ["", "a b", "a/b", "é", "a" * 41, "acme\n"])
def test_what_is_no_insurers_id_is_refused(insurer_id: str) -> None:
    """The same form that the feed's insurers have."""
    with pytest.raises(ContactInvalid, match="id"):
        unknown_contact(insurer_id)


def test_what_is_left_out_stays_and_an_empty_text_takes_away() -> None:
    """A new website leaves the phone number; '' removes it."""
    known = unknown_contact("acme").told(name="Acme", phone="800-555-0123", website="https://acme.example")
    moved = known.told(name=None, phone=None, website="https://new.acme.example")
    assert moved == InsurerContact("acme", "Acme", "(800) 555-0123", "https://new.acme.example")
    assert moved.told(name="", phone="", website="") == unknown_contact("acme")


def test_a_policy_shows_the_marketplaces_name_until_an_operator_gives_another() -> None:
    """Without contacts only the name is shown."""
    policy = enrolled(insurer_name="ACME HLTH INS CO")
    assert insurer_of(policy, None) == InsurerContact("acme", "ACME HLTH INS CO")
    reached = InsurerContact("acme", None, "(800) 555-0123")
    assert insurer_of(policy, reached) == InsurerContact("acme", "ACME HLTH INS CO", "(800) 555-0123")
    assert insurer_of(policy, InsurerContact("acme", "Acme Health")).name == "Acme Health"

"""Create Account as it is filled in: what is refused at the step where it was typed, and what is forgiven."""

from datetime import date

import pytest

from services.gateway.domain.form import Form
from services.gateway.domain.sign_up import birth_date, check_about_you, check_sign_in, ssn_digits
from services.identity.domain.names import InvalidName, checked_name

TODAY = date(2027, 1, 1)
ANA = {
    "first": "Ana",
    "last": "Silva",
    "birth_month": "2",
    "birth_day": "29",
    "birth_year": "1980",
    "ssn": "212-55-0101",
}
SIGN_IN = {"username": "ana.silva", "email": "ana@mail.example", "password": "Willow-Bridge-27"}


def _about_you(kept_ssn: str = "", **changed: str) -> tuple[str, set[str]]:
    """The number, and the fields that were refused."""
    form = Form({**ANA, **changed})
    return check_about_you(form, TODAY, str, kept_ssn), set(form.errors)


def _sign_in(**changed: str) -> set[str]:
    form = Form({**SIGN_IN, **changed})
    check_sign_in(form, str)
    return set(form.errors)


@pytest.mark.parametrize(
    "text", ["212550101", "212-55-0101", " 212 55 0101 ", "212.55.0101", "212 - 55 - 0101", "212\u201355\u20110101"]
)
def test_a_number_is_read_however_it_is_divided(text: str) -> None:
    """People copy it from cards and letters."""
    assert ssn_digits(text) == "212550101"


@pytest.mark.parametrize(
    "text",
    ["", "21255010", "2125501011", "000-55-0101", "666-55-0101", "900-55-0101", "999-55-0101", "212-00-0101",
     "212-55-0000", "212-55-01O1", "٢١٢٥٥٠١٠١", "212/55/0101"],
)  # fmt: skip
def test_a_number_that_nobody_has_is_none(text: str) -> None:
    """Never 000, 666 or 9xx, 00, 0000; only plain digits."""
    assert ssn_digits(text) is None


def test_who_fills_in_everything_is_refused_nothing() -> None:
    """Middle name and suffix may be left out."""
    assert _about_you() == ("212550101", set())
    assert _about_you(middle="Maria", suffix="III") == ("212550101", set())


def test_everything_that_is_missing_is_said_at_once() -> None:
    """One look at the page is enough to mend it."""
    form = Form({})
    assert check_about_you(form, TODAY, str) == ""
    assert list(form.errors) == ["first", "last", "birth", "ssn"]


def test_a_number_told_before_need_not_be_typed_again() -> None:
    """A new one replaces it, and a wrong new one is refused instead of forgotten."""
    assert _about_you("212550101", ssn="") == ("212550101", set())
    assert _about_you("212550101", ssn="523-41-4000") == ("523414000", set())
    assert _about_you("212550101", ssn="523-41-40") == ("", {"ssn"})


@pytest.mark.parametrize("name", ["O'Brien", "Núñez-Smith", "李", "van der Berg", "Nguyễn", "St. John", "Ana 2"])
def test_names_of_all_kinds_are_taken(name: str) -> None:
    """Here and by identity, which decides."""
    assert checked_name(name)
    assert _about_you(first=name, last=name) == ("212550101", set())


@pytest.mark.parametrize("name", ["-", "212550101", "ana@mail.example", "A" * 101, "Ana\u200bMaria", "1234"])
def test_what_is_no_name_is_refused_here_already(name: str) -> None:
    """Not at the end, when the account is made; so is an address that was typed into the wrong field."""
    assert _about_you(last=name)[1] == {"last"}


@pytest.mark.parametrize("name", ["-", "212550101", "Ana\u200bMaria", "1234"])
def test_identity_would_refuse_it_too(name: str) -> None:
    """The same rules on both sides."""
    with pytest.raises(InvalidName):
        checked_name(name)


@pytest.mark.parametrize(
    ("month", "day", "year"),
    [("2", "30", "1980"), ("13", "1", "1980"), ("1", "2", "2027"), ("12", "31", "1899"), ("1", "1", "80"),
     ("", "1", "1980"), ("1", "x", "1980")],
)  # fmt: skip
def test_a_day_on_which_nobody_was_born_is_refused(month: str, day: str, year: str) -> None:
    """No such day, still to come, too long ago, or a year of two digits."""
    assert _about_you(birth_month=month, birth_day=day, birth_year=year)[1] == {"birth"}


def test_who_is_born_today_has_a_birth_date() -> None:
    """The first and the last day that are taken."""
    assert _about_you(birth_month="1", birth_day="1", birth_year="2027")[1] == set()
    assert birth_date(Form({"birth_month": "01", "birth_day": "1", "birth_year": "1900"})) == date(1900, 1, 1)


@pytest.mark.parametrize("username", ["an", "a" * 65, "ana silva", "ana@mail.example", "-ana", ".ana", "ana!"])
def test_a_user_name_of_another_form_is_refused(username: str) -> None:
    """No `@` in it: at Log In that would be an email address."""
    assert _sign_in(username=username) == {"username"}


@pytest.mark.parametrize("username", ["ana", "Ana.Silva-2_x", "josé", "a" * 64, "  ana  "])
def test_user_names_are_taken(username: str) -> None:
    """Blanks around it are not meant."""
    assert _sign_in(username=username) == set()


@pytest.mark.parametrize(
    "email", ["", "ana", "ana@mail", "ana@@mail.example", "ana silva@mail.example", "@mail.example"]
)
def test_what_is_no_address_is_refused(email: str) -> None:
    """By form only."""
    assert _sign_in(email=email) == {"email"}


@pytest.mark.parametrize("phone", ["", "617-555-0142", "+1 (617) 555-0142"])
def test_phone_numbers_are_taken(phone: str) -> None:
    """It may be left out."""
    assert _sign_in(phone=phone) == set()


@pytest.mark.parametrize("phone", ["555-0142", "call me", "1" * 16])
def test_a_phone_number_without_its_area_code_is_refused(phone: str) -> None:
    """As identity would refuse it, but together with all else that is wrong."""
    assert _sign_in(phone=phone) == {"phone"}


def test_a_password_is_needed_and_its_blanks_count() -> None:
    """How strong it is, identity says."""
    assert _sign_in(password="") == {"password"}
    assert _sign_in(password="    ") == set()

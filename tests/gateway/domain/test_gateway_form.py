"""A form keeps what was typed and says what is wrong."""

from services.gateway.domain.form import Form


def test_what_was_typed_is_kept_but_secrets_are_not_shown_again() -> None:
    """Nothing is typed twice, and no password or SSN comes back in a page."""
    form = Form({"first": " Ana ", "password": " with blanks ", "ssn": "212-55-0177"})
    assert form.values == {"first": " Ana "}
    assert form.text("first") == "Ana"
    assert form.raw("password") == " with blanks "
    assert form.text("last") == ""


def test_the_first_error_of_a_field_stays() -> None:
    """One sentence for a field, in the order in which they were found."""
    form = Form({"amount": " "})
    assert form.is_fine
    assert form.need("amount", "Enter an amount.") == ""
    form.refuse("amount", "Something else.")
    form.refuse("day", "Choose a day.")
    assert not form.is_fine
    assert form.summary == [("amount", "Enter an amount."), ("day", "Choose a day.")]

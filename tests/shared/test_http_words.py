"""What a wrong field is told: plain words, and a pointer that leads somewhere."""

from typing import Annotated, Any

import pytest
from pydantic import Field, SecretStr, ValidationError

from shared.http.models import Cents, Input, short_text
from shared.http.problems import invalid_fields, waiting_time

Line = short_text(40)


class Wanted(Input):
    """One field of each kind."""

    line: Line = "x"  # type: ignore[valid-type] # made by a function
    shorter: Annotated[Line, Field(max_length=5)] = "x"  # type: ignore[valid-type] # made by a function
    secret: Annotated[SecretStr, Field(min_length=3, max_length=5)] = SecretStr("xxx")
    several: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)] = ("x",)
    answers: dict[Annotated[str, Field(max_length=3)], str] = Field(default_factory=dict)
    amount_cents: Cents = 1
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5


def refused(body: dict[str, Any]) -> tuple[str, str]:
    """The pointer and the words for the one wrong field."""
    with pytest.raises(ValidationError) as raised:
        Wanted.model_validate(body)
    (error,) = invalid_fields(raised.value).errors
    return error.pointer, error.message


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        ({"line": "y" * 41}, "/line", "This is too long: at most 40 characters."),
        ({"shorter": "y" * 6}, "/shorter", "This is too long: at most 5 characters."),
        ({"secret": "y" * 6}, "/secret", "This is too long: at most 5 characters."),
        ({"secret": "y"}, "/secret", "This is too short: at least 3 characters."),
        ({"line": ""}, "/line", "This must not be empty."),
        ({"line": " \u00a0 "}, "/line", "This must not be empty."),
        ({"line": "a\x00b"}, "/line", "This text holds control characters. Remove them."),
        ({"several": ("a", "b", "c")}, "/several", "This list has too many entries."),
        ({"several": ()}, "/several", "This list has too few entries."),
        ({"answers": {"longer": "x"}}, "/answers/longer", "This is too long: at most 3 characters."),
        ({"amount_cents": "1"}, "/amount_cents", "This must be a whole number."),
        ({"amount_cents": 0}, "/amount_cents", "This must be at least 1."),
        ({"amount_cents": 10**12 + 1}, "/amount_cents", "This must be at most 1000000000000."),
        ({"share": 0.0}, "/share", "This must be more than 0."),
        ({"share": 1.0}, "/share", "This must be less than 1."),
        ({"unknown": 1}, "/unknown", "This field is not known here. Remove it."),
    ],
)
def test_a_wrong_field_is_told_what_to_do(body: dict[str, Any], pointer: str, words: str) -> None:
    """Texts are never told that they are lists, a wrong name is pointed at itself, nothing is repeated."""
    assert refused(body) == (pointer, words)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (2, "2 seconds"),
        (119, "119 seconds"),
        (120, "about 2 minutes"),
        (3_481, "about 58 minutes"),
        (3_601, "about 60 minutes"),
    ],
)
def test_a_wait_is_told_as_people_say_it(seconds: int, words: str) -> None:
    """One second is not "1 seconds", and nobody counts the seconds of an hour."""
    assert waiting_time(seconds) == words

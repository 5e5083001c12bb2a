"""Bases and field types of request and answer models: nothing unknown comes in, nothing unlisted goes out."""

import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict


class Input(BaseModel):
    """A request body or query: unknown fields are refused, numbers and booleans are not guessed from text."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Output(BaseModel):
    """An answer: exactly these fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Input):
    """A body that must be empty or `{}`."""


def _printable(text: str) -> str:
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn") for character in text):
        raise ValueError("This text holds control characters. Remove them.")
    if text and not text.strip():
        raise ValueError("This must not be empty.")
    return text


def short_text(max_length: int, min_length: int = 1) -> Any:
    """One line of text in any alphabet, without control characters; lengths in characters."""
    return Annotated[str, Strict(), Field(min_length=min_length, max_length=max_length), AfterValidator(_printable)]


Cents = Annotated[int, Strict(), Field(ge=1, le=10**12)]
CentsOrZero = Annotated[int, Strict(), Field(ge=0, le=10**12)]

"""Errors as `application/problem+json` (RFC 9457): a stable type, plain words, the fields that are wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

TYPE_BASE = "https://healthconnector.example/problems/"
CONTENT_TYPE = "application/problem+json"
MOST_ERRORS = 100
LONGEST_NAME = 100
MOST_DIGITS = 8
SECONDS_SAID_IN_MINUTES = 120


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: a JSON pointer to it (empty for the whole body), a stable code, what to do in plain words."""

    pointer: str
    message: str
    code: str = "invalid"


class Problem(Exception):
    """An answer that is an error. `code` ends its type; `title` is for people; `extra` holds further members."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def body(self, request_id: str) -> bytes:
        """The problem as JSON."""
        members: dict[str, Any] = {
            **self.extra,
            "type": TYPE_BASE + self.code,
            "title": self.title,
            "status": self.status,
            "request_id": request_id,
        }
        if self.detail:
            members["detail"] = self.detail
        if self.errors:
            members["errors"] = [
                {"pointer": error.pointer, "code": error.code, "message": error.message} for error in self.errors
            ]
        return orjson.dumps(members)


def not_found() -> Problem:
    """The same for what does not exist and for what belongs to somebody else."""
    return Problem(404, "not-found", "We could not find that.", "Check the address or the number and try again.")


def not_logged_in() -> Problem:
    """No usable session came with the request."""
    return Problem(
        401, "not-logged-in", "Please log in.", "This needs a session.", headers={"WWW-Authenticate": "Bearer"}
    )


def too_large() -> Problem:
    """The 413 of a body above the limit."""
    return Problem(413, "too-large", "The request is too large.", "Send less at a time.")


def too_slow() -> Problem:
    """The 408 of a body that does not arrive."""
    return Problem(408, "too-slow", "The request took too long to arrive.", "Please send it again.")


def not_readable() -> Problem:
    """The 400 of a body that breaks off or is not what its headers say."""
    return Problem(400, "not-readable", "The body of the request could not be read.")


def unavailable(retry_after_seconds: int = 1) -> Problem:
    """Something behind us does not answer; asking again is safe."""
    return Problem(
        503,
        "unavailable",
        "We cannot do this at the moment.",
        "Nothing was lost. Please try again shortly; a payment sent again with the same Idempotency-Key is made once.",
        headers={"Retry-After": str(retry_after_seconds)},
    )


def waiting_time(seconds: int) -> str:
    """How long to wait, as people say it: "1 second", "90 seconds", "about 58 minutes"."""
    if seconds >= SECONDS_SAID_IN_MINUTES:
        return f"about {round(seconds / 60)} minutes"
    return "1 second" if seconds == 1 else f"{seconds} seconds"


def invalid_fields(error: ValidationError, *, where: str = "") -> Problem:
    """The 422 that names each wrong field of a body or query; values are never repeated."""
    found = [_field_error(item, where) for item in error.errors(include_url=False, include_input=False)]
    return Problem(422, "invalid-fields", "Some fields need to be corrected.", errors=found[:MOST_ERRORS])


def shown_name(name: str | int) -> str:
    """A part of a JSON pointer; a name that a caller made up is cut, and freed of what is no text.

    One with as many digits as a Social Security Number is somebody's number in the wrong place, and is not repeated.
    """
    text = str(name)[:LONGEST_NAME].encode("utf-8", "replace").decode()
    if sum(character.isdecimal() for character in text) > MOST_DIGITS:
        text = "".join("#" if character.isdecimal() else character for character in text)
    return text.replace("~", "~0").replace("/", "~1")


def _field_error(item: Any, where: str) -> FieldError:
    path = [shown_name(part) for part in item["loc"] if part != KEY_OF_A_MAPPING]
    pointer = where + "/".join(path) if where else "".join(f"/{part}" for part in path)
    return FieldError(pointer, _plain_words(item["type"], item.get("ctx") or {}, item["msg"]), item["type"])


KEY_OF_A_MAPPING = "[key]"  # how pydantic marks that the name itself is wrong

_WORDS: dict[str, str] = {
    "missing": "This field is missing.",
    "extra_forbidden": "This field is not known here. Remove it.",
    "string_type": "This must be text.",
    "int_type": "This must be a whole number.",
    "int_from_float": "This must be a whole number.",
    "int_parsing": "This must be a whole number.",
    "int_parsing_size": "This number is too large.",
    "bool_type": "This must be true or false.",
    "bool_parsing": "This must be true or false.",
    "list_type": "This must be a list.",
    "tuple_type": "This must be a list.",
    "dict_type": "This must be an object.",
    "model_type": "This must be an object.",
    "model_attributes_type": "This must be an object.",
    "string_pattern_mismatch": "This is not in the form that is expected.",
    "uuid_parsing": "This must be an id (UUID) as we gave it.",
    "uuid_type": "This must be an id (UUID) as we gave it.",
    "date_type": "This must be a date such as 2027-01-31.",
    "date_parsing": "This must be a date such as 2027-01-31.",
    "date_from_datetime_parsing": "This must be a date such as 2027-01-31.",
    "date_from_datetime_inexact": "This must be a date such as 2027-01-31.",
    "datetime_parsing": "This must be an instant such as 2027-01-31T12:00:00Z.",
    "datetime_from_date_parsing": "This must be an instant such as 2027-01-31T12:00:00Z.",
    "timezone_aware": "This must be an instant with a time zone, such as 2027-01-31T12:00:00Z.",
    "union_tag_invalid": "This kind is not offered.",
    "union_tag_not_found": "The type is missing.",
    "too_long": "This list has too many entries.",
    "too_short": "This list has too few entries.",
    "string_unicode": "This text holds characters that cannot be stored.",
}


_BOUNDS: dict[str, tuple[str, str]] = {
    "greater_than": ("greater than", "more than"),
    "greater_than_equal": ("greater than or equal to", "at least"),
    "less_than": ("less than", "less than"),
    "less_than_equal": ("less than or equal to", "at most"),
}


def _is_collection(context: Mapping[str, Any]) -> bool:
    """Whether a length error is about a list or a mapping: pydantic says `Value` for a text behind a validator."""
    return context.get("field_type") not in (None, "Value")


def _plain_words(kind: str, context: Mapping[str, Any], message: str) -> str:
    """What to say of a pydantic error; a validator of ours raises ValueError with words that are plain already."""
    if kind == "value_error":
        return str(context.get("error", message))
    if kind in ("literal_error", "enum"):
        return f"This must be one of: {context.get('expected', '')}."
    if kind == "string_too_long" or (kind == "too_long" and not _is_collection(context)):
        return f"This is too long: at most {context.get('max_length')} characters."
    if kind == "string_too_short" or (kind == "too_short" and not _is_collection(context)):
        return (
            "This must not be empty."
            if context.get("min_length") == 1
            else (f"This is too short: at least {context.get('min_length')} characters.")
        )
    if kind in _BOUNDS:
        in_pydantic, plain = _BOUNDS[kind]
        return message.replace(f"Input should be {in_pydantic}", f"This must be {plain}") + "."
    return _WORDS.get(kind, "This is not in the form that is expected.")

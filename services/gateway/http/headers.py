"""Which headers pass the door. Only what is listed does: so nobody outside can say who they are, or for whom they ask.

Next: `forward.py` sends what is made here.
"""

from collections.abc import Mapping
from typing import cast

from multidict import MultiMapping

from shared.http.problems import Problem, not_logged_in

PASSED_IN = (
    "Accept",
    "Accept-Language",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "User-Agent",
)
PASSED_OUT = (
    "Allow",
    "Content-Disposition",
    "Content-Language",
    "ETag",
    "Last-Modified",
    "Link",
    "Location",
    "Retry-After",
    "WWW-Authenticate",
)
MAX_VALUE_CHARACTERS = 1024


def all_values(headers: Mapping[str, str], name: str) -> list[str]:
    """Every value of a header: the headers of a request keep those that came more than once."""
    return cast("MultiMapping[str]", headers).getall(name, [])


def bearer_token(headers: Mapping[str, str]) -> str:
    """The token of the one Authorization header. Raises Problem 401 for none, two, or another scheme."""
    shown = all_values(headers, "Authorization")
    scheme, _, token = shown[0].partition(" ") if len(shown) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not token.strip():
        raise not_logged_in()
    return token.strip()


def passed_in(headers: Mapping[str, str]) -> dict[str, str]:
    """The caller's headers that a service gets to see. Raises Problem 400 for one that is doubled or endless."""
    passed: dict[str, str] = {}
    for name in PASSED_IN:
        values = all_values(headers, name)
        if len(values) > 1 or any(len(value) > MAX_VALUE_CHARACTERS for value in values):
            raise Problem(400, "header-invalid", f"The header {name} cannot be used.", "Send it once, and short.")
        if values:
            passed[name] = _sendable(values[0])
    return passed


def passed_out(headers: Mapping[str, str]) -> dict[str, str]:
    """A service's headers that the caller gets to see."""
    return {name: headers[name] for name in PASSED_OUT if name in headers}


def _sendable(value: str) -> str:
    """Bytes that are no text become U+FFFD: still not ASCII, so that a service refuses a key which holds them."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

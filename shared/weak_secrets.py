"""What is no secret: too short, too simple, or one that says itself that it is an example.

Next: `settings.py` refuses to start with it outside sandbox and test. The examples in this repository are of this kind,
and a test looks for any that is not.
"""

import base64
import json
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import unquote, urlsplit

SHORTEST_PASSWORD = 16
SHORTEST_KEY = 32
FEWEST_DIFFERENT = 6
GIVEAWAYS = ("change", "default", "example", "guest", "only-for", "password", "sandbox", "secret", "test-only", "tests")


def weaknesses(name: str, text: str) -> Iterator[str]:
    """Why what a setting holds is no secret, in words that do not show it; `name` as `gateway_key`."""
    shortest = SHORTEST_KEY if name.endswith(("_key", "_keys")) else SHORTEST_PASSWORD
    for secret, user in _secrets_in(text):
        if not secret or user == "guest":
            yield "names no user of ours with a password"
        elif len(secret) < shortest:
            yield f"is shorter than {shortest} characters"
        elif any(giveaway in secret.lower() for giveaway in GIVEAWAYS):
            yield "is an example"
        elif secret == user or not _looks_drawn(secret):
            yield "is easy to guess"


def _secrets_in(text: str) -> Iterator[tuple[str, str]]:
    """The secrets in a setting, each with its user where it has one: an address, a JWK, a ring of keys, or plain."""
    if "://" in text:
        parts = urlsplit(text)
        if parts.password is not None or parts.scheme.startswith("amqp"):  # without one, clients of AMQP say guest
            yield unquote(parts.password or ""), unquote(parts.username or "")
        return
    try:
        held = json.loads(text)
    except ValueError:
        held = None
    if not isinstance(held, dict):
        yield text, ""
        return
    ring = held.get("keys")
    for secret in (held.get("d"), *(ring.values() if isinstance(ring, dict) else ())):
        if secret is not None:
            yield str(secret), ""


def _looks_drawn(secret: str) -> bool:
    """Whether chance made it: not a row of the alphabet, not the same again and again, and not words in base64."""
    if not _is_varied(secret.encode()):
        return False
    try:
        held = base64.b64decode(secret, validate=True)
    except ValueError:
        return True
    return _is_varied(held) and not all(32 <= byte < 127 for byte in held)


def _is_varied(content: bytes) -> bool:
    steps = {(after - before) % 256 for before, after in pairwise(content)}
    return min(len(set(content)), len(steps)) >= FEWEST_DIFFERENT

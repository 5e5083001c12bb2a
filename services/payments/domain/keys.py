"""The secrets behind reference numbers and quotes, both drawn from one setting, each for its purpose only."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Self


@dataclass(frozen=True, slots=True)
class Keys:
    """32 bytes each; never shown."""

    reference: bytes = field(repr=False)
    quote: bytes = field(repr=False)

    @classmethod
    def from_secret(cls, secret: str) -> Self:
        """Draw both keys from the secret in the settings."""
        return cls(_drawn(secret, b"reference"), _drawn(secret, b"quote"))


def _drawn(secret: str, purpose: bytes) -> bytes:
    return blake2b(secret.encode(), person=purpose, digest_size=32).digest()

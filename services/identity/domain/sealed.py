"""A secret at rest, as the store keeps it. Next: `providers/keyring.py` makes and opens it."""

from dataclasses import dataclass


class SealBroken(Exception):
    """What is sealed does not open: another row's, altered, or its key has left the ring."""


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """Which key opens it, and nonce with ciphertext."""

    key_id: str
    blob: bytes

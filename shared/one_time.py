"""Seal the secret of a one-time link for the service that sends it, so that outbox, broker and inbox never hold it.

AES-256-GCM (NIST SP 800-38D): a random nonce of 12 bytes in front, what the link is about as associated data, in
urlsafe base64. Who seals and who opens have the same key in their settings (`PORTAL_LINK_KEY`).
"""

import re
import secrets
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
SEALED_FORM = re.compile(r"[A-Za-z0-9_-]+={0,2}")


class KeyInvalid(ValueError):
    """A key for sealing has 32 bytes, in base64; the message never shows it."""

    def __init__(self) -> None:
        super().__init__("it is not 32 bytes in base64")


class SealBroken(Exception):
    """What is sealed does not open: altered, about something else, or sealed under another key."""


def parse_key(text: str) -> bytes:
    """The key from settings, 32 bytes in base64. Raises KeyInvalid."""
    try:
        key = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise KeyInvalid from None
    if len(key) != KEY_BYTES:
        raise KeyInvalid
    return key


def seal(key: bytes, token: str, about: str) -> str:
    """Seal a token for one thing, such as the account's id; twice the same looks different."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, token.encode(), about.encode())).decode()


def open_sealed(key: bytes, sealed: str, about: str) -> str:
    """The token that was sealed about this thing. Raises SealBroken."""
    if SEALED_FORM.fullmatch(sealed) is None:
        raise SealBroken
    try:
        raw = urlsafe_b64decode(sealed)
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], about.encode()).decode()
    except (InvalidTag, Base64Error, ValueError):
        raise SealBroken from None

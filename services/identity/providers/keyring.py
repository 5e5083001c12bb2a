"""Sealing at rest: AES-256-GCM under a versioned ring of keys, bound to the row; and the blind index that finds an SSN.

A new key becomes `current` while old ones stay in the ring to open what they sealed, so rotation needs no downtime.
What is sealed for one row does not open in another, because the row's id is associated data.
"""

import hmac
import json
import secrets
from base64 import b64decode
from binascii import Error as Base64Error
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.identity.domain.sealed import SealBroken, Sealed
from services.identity.domain.ssn import Ssn

KEY_BYTES = 32
NONCE_BYTES = 12


class KeysInvalid(ValueError):
    """The configured keys cannot be used; the message never shows them."""


class KeyRing:
    """Seals, opens and indexes. `index_key` never changes, since every index would change with it."""

    def __init__(self, keys: dict[str, bytes], current: str, index_key: bytes) -> None:
        if current not in keys or any(len(key) != KEY_BYTES for key in (*keys.values(), index_key)):
            raise KeysInvalid("keys have 32 bytes, and the current one is among them")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._current = current
        self._index_key = index_key

    @classmethod
    def from_settings(cls, ring_json: str, index_key_base64: str) -> "KeyRing":
        """Read `{"current": "2027a", "keys": {"2027a": "<base64>", …}}`. Raises KeysInvalid."""
        try:
            ring = json.loads(ring_json)
            keys = {str(key_id): b64decode(key, validate=True) for key_id, key in ring["keys"].items()}
            return cls(keys, str(ring["current"]), b64decode(index_key_base64, validate=True))
        except (KeyError, TypeError, AttributeError, Base64Error, json.JSONDecodeError):
            raise KeysInvalid("the key ring is not in the expected form") from None

    def seal(self, secret: bytes, row: str) -> Sealed:
        """Seal under the current key for one row, named `table:id`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return Sealed(self._current, nonce + self._ciphers[self._current].encrypt(nonce, secret, row.encode()))

    def open(self, sealed: Sealed, row: str) -> bytes:
        """The secret of that row. Raises SealBroken."""
        try:
            cipher = self._ciphers[sealed.key_id]
            return cipher.decrypt(sealed.blob[:NONCE_BYTES], sealed.blob[NONCE_BYTES:], row.encode())
        except (KeyError, InvalidTag, ValueError):
            raise SealBroken from None

    def ssn_index(self, ssn: Ssn) -> bytes:
        """The blind index of a number: equal for equal numbers, and nothing to anyone without the key."""
        return self.keyed_hash(b"ssn", ssn.digits.encode())

    def keyed_hash(self, purpose: bytes, content: bytes) -> bytes:
        """HMAC-SHA256 for one purpose, so that hashes of different kinds cannot be compared."""
        return hmac.new(self._index_key, purpose + b"\x1f" + content, sha256).digest()

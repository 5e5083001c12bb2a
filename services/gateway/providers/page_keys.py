"""What pages sign and seal with the page key: form tokens, and drafts that a browser carries for us.

A draft is AES-256-GCM under a key of its own, bound to its purpose, and over after its time: so the gateway stays
stateless, and a half-filled form with an SSN is never readable outside. Next: `http/pages/page.py`.
"""

import base64
import binascii
import hashlib
import hmac
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12


class PageKeys:
    """Signs and seals; `key` is 32 bytes, `now` machine time in seconds."""

    def __init__(self, key: bytes, now: Callable[[], float] = time.time) -> None:
        self._forms = _derived(key, b"forms")
        self._drafts = AESGCM(_derived(key, b"drafts"))
        self._now = now

    def form_token(self, visit_id: str) -> str:
        """The token that forms of this browser carry."""
        return hmac.new(self._forms, visit_id.encode(), hashlib.sha256).hexdigest()

    def form_token_fits(self, visit_id: str, shown: str) -> bool:
        """Whether a form came from a page that we gave this browser."""
        return bool(visit_id) and hmac.compare_digest(self.form_token(visit_id).encode(), shown.encode())

    def seal(self, purpose: str, content: Mapping[str, Any], seconds: int) -> str:
        """A draft that only we can read, for so many seconds."""
        nonce = os.urandom(NONCE_BYTES)
        plain = orjson.dumps({"until": self._now() + seconds, "content": dict(content)})
        return base64.urlsafe_b64encode(nonce + self._drafts.encrypt(nonce, plain, purpose.encode())).decode()

    def unseal(self, purpose: str, draft: str) -> dict[str, Any] | None:
        """What was sealed for this purpose; None when it is over, another's, or no draft of ours."""
        try:
            blob = base64.b64decode(draft, altchars=b"-_", validate=True)
            plain = self._drafts.decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], purpose.encode())
        except (binascii.Error, InvalidTag, ValueError):
            return None
        told = orjson.loads(plain)
        content: dict[str, Any] | None = told["content"] if told["until"] > self._now() else None
        return content


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, purpose, hashlib.sha256).digest()

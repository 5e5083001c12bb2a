"""A session: one opaque token, of which only the hash is kept. It ends by log-out, when idle, or after its last hour.

Idle and absolute times are machine time and belong to Postgres (`store/sessions.py`); here is what a session is.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal
from uuid import UUID

from shared.contracts.identity import SessionEndedV1

EndReason = Literal["logged_out", "logged_out_everywhere", "password_changed"]
ENDED_VERSION = 2  # a session's row changes once in a way that others are told: when it ends


@dataclass(frozen=True, slots=True)
class Session:
    """A person's visit from one device."""

    session_id: UUID
    account_id: UUID
    token_hash: bytes
    device: str
    network: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime

    def ended(self, reason: EndReason, now: datetime) -> SessionEndedV1:
        """The fact that gateways forget the token by."""
        return SessionEndedV1(
            occurred_at=now,
            version=ENDED_VERSION,
            session_id=self.session_id,
            account_id=self.account_id,
            token_hash=self.token_hash.hex(),
            reason=reason,
            ended_at=now,
        )


@dataclass(frozen=True, slots=True)
class SessionRule:
    """How long sessions live, in seconds; `touch` bounds how often the last use is written down."""

    idle_seconds: int = 900
    absolute_seconds: int = 43_200
    touch_seconds: int = 30


def token_hash(token: str) -> bytes:
    """What is kept of a token or key of 256 random bits: fast SHA-256 is enough, nothing can be guessed."""
    return sha256(token.encode()).digest()

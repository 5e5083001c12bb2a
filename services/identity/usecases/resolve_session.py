"""Turn a session's opaque token into a signed service token: one round trip, on every first call within 10 s."""

import time
from dataclasses import dataclass

from services.identity.domain.rules import Rules
from services.identity.domain.session import token_hash
from services.identity.store import sessions
from services.identity.store.sessions import Resolved
from shared.db import Tx
from shared.http.tokens import Caller, TokenSigner


class SessionEnded(Exception):
    """No session that is alive has this token."""


@dataclass(frozen=True, slots=True, repr=False)
class ServiceToken:
    """Who is calling, signed; for so many seconds."""

    token: str
    expires_in_seconds: int


async def resolve_session(tx: Tx, signer: TokenSigner, rules: Rules, token: str) -> tuple[Resolved, ServiceToken]:
    """The session behind the token, noted as used, and its service token. Raises SessionEnded."""
    resolved = await sessions.resolve(tx, token_hash(token), rules.session)
    if resolved is None:
        raise SessionEnded
    caller = Caller(
        audience="member",
        subject=resolved.account_id,
        member_id=resolved.member_id,
        session_id=resolved.session_id,
        insurers=(),
        expires_at=int(time.time()) + rules.service_token_seconds,
    )
    return resolved, ServiceToken(signer.sign(caller), rules.service_token_seconds)

"""Log in, look at one's sessions, log out."""

import secrets
from uuid import UUID, uuid4

from services.identity.domain.device import UNKNOWN_DEVICE, device_name
from services.identity.domain.session import Session, token_hash
from services.identity.domain.throttle import network_of
from services.identity.http.account_schemas import LogInBody, SessionMade, SessionShown, SessionsShown
from services.identity.store import sessions
from services.identity.usecases.end_all_sessions import end_all_sessions
from services.identity.usecases.end_session import end_session
from services.identity.usecases.log_in import LogIn, log_in
from services.identity.usecases.parts import Parts
from shared.http.checking import CLIENT_DEVICE
from shared.http.problems import not_found
from shared.http.routes import Call

TOKEN_BYTES = 32


async def begin(call: Call[Parts, LogInBody]) -> SessionMade:
    """Begin a session with a new token."""
    parts = call.parts
    wanted = LogIn(
        name=call.body.username,
        password=call.body.password.get_secret_value(),
        network=network_of(call.client_address),
        device=_device(call.user_agent),
        device_key=token_hash(shown) if (shown := call.headers.get(CLIENT_DEVICE)) else None,
        session_id=uuid4(),
        token=secrets.token_urlsafe(TOKEN_BYTES),
    )
    begun = await log_in(parts.db, parts.hasher, parts.rules, wanted)
    return SessionMade(
        token=wanted.token, session_id=wanted.session_id, account_id=begun.account_id, expires_at=begun.expires_at
    )


async def list_own(call: Call[Parts, None]) -> SessionsShown:
    """The account's sessions that are not over."""
    found = await call.parts.db.read(lambda tx: sessions.list_alive(tx, call.account_id, call.parts.rules.session))
    current = call.caller.session_id if call.caller else None
    return SessionsShown(items=tuple(_shown(session, current) for session in found))


async def end_one(call: Call[Parts, None]) -> None:
    """Log out of the session in use, or of another one of the account."""
    session_id = call.caller.session_id if call.path["session_id"] == "current" and call.caller else None
    if session_id is None and call.path["session_id"] == "current":
        raise not_found()
    ending = session_id or call.uuid("session_id")
    network = network_of(call.client_address)
    await call.parts.db.write(lambda tx: end_session(tx, call.account_id, ending, network, call.now()))


async def end_all(call: Call[Parts, None]) -> None:
    """Log out everywhere."""
    network = network_of(call.client_address)
    await call.parts.db.write(lambda tx: end_all_sessions(tx, call.account_id, network, call.now()))


def _shown(session: Session, current: UUID | None) -> SessionShown:
    return SessionShown(
        session_id=session.session_id,
        device=device_name(session.device),
        network=session.network,
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        expires_at=session.expires_at,
        current=session.session_id == current,
    )


def _device(user_agent: str) -> str:
    return "".join(character for character in user_agent if character.isprintable())[:300] or UNKNOWN_DEVICE

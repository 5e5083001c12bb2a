"""Log in: throttle, password, session. Known and unknown names go the same way, statement by statement.

The way is read -> hash -> write, so that no transaction is open while argon2 works. Failures are counted after the
hash: as many guesses as the hashing pool holds can be under way at once, and each of them is counted. A device from
which the account was logged in before has a count of its own, which no stranger can run up.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.identity.domain.audit import Act, Entry
from services.identity.domain.contact import email_key
from services.identity.domain.rules import Rules
from services.identity.domain.session import token_hash
from services.identity.domain.throttle import Throttled, throttle_key
from services.identity.domain.usernames import username_key
from services.identity.providers.hashing import PasswordHasher
from services.identity.store import audit, credentials, sessions, throttles
from services.identity.store.credentials import Credential
from services.identity.store.sessions import NewSession
from shared.db import Database, Tx

NOBODY = UUID(int=0)


class InvalidCredentials(Exception):
    """Name and password do not belong together; which of them is wrong is not told."""


@dataclass(frozen=True, slots=True, repr=False)
class LogIn:
    """What was typed, from where; session id and token were made before, so that a repeated commit begins one."""

    name: str
    password: str
    network: str
    device: str
    device_key: bytes | None
    session_id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The new session."""

    account_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """What failures are counted under: the account here, and the network unless the device is the account's own."""

    own: bytes
    network: bytes | None

    @property
    def keys(self) -> list[bytes]:
        """Both, or the one."""
        return [self.own] if self.network is None else [self.own, self.network]


async def log_in(db: Database, hasher: PasswordHasher, rules: Rules, wanted: LogIn) -> LoggedIn:
    """Begin a session. Raises Throttled, HashingBusy, InvalidCredentials."""
    credential, counts = await db.read(lambda tx: _load(tx, wanted))
    fits, newer_hash = await hasher.verify(wanted.password, credential.password_hash if credential else None)
    if not fits or credential is None:
        await db.write(lambda tx: _refuse(tx, rules, wanted, credential, counts))
        raise InvalidCredentials
    return await db.write(lambda tx: _begin(tx, rules, wanted, credential, counts, newer_hash))


async def _load(tx: Tx, wanted: LogIn) -> tuple[Credential | None, Counts]:
    """Whose name this is, and what its failures are counted under. Raises Throttled."""
    if "@" in wanted.name:
        credential = await credentials.find_by_email(tx, email_key(wanted.name))
    else:
        credential = await credentials.find_by_username(tx, username_key(wanted.name))
    who = str(credential.account_id) if credential else username_key(wanted.name)
    counts = Counts(throttle_key("log-in", who, wanted.network), throttle_key("log-in", wanted.network))
    if wanted.device_key is not None and await sessions.exists_of_device(
        tx, credential.account_id if credential else NOBODY, wanted.device_key
    ):
        counts = Counts(throttle_key("log-in", who, "device", wanted.device_key.hex()), None)
    seconds = await throttles.find_wait_seconds(tx, counts.keys)
    if seconds > 0:
        raise Throttled(seconds)
    return credential, counts


async def _refuse(tx: Tx, rules: Rules, wanted: LogIn, credential: Credential | None, counts: Counts) -> None:
    account_id = credential.account_id if credential else None
    await throttles.count_failure(tx, counts.own, rules.log_in.account_and_network, account_id)
    if counts.network is not None:
        await throttles.count_failure(tx, counts.network, rules.log_in.network)
    await audit.insert(tx, Entry(Act.LOG_IN_REFUSED, account_id=account_id, network=wanted.network))


async def _begin(
    tx: Tx, rules: Rules, wanted: LogIn, credential: Credential, counts: Counts, newer_hash: str | None
) -> LoggedIn:
    begun = await sessions.find_expiry(tx, wanted.session_id)
    if begun is not None:
        return LoggedIn(credential.account_id, begun)
    if not await credentials.share(tx, credential):
        raise InvalidCredentials
    if newer_hash is not None:
        await credentials.update(tx, credential, newer_hash)
    await throttles.delete(tx, counts.own)
    session = NewSession(
        wanted.session_id,
        credential.account_id,
        token_hash(wanted.token),
        wanted.device,
        wanted.device_key,
        wanted.network,
    )
    expires_at = await sessions.insert(tx, session, rules.session)
    entry = Entry(Act.LOGGED_IN, account_id=credential.account_id, subject_id=wanted.session_id, network=wanted.network)
    await audit.insert(tx, entry)
    return LoggedIn(credential.account_id, expires_at)

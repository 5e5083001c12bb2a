"""Change one's password: the old one is asked for again, the new one is judged, and every other session ends.

A link to set a new password that is still open ends too, and the person is told.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.identity.domain.account import Account
from services.identity.domain.audit import Act, Entry
from services.identity.domain.password_reset import security_changed
from services.identity.domain.passwords import Personal
from services.identity.domain.rules import Rules
from services.identity.domain.throttle import Throttled, throttle_key
from services.identity.providers.hashing import PasswordHasher
from services.identity.store import accounts, audit, credentials, password_resets, sessions, throttles
from services.identity.store.credentials import Credential
from services.identity.usecases.show_account import AccountUnknown
from shared import outbox
from shared.db import Database, Tx


class WrongPassword(Exception):
    """The old password is not the one that we know."""


@dataclass(frozen=True, slots=True, repr=False)
class PasswordChange:
    """Who changes what to what; the session in hand goes on."""

    account_id: UUID
    session_id: UUID | None
    old: str
    new: str
    network: str
    device: str


async def change_password(
    db: Database, hasher: PasswordHasher, rules: Rules, change: PasswordChange, now: datetime
) -> None:
    """Put the new password in place. Raises Throttled, HashingBusy, WrongPassword, WeakPassword, AccountUnknown."""
    account, credential = await db.read(lambda tx: _load(tx, change))
    fits, _ = await hasher.verify(change.old, credential.password_hash)
    if not fits:
        await db.write(lambda tx: _refuse(tx, rules, change))
        raise WrongPassword
    new_hash = await hasher.hash_new(change.new, personal_words(account), rules.password)
    await db.write(lambda tx: _replace(tx, change, account, credential, new_hash, now))


def personal_words(account: Account) -> Personal:
    """What of the person must not stand in their password."""
    name = account.legal_name
    return Personal((name.first, name.middle or "", name.last, account.username, account.email))


async def _load(tx: Tx, change: PasswordChange) -> tuple[Account, Credential]:
    seconds = await throttles.find_wait_seconds(tx, [_key(change)])
    if seconds > 0:
        raise Throttled(seconds)
    account = await accounts.find(tx, change.account_id)
    credential = await credentials.find(tx, change.account_id)
    if account is None or credential is None:
        raise AccountUnknown
    return account, credential


async def _refuse(tx: Tx, rules: Rules, change: PasswordChange) -> None:
    await throttles.count_failure(tx, _key(change), rules.log_in.account_and_network, change.account_id)
    entry = Entry(Act.PASSWORD_CHANGE_REFUSED, account_id=change.account_id, network=change.network)
    await audit.insert(tx, entry)


async def _replace(
    tx: Tx, change: PasswordChange, account: Account, credential: Credential, new_hash: str, now: datetime
) -> None:
    if not await credentials.update(tx, credential, new_hash):
        there = await credentials.find(tx, change.account_id)
        if there is not None and there.password_hash == new_hash:
            return
        raise WrongPassword
    ended = await sessions.update_all_ended(tx, change.account_id, change.session_id, "password_changed")
    await password_resets.update_open_ended(tx, change.account_id)
    told = security_changed(account, "password_changed", change.device, change.network, now)
    await outbox.add(tx, *(session.ended("password_changed", now) for session in ended), told)
    await audit.insert(tx, Entry(Act.PASSWORD_CHANGED, account_id=change.account_id, network=change.network))


def _key(change: PasswordChange) -> bytes:
    return throttle_key("log-in", str(change.account_id), change.network)

"""Set a new password by an e-mailed link: every session ends, and so do the waits of logging in.

The way is read -> hash -> write, as at log-in. A password that is too weak does not use the link up.
"""

from dataclasses import dataclass
from datetime import datetime

from services.identity.domain.account import Account
from services.identity.domain.audit import Act, Entry
from services.identity.domain.password_reset import security_changed
from services.identity.domain.rules import Rules
from services.identity.domain.session import token_hash
from services.identity.providers.hashing import PasswordHasher
from services.identity.store import accounts, audit, credentials, password_resets, sessions, throttles
from services.identity.usecases.change_password import personal_words
from services.identity.usecases.check_reset_link import LinkExpired, check_reset_link
from shared import outbox
from shared.db import Database, Tx


@dataclass(frozen=True, slots=True, repr=False)
class PasswordReset:
    """Which link, the password to come, from where."""

    token: str
    new: str
    network: str
    device: str


async def reset_password(
    db: Database, hasher: PasswordHasher, rules: Rules, reset: PasswordReset, now: datetime
) -> None:
    """Put the new password in place. Raises LinkExpired, WeakPassword, HashingBusy."""
    try:
        account = await db.read(lambda tx: _load(tx, reset))
    except LinkExpired:
        await db.write(lambda tx: audit.insert(tx, Entry(Act.PASSWORD_RESET_REFUSED, network=reset.network)))
        raise
    new_hash = await hasher.hash_new(reset.new, personal_words(account), rules.password)
    await db.write(lambda tx: _replace(tx, reset, account, new_hash, now))


async def _load(tx: Tx, reset: PasswordReset) -> Account:
    account = await accounts.find(tx, await check_reset_link(tx, reset.token))
    if account is None:
        raise LinkExpired
    return account


async def _replace(tx: Tx, reset: PasswordReset, account: Account, new_hash: str, now: datetime) -> None:
    """Sessions end after the hash is in place: whoever logs in at this moment with the old one is among them."""
    account_id = account.account_id
    reset_id = await password_resets.update_used(tx, token_hash(reset.token))
    if reset_id is None:
        there = await credentials.find(tx, account_id)
        if there is not None and there.password_hash == new_hash:
            return
        raise LinkExpired
    await credentials.replace(tx, account_id, new_hash)
    ended = await sessions.update_all_ended(tx, account_id, None, "password_changed")
    await throttles.delete_of_account(tx, account_id)
    told = security_changed(account, "password_reset", reset.device, reset.network, now)
    await outbox.add(tx, *(session.ended("password_changed", now) for session in ended), told)
    used = Entry(Act.PASSWORD_RESET_USED, account_id=account_id, subject_id=reset_id, network=reset.network)
    await audit.insert(tx, used)

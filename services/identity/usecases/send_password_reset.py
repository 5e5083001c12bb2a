"""Make the link that somebody asked for, if the name is an account's, and let notify mail it.

A timer does this apart from the request and in its own rhythm, so that no caller can time it. Too many requests are
dropped without telling; the link that was sent last goes on working then. Next: `reset_password.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from services.identity.domain.account import Account
from services.identity.domain.audit import Act, Entry
from services.identity.domain.contact import email_key
from services.identity.domain.password_reset import PasswordResetRule, link_requested
from services.identity.domain.sealed import SealBroken
from services.identity.domain.session import token_hash
from services.identity.domain.throttle import throttle_key
from services.identity.domain.usernames import username_key
from services.identity.providers.keyring import KeyRing
from services.identity.store import accounts, audit, credentials, password_resets, throttles
from services.identity.store.password_resets import ResetRequest
from services.identity.usecases.ask_password_reset import request_row
from shared import one_time, outbox
from shared.db import Tx

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, repr=False)
class NewLink:
    """A link about to be made; id and token were chosen before the transaction."""

    reset_id: UUID
    token: str
    link_key: bytes


async def send_password_reset(tx: Tx, keys: KeyRing, rule: PasswordResetRule, link: NewLink, now: datetime) -> int:
    """Take the oldest request; returns 1, or 0 when nobody waits."""
    request = await password_resets.take_request(tx)
    if request is None:
        return 0
    account = await _account(tx, keys, request)
    if not await _may_have(tx, rule, request, account):
        refused = Entry(
            Act.PASSWORD_RESET_REFUSED, account_id=account.account_id if account else None, network=request.network
        )
        await audit.insert(tx, refused)
        return 1
    if account is not None:
        await _open(tx, rule, request, account, link, now)
    return 1


async def _account(tx: Tx, keys: KeyRing, request: ResetRequest) -> Account | None:
    """Whose name it is, held so that two requests cannot open two links; None where it is nobody's."""
    try:
        name = keys.open(request.name, request_row(request.request_id)).decode()
    except SealBroken:
        log.error("password_reset_name_does_not_open")
        return None
    if "@" in name:
        found = await credentials.find_by_email(tx, email_key(name))
    else:
        found = await credentials.find_by_username(tx, username_key(name))
    return await accounts.lock(tx, found.account_id) if found else None


async def _may_have(tx: Tx, rule: PasswordResetRule, request: ResetRequest, account: Account | None) -> bool:
    """Whether there is an account and neither it nor the network has asked too often; counts this time."""
    network = throttle_key("password-reset", request.network)
    who = throttle_key("password-reset", str(account.account_id), request.network) if account else network
    if await throttles.find_wait_seconds(tx, (network, who)) > 0:
        return False
    await throttles.count_failure(tx, network, rule.throttle.network)
    if account is None:
        return False
    await throttles.count_failure(tx, who, rule.throttle.account_and_network)
    return await password_resets.count_recent(tx, account.account_id, rule.lifetime) < rule.most_links


async def _open(
    tx: Tx, rule: PasswordResetRule, request: ResetRequest, account: Account, link: NewLink, now: datetime
) -> None:
    await password_resets.update_open_ended(tx, account.account_id)
    expires_at = await password_resets.insert(
        tx, link.reset_id, account.account_id, token_hash(link.token), request.network, rule.lifetime
    )
    sealed = one_time.seal(link.link_key, link.token, str(account.account_id))
    await outbox.add(tx, link_requested(account, sealed, expires_at, now))
    asked = Entry(
        Act.PASSWORD_RESET_SENT, account_id=account.account_id, subject_id=link.reset_id, network=request.network
    )
    await audit.insert(tx, asked)

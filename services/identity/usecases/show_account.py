"""What a person sees of their own account; the SSN is opened for its last four digits only."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from services.identity.domain.account import Account
from services.identity.domain.member import Address
from services.identity.domain.sealed import SealBroken, Sealed
from services.identity.domain.ssn import Ssn
from services.identity.providers.keyring import KeyRing
from services.identity.store import accounts, members
from shared.db import Tx

log = structlog.get_logger()


class AccountUnknown(Exception):
    """The token names an account that does not exist."""


@dataclass(frozen=True, slots=True)
class AccountView:
    """The account; the mailing address is that of the member record, once linked.

    `ssn_last4` is None where the number does not open: a row was altered, or a key has left the ring too early.
    """

    account: Account
    ssn_last4: str | None
    mailing_address: Address | None


async def show_account(tx: Tx, keys: KeyRing, account_id: UUID) -> AccountView:
    """Read the account. Raises AccountUnknown."""
    account = await accounts.find(tx, account_id)
    sealed = await accounts.find_sealed_ssn(tx, account_id)
    if account is None or sealed is None:
        raise AccountUnknown
    member = await members.find(tx, account.member_id) if account.member_id else None
    return AccountView(account, _last4(keys, sealed, account_id), member.address if member else None)


def _last4(keys: KeyRing, sealed: Sealed, account_id: UUID) -> str | None:
    try:
        return Ssn(keys.open(sealed, f"account:{account_id}").decode()).last4
    except SealBroken:
        log.error("ssn_does_not_open", account_id=account_id)
        return None

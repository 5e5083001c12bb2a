"""Make an account. A taken user name is told; a taken e-mail address or SSN never is: the account is made all the same.

Two accounts may have one e-mail address: it is not a name until one of them alone is verified (`store/credentials.py`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.identity.domain.account import Account, AccountStatus, Language
from services.identity.domain.audit import Act, Entry
from services.identity.domain.ssn import Ssn
from services.identity.providers.keyring import KeyRing
from services.identity.store import accounts, audit, credentials
from shared import outbox
from shared.contracts.identity import LegalName
from shared.db import Tx


class UsernameTaken(Exception):
    """Somebody has this user name already."""


@dataclass(frozen=True, slots=True, repr=False)
class Registration:
    """Who wants an account; id and password hash were made before the transaction."""

    account_id: UUID
    legal_name: LegalName
    date_of_birth: date
    ssn: Ssn
    username: str
    password_hash: str
    email: str
    phone: str | None
    language: Language
    network: str


async def register_account(tx: Tx, keys: KeyRing, wanted: Registration, now: datetime) -> Account:
    """Write the account, its credential and the fact down. Raises UsernameTaken."""
    made = await accounts.find(tx, wanted.account_id)
    if made is not None:
        return made
    account = Account(
        account_id=wanted.account_id,
        version=1,
        status=AccountStatus.UNVERIFIED,
        username=wanted.username,
        legal_name=wanted.legal_name,
        date_of_birth=wanted.date_of_birth,
        ssn_index=keys.ssn_index(wanted.ssn),
        email=wanted.email,
        phone=wanted.phone,
        language=wanted.language,
    )
    if not await accounts.insert(tx, account, keys.seal(wanted.ssn.digits.encode(), f"account:{account.account_id}")):
        raise UsernameTaken
    await credentials.insert(tx, account.account_id, wanted.password_hash)
    await outbox.add(tx, account.registered(now))
    await audit.insert(tx, Entry(Act.REGISTERED, account_id=account.account_id, network=wanted.network))
    return account

"""Turn a partner's key into a signed service token that names the partner and its insurers."""

import time
from uuid import UUID

from services.identity.domain.rules import Rules
from services.identity.domain.session import token_hash
from services.identity.store import partners
from services.identity.usecases.resolve_session import ServiceToken
from shared.db import Tx
from shared.http.tokens import Caller, TokenSigner


class PartnerKeyInvalid(Exception):
    """Nobody has this key."""


async def resolve_partner_key(tx: Tx, signer: TokenSigner, rules: Rules, key: str) -> tuple[UUID, ServiceToken]:
    """The partner behind the key, and its service token. Raises PartnerKeyInvalid."""
    found = await partners.find(tx, token_hash(key))
    if found is None:
        raise PartnerKeyInvalid
    caller = Caller(
        audience="partner",
        subject=found.partner_id,
        member_id=None,
        session_id=None,
        insurers=found.insurers,
        expires_at=int(time.time()) + rules.service_token_seconds,
    )
    return found.partner_id, ServiceToken(signer.sign(caller), rules.service_token_seconds)

"""Service tokens: who is calling, signed by identity (Ed25519, 60 s), verified by each service itself."""

import json
import time
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

REMEMBERED = 10_000
ALGORITHM = "Ed25519"
Audience = Literal["member", "partner"]


class TokenInvalid(Exception):
    """The token is missing, expired, malformed or not signed by identity."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling: a person's account (with its member record once verified) or a partner."""

    audience: Audience
    subject: UUID
    member_id: UUID | None
    session_id: UUID | None
    insurers: tuple[str, ...]
    expires_at: int

    @property
    def account_id(self) -> UUID:
        """The account of a person who is logged in."""
        return self.subject

    @property
    def partner_id(self) -> UUID:
        """The partner whose key was used."""
        return self.subject


def _key_of(jwk: str) -> OKPKey:
    try:
        return OKPKey.import_key(json.loads(jwk))
    except (JoseError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("not an Ed25519 JWK") from error


class TokenVerifier:
    """Checks signature and time; what was checked once is remembered until it expires.

    Raises ValueError when the key is no Ed25519 JWK.
    """

    def __init__(self, public_key_jwk: str) -> None:
        self._key = _key_of(public_key_jwk)
        self._known: dict[str, Caller] = {}

    def verify(self, token: str) -> Caller:
        """The caller that the token names. Raises TokenInvalid."""
        caller = self._known.get(token)
        if caller is None:
            caller = self._decode(token)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[token] = caller
        if caller.expires_at <= time.time():
            self._known.pop(token, None)
            raise TokenInvalid
        return caller

    def _decode(self, token: str) -> Caller:
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            audience = claims["aud"]
            if audience not in ("member", "partner"):
                raise TokenInvalid
            return Caller(
                audience=audience,
                subject=UUID(claims["sub"]),
                member_id=UUID(claims["member_id"]) if claims.get("member_id") else None,
                session_id=UUID(claims["sid"]) if claims.get("sid") else None,
                insurers=tuple(claims.get("insurers") or ()),
                expires_at=int(claims["exp"]),
            )
        except (JoseError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
            raise TokenInvalid from None


class TokenSigner:
    """Makes service tokens; only identity holds the private key."""

    def __init__(self, private_key_jwk: str) -> None:
        self._key = _key_of(private_key_jwk)

    def sign(self, caller: Caller) -> str:
        """A compact JWT that says who is calling until `caller.expires_at` (Unix seconds)."""
        claims = {
            "sub": str(caller.subject),
            "aud": caller.audience,
            "member_id": str(caller.member_id) if caller.member_id else None,
            "sid": str(caller.session_id) if caller.session_id else None,
            "insurers": list(caller.insurers),
            "iat": int(time.time()),
            "exp": caller.expires_at,
        }
        return jwt.encode({"alg": ALGORITHM}, claims, self._key, algorithms=[ALGORITHM])

"""Passwords and keys of a stack: made once, kept in `secrets.json` for its owner only, and added to when a new one is
needed.
"""

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from joserfc.jwk import OKPKey

from deploy.local.folder import read_json, write_private_json
from deploy.services import WITH_DATABASE
from deploy.topology import USERS

AES_KEY_BYTES = 32
ROLES = tuple(f"{service}_{kind}" for service in WITH_DATABASE for kind in ("owner", "app"))


def _password() -> str:
    return secrets.token_urlsafe(24)


def _long_key() -> str:
    return secrets.token_urlsafe(48)


def _aes_key() -> str:
    return base64.b64encode(secrets.token_bytes(AES_KEY_BYTES)).decode()


def _key_ring() -> str:
    return json.dumps({"current": "local1", "keys": {"local1": _aes_key()}})


def _token_private_key() -> str:
    return json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=True))


MAKERS: Mapping[str, Callable[[], str]] = {
    "postgres_operator": _password,
    **{f"postgres_{role}": _password for role in ROLES},
    **{f"amqp_{user}": _password for user in USERS},
    "token_private_key": _token_private_key,
    "gateway_key": _long_key,
    "payments_key": _long_key,
    "ssn_keys": _key_ring,
    "blind_index_key": _aes_key,
    "link_key": _aes_key,
    "page_key": _aes_key,
}


class Keys:
    """The secrets of one stack."""

    def __init__(self, path: Path) -> None:
        """Read what is kept at `path`, and make and keep what is missing there."""
        kept = read_json(path)
        missing = {name: make() for name, make in MAKERS.items() if name not in kept}
        self._secrets: dict[str, str] = {**kept, **missing}
        if missing:
            write_private_json(path, self._secrets)

    def __getitem__(self, name: str) -> str:
        return self._secrets[name]

    @property
    def token_public_key(self) -> str:
        """What every service needs to check identity's tokens, as a JWK."""
        private = OKPKey.import_key(json.loads(self["token_private_key"]))
        return json.dumps(private.as_dict(private=False))

    def of_service(self, name: str) -> dict[str, str]:
        """The keys that a service is told, by setting; its addresses have its passwords."""
        own = {
            "gateway": {"PAGE_KEY": self["page_key"]},
            "identity": {
                "TOKEN_PRIVATE_KEY": self["token_private_key"],
                "SSN_KEYS": self["ssn_keys"],
                "BLIND_INDEX_KEY": self["blind_index_key"],
                "LINK_KEY": self["link_key"],
            },
            "payments": {"PAYMENTS_KEY": self["payments_key"]},
            "notify": {"LINK_KEY": self["link_key"]},
        }
        return {"TOKEN_PUBLIC_KEY": self.token_public_key, "GATEWAY_KEY": self["gateway_key"], **own[name]}

    @property
    def role_passwords(self) -> dict[str, str]:
        """The password of each database role."""
        return {role: self[f"postgres_{role}"] for role in ROLES}

    @property
    def amqp_passwords(self) -> dict[str, str]:
        """The password of each user of the broker."""
        return {user: self[f"amqp_{user}"] for user in USERS}

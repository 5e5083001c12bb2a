"""Rows of a RabbitMQ definitions file, one function for each kind.

Next: `topology.py` and `subscribing.py` fill them in.
"""

import base64
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

NOTHING = "^$"

Row = dict[str, Any]
Definitions = dict[str, list[Row]]


def user_row(name: str, password: str, *, tags: Sequence[str] = ()) -> Row:
    """A user; the password is salted and hashed here, the broker never sees it."""
    salt = secrets.token_bytes(4)
    hashed = base64.b64encode(salt + sha256(salt + password.encode()).digest()).decode()
    return {
        "name": name,
        "password_hash": hashed,
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": list(tags),
    }


def permission_row(
    vhost: str, user: str, *, configure: str = NOTHING, write: str = NOTHING, read: str = NOTHING
) -> Row:
    """What a user may declare, write to and read, as patterns of names."""
    return {"user": user, "vhost": vhost, "configure": configure, "write": write, "read": read}


def topic_permission_row(vhost: str, user: str, exchange: str, *, write: str = NOTHING, read: str = NOTHING) -> Row:
    """Which routing keys a user may publish to a topic exchange and bind from it; without a row it may all."""
    return {"user": user, "vhost": vhost, "exchange": exchange, "write": write, "read": read}


def exchange_row(vhost: str, name: str, kind: str, arguments: Row | None = None) -> Row:
    """A durable exchange."""
    return {
        "name": name,
        "vhost": vhost,
        "type": kind,
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": arguments or {},
    }


def queue_row(vhost: str, name: str, arguments: Row) -> Row:
    """A durable queue."""
    return {"name": name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": arguments}


def binding_row(vhost: str, source: str, queue: str, key: str) -> Row:
    """What an exchange gives to a queue."""
    return {
        "source": source,
        "vhost": vhost,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }

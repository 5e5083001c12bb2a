"""RabbitMQ's exchanges, queues, bindings, users and rights, all made from the services' SUBSCRIPTIONS and contracts.

`python -m deploy.topology` prints a definitions file, which `rabbitmqctl import_definitions FILE` (or
`load_definitions` at boot) applies; safe to apply again. Passwords come from PORTAL_<USER>_AMQP_PASSWORD. Services
declare nothing themselves, the gateway's own session queue aside.
"""

import base64
import json
import os
import re
import secrets
import sys
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from deploy.services import ALL, WITH_DATABASE, facts_of, subscriptions_of
from shared.fact import Exchange

DEAD = "portal.dead"
UNROUTED = "portal.unrouted"
UNROUTED_MESSAGES = 10_000
USERS = (*ALL, "subscriber", "operator")
NOTHING = "^$"


def definitions(passwords: Mapping[str, str], vhosts: Iterable[str] = ("/",)) -> dict[str, Any]:
    """Everything that the broker must hold, in each vhost; `passwords` by user name."""
    vhosts = tuple(vhosts)
    return {
        "users": [_user(name, passwords[name]) for name in USERS],
        "vhosts": [{"name": vhost} for vhost in vhosts],
        "permissions": [_permission(vhost, user) for vhost in vhosts for user in USERS],
        "topic_permissions": [row for vhost in vhosts for user in USERS for row in _topic_permissions(vhost, user)],
        "exchanges": [row for vhost in vhosts for row in _exchanges(vhost)],
        "queues": [row for vhost in vhosts for row in _queues(vhost)],
        "bindings": [row for vhost in vhosts for row in _bindings(vhost)],
    }


def _user(name: str, password: str) -> dict[str, Any]:
    salt = secrets.token_bytes(4)
    hashed = base64.b64encode(salt + sha256(salt + password.encode()).digest()).decode()
    return {
        "name": name,
        "password_hash": hashed,
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["administrator"] if name == "operator" else [],
    }


def _permission(vhost: str, user: str) -> dict[str, str]:
    exchanges = r"^portal\.(events|private)$"
    rights = {
        "operator": (".*", ".*", ".*"),
        "subscriber": (r"^subscriber\..*$", r"^subscriber\..*$", r"^(subscriber\..*|portal\.events)$"),
        "gateway": (
            r"^gateway\.sessions\..*$",
            r"^gateway\.sessions\..*$",
            r"^(gateway\.sessions\..*|portal\.private)$",
        ),
        **{service: (NOTHING, exchanges, rf"^{service}\.inbox$") for service in WITH_DATABASE},
    }
    configure, write, read = rights[user]
    return {"user": user, "vhost": vhost, "configure": configure, "write": write, "read": read}


def _topic_permissions(vhost: str, user: str) -> list[dict[str, str]]:
    """Which routing keys a user may publish and bind: its own facts, and what it has a right to hear."""
    if user == "operator":
        return []
    rows = []
    for exchange in Exchange:
        write = NOTHING
        if user in WITH_DATABASE:
            own = [re.escape(fact.TYPE) for fact in facts_of(user) if fact.EXCHANGE is exchange]
            write = rf"^({'|'.join(own)})\..*$" if own else NOTHING
        read = NOTHING
        if user == "subscriber" and exchange is Exchange.EVENTS:
            read = ".*"
        if user == "gateway" and exchange is Exchange.PRIVATE:
            read = r"^session\.ended\.v1\..*$"
        rows.append({"user": user, "vhost": vhost, "exchange": exchange.value, "write": write, "read": read})
    return rows


def _exchange(vhost: str, name: str, kind: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "vhost": vhost,
        "type": kind,
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": arguments or {},
    }


def _exchanges(vhost: str) -> list[dict[str, Any]]:
    facts = [_exchange(vhost, exchange.value, "topic", {"alternate-exchange": UNROUTED}) for exchange in Exchange]
    return [*facts, _exchange(vhost, UNROUTED, "fanout"), _exchange(vhost, DEAD, "direct")]


def _queue(vhost: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": arguments}


def _queues(vhost: str) -> list[dict[str, Any]]:
    queues = [
        _queue(
            vhost, UNROUTED, {"x-queue-type": "classic", "x-max-length": UNROUTED_MESSAGES, "x-overflow": "drop-head"}
        )
    ]
    for service in WITH_DATABASE:
        if subscriptions_of(service):
            letters = {"x-dead-letter-exchange": DEAD, "x-dead-letter-routing-key": service}
            queues.append(_queue(vhost, f"{service}.inbox", {"x-queue-type": "quorum", **letters}))
            queues.append(_queue(vhost, f"{service}.dead", {"x-queue-type": "quorum"}))
    return queues


def _binding(vhost: str, source: str, queue: str, key: str) -> dict[str, Any]:
    return {
        "source": source,
        "vhost": vhost,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }


def _bindings(vhost: str) -> list[dict[str, Any]]:
    bindings = [_binding(vhost, UNROUTED, UNROUTED, "")]
    for service in WITH_DATABASE:
        subscriptions = subscriptions_of(service)
        bindings += [
            _binding(vhost, fact.EXCHANGE.value, f"{service}.inbox", f"{fact.TYPE}.*") for fact in subscriptions
        ]
        if subscriptions:
            bindings.append(_binding(vhost, DEAD, f"{service}.dead", service))
    return bindings


def main() -> int:
    """Print the definitions for the passwords in the environment."""
    try:
        passwords = {user: os.environ[f"PORTAL_{user.upper()}_AMQP_PASSWORD"] for user in USERS}
    except KeyError as error:
        sys.stderr.write(f"deploy.topology: {error.args[0]} is missing\n")
        return 2
    json.dump(definitions(passwords), sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())

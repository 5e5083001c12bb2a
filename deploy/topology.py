"""RabbitMQ's exchanges, queues, bindings, users and rights, all made from the services' SUBSCRIPTIONS and contracts.

`python -m deploy.topology` prints a definitions file, which `rabbitmqctl import_definitions` (or `load_definitions` at
boot) applies; safe to apply again. Passwords come from PORTAL_<USER>_AMQP_PASSWORD, or the file that …_FILE names.
Services declare nothing themselves, the gateway's own session queue aside.

`python -m deploy.topology subscriber …` is for outside subscribers, one by one. Next: `subscriber_command.py`.
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping

from deploy.broker_rows import (
    NOTHING,
    Definitions,
    Row,
    binding_row,
    exchange_row,
    permission_row,
    queue_row,
    topic_permission_row,
    user_row,
)
from deploy.services import ALL, WITH_DATABASE, facts_of, subscriptions_of
from shared.fact import Exchange
from shared.settings import SettingsError, operator_secrets

DEAD = "portal.dead"
UNROUTED = "portal.unrouted"
UNROUTED_MESSAGES = 10_000
READS_ALL = "subscriber"
"""Reads the public events of every insurer into queues of its own choice: for sandbox and test."""
NEEDED = (*ALL, "operator")
USERS = (*NEEDED, READS_ALL)
OWN_QUEUES = r"subscriber\.(?!.*\.(inbox|history)$).*|amq\.gen-.*|amq_[0-9a-f]+"
"""What READS_ALL may call its queues: never like those of a subscriber with a name; `amq…` are temporary ones."""


def definitions(passwords: Mapping[str, str], vhosts: Iterable[str] = ("/",)) -> Definitions:
    """Everything that the broker must hold, in each vhost, for the users in `passwords`."""
    vhosts, users = tuple(vhosts), tuple(passwords)
    return {
        "users": [
            user_row(name, password, tags=["administrator"] if name == "operator" else [])
            for name, password in passwords.items()
        ],
        "vhosts": [{"name": vhost} for vhost in vhosts],
        "permissions": [_permission(vhost, user) for vhost in vhosts for user in users],
        "topic_permissions": [row for vhost in vhosts for user in users for row in _topic_permissions(vhost, user)],
        "exchanges": [row for vhost in vhosts for row in _exchanges(vhost)],
        "queues": [row for vhost in vhosts for row in _queues(vhost)],
        "bindings": [row for vhost in vhosts for row in _bindings(vhost)],
    }


def _permission(vhost: str, user: str) -> Row:
    match user:
        case "operator":
            return permission_row(vhost, user, configure=".*", write=".*", read=".*")
        case "subscriber":
            own = f"^({OWN_QUEUES})$"
            return permission_row(vhost, user, configure=own, write=own, read=rf"^({OWN_QUEUES}|portal\.events)$")
        case "gateway":
            own = r"gateway\.sessions\..*"
            return permission_row(
                vhost, user, configure=f"^{own}$", write=f"^{own}$", read=rf"^({own}|portal\.private)$"
            )
        case service:
            return permission_row(
                vhost, service, write=r"^portal\.(events|private)$", read=rf"^{re.escape(service)}\.inbox$"
            )


def _topic_permissions(vhost: str, user: str) -> list[Row]:
    """Which routing keys a user may publish and bind: its own facts, and what it has a right to hear."""
    if user == "operator":
        return []
    rows = []
    for place in Exchange:
        write = NOTHING
        if user in WITH_DATABASE:
            own = [re.escape(fact.TYPE) for fact in facts_of(user) if fact.EXCHANGE is place]
            write = rf"^({'|'.join(own)})\..*$" if own else NOTHING
        read = NOTHING
        if user == READS_ALL and place is Exchange.EVENTS:
            read = ".*"
        if user == "gateway" and place is Exchange.PRIVATE:
            read = r"^session\.ended\.v1\..*$"
        rows.append(topic_permission_row(vhost, user, place.value, write=write, read=read))
    return rows


def _exchanges(vhost: str) -> list[Row]:
    facts = [exchange_row(vhost, place.value, "topic", {"alternate-exchange": UNROUTED}) for place in Exchange]
    return [*facts, exchange_row(vhost, UNROUTED, "fanout"), exchange_row(vhost, DEAD, "direct")]


def _queues(vhost: str) -> list[Row]:
    caught = {"x-queue-type": "classic", "x-max-length": UNROUTED_MESSAGES, "x-overflow": "drop-head"}
    queues = [queue_row(vhost, UNROUTED, caught)]
    for service in WITH_DATABASE:
        if subscriptions_of(service):
            letters = {"x-dead-letter-exchange": DEAD, "x-dead-letter-routing-key": service}
            queues.append(queue_row(vhost, f"{service}.inbox", {"x-queue-type": "quorum", **letters}))
            queues.append(queue_row(vhost, f"{service}.dead", {"x-queue-type": "quorum"}))
    return queues


def _bindings(vhost: str) -> list[Row]:
    bindings = [binding_row(vhost, UNROUTED, UNROUTED, "")]
    for service in WITH_DATABASE:
        subscriptions = subscriptions_of(service)
        bindings += [
            binding_row(vhost, fact.EXCHANGE.value, f"{service}.inbox", f"{fact.TYPE}.*") for fact in subscriptions
        ]
        if subscriptions:
            bindings.append(binding_row(vhost, DEAD, f"{service}.dead", service))
    return bindings


def _password_variable(user: str) -> str:
    return f"PORTAL_{user.upper()}_AMQP_PASSWORD"


def main() -> int:
    """Print the definitions for the passwords in the environment, or see to outside subscribers."""
    if sys.argv[1:]:
        from deploy.subscriber_command import main as subscriber_main  # noqa: PLC0415 - it needs more than this

        return subscriber_main(sys.argv[1:])
    try:
        found = operator_secrets(
            os.environ,
            needed=[_password_variable(user) for user in NEEDED],
            wanted=[_password_variable(READS_ALL)],
        )
    except SettingsError as error:
        sys.stderr.write(f"deploy.topology: {error}\n")
        return 2
    passwords = {user: found[_password_variable(user)] for user in USERS if _password_variable(user) in found}
    json.dump(definitions(passwords), sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())

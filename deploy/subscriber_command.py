"""`python -m deploy.topology subscriber add|list|remove|password`: an operator lets outside programs hear events.

Works on the local stack that runs, or with `--rabbitmqctl COMMAND` on any broker. Next: `subscribing.py` says what a
subscriber has there, `broker.py` brings it there.
"""

import argparse
import contextlib
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from deploy.broker import Broker, NotThere, broker_behind, local_broker
from deploy.local.folder import DEFAULT_ROOT, Folder, read_json
from deploy.local.operating import NoStackRuns
from deploy.subscribing import INBOX_MESSAGES, Subscriber, SubscriberWrong, subscribers_in
from shared.native.processes import ServerFailed

PASSWORD_BYTES = 24


def main(arguments: Sequence[str]) -> int:
    """Do one command; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    folder = Folder(chosen.folder.absolute())
    try:
        broker = broker_behind(chosen.rabbitmqctl) if chosen.rabbitmqctl else local_broker(folder)
        address = "YOUR-BROKER:5672" if chosen.rabbitmqctl else _address(folder)
        match chosen.command:
            case "add":
                _add(broker, address, Subscriber.wanted(chosen.name, chosen.insurer, chosen.events))
            case "password":
                _change_password(broker, address, Subscriber.named(chosen.name))
            case "remove":
                _remove(broker, Subscriber.named(chosen.name))
            case _:
                _list(broker)
    except NotThere:
        sys.stderr.write(f"There is no subscriber '{chosen.name}'.\n")
        return 2
    except (SubscriberWrong, NoStackRuns, ServerFailed, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.topology")
    subscriber = parser.add_subparsers(required=True).add_parser("subscriber", help="outside programs that hear events")
    subscriber.add_argument("--folder", type=Path, default=DEFAULT_ROOT, help="of the local stack (default: .local)")
    subscriber.add_argument("--rabbitmqctl", metavar="COMMAND", help="'docker compose exec -T rabbitmq rabbitmqctl'")
    commands = subscriber.add_subparsers(dest="command", required=True)
    adding = commands.add_parser("add", help="let a program hear events; shows its password, once")
    adding.add_argument("name")
    adding.add_argument("--insurer", action="append", required=True, help="an id, may be repeated; '*' for all")
    adding.add_argument("--events", action="append", required=True, help="as 'payment.*' or 'bill.paid'; repeatable")
    commands.add_parser("list", help="who hears what")
    commands.add_parser("remove", help="remove it with its queues and what is in them").add_argument("name")
    commands.add_parser("password", help="give it a new password, shown once").add_argument("name")
    return parser


def _address(folder: Folder) -> str:
    url: str = read_json(folder.stack_file)["operator_amqp_url"]
    return urlsplit(url).netloc.rpartition("@")[2]


def _add(broker: Broker, address: str, subscriber: Subscriber) -> None:
    if any(known.name == subscriber.name for known in subscribers_in(broker.export())):
        raise SubscriberWrong(f"There is a subscriber '{subscriber.name}' already. Remove it first.")
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    broker.apply(subscriber.definitions(password))
    sys.stdout.write(f"{_line(subscriber)}\n\n")
    _show_access(subscriber, address, password)


def _change_password(broker: Broker, address: str, subscriber: Subscriber) -> None:
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    broker.change_password(subscriber.user, password)
    _show_access(subscriber, address, password)


def _show_access(subscriber: Subscriber, address: str, password: str) -> None:
    sys.stdout.write(f"export SUBSCRIBER_AMQP_URL='amqp://{subscriber.user}:{password}@{address}/'\n")
    sys.stdout.write(
        f"export SUBSCRIBER_QUEUE='{subscriber.inbox}'\nexport SUBSCRIBER_HISTORY='{subscriber.history}'\n"
    )
    sys.stdout.write(f"\nThe password is shown this once. The queue keeps the newest {INBOX_MESSAGES:,} events.\n")


def _remove(broker: Broker, subscriber: Subscriber) -> None:
    # the user goes last: whatever interrupts this, the same command can be given again
    for queue in (subscriber.inbox, subscriber.history):
        with contextlib.suppress(NotThere):
            broker.remove_queue(queue)
    broker.remove_user(subscriber.user)
    sys.stdout.write(f"{subscriber.name} is gone, with its queues.\n")


def _list(broker: Broker) -> None:
    for subscriber in subscribers_in(broker.export()):
        sys.stdout.write(f"{_line(subscriber)}\n")


def _line(subscriber: Subscriber) -> str:
    whose = "every insurer" if subscriber.insurers == ("*",) else ", ".join(subscriber.insurers)
    return f"{subscriber.name} hears {', '.join(subscriber.events)} of {whose}."

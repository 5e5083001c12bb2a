"""A running broker as its operator reaches it: through `rabbitmqctl`, wherever that is.

Of the local stack it is run here, with the stack's settings. Elsewhere it is a command that is told, such as `docker
compose exec -T rabbitmq rabbitmqctl`: the same words work for RabbitMQ 3.10 and 4, no plugin and no open port needed.
What is secret goes in by standard input.
"""

import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.broker_rows import Definitions
from deploy.local.folder import Folder, read_json
from deploy.local.operating import NoStackRuns
from deploy.local.orphans import living_pid
from shared.native.packages import find_rabbitmq
from shared.native.processes import ServerFailed, run
from shared.native.rabbitmq import SYNC_QUEUES
from shared.native.rabbitmq_files import environment_of

Rabbitmqctl = Callable[..., str]
"""`ctl(*arguments, stdin="")` gives what was printed. Raises ServerFailed."""
NOT_THERE = ("does not exist", "Queue not found")
"""How rabbitmqctl ends when there is no such thing."""


class NotThere(Exception):
    """The broker has no user or queue of this name."""


class Broker:
    """What an operator does to it. Each call starts an Erlang machine, so there are few. All raise ServerFailed."""

    def __init__(self, ctl: Rabbitmqctl) -> None:
        self._ctl = ctl

    def export(self) -> dict[str, Any]:
        """All that it is made of: users, queues, bindings, rights."""
        exported: dict[str, Any] = json.loads(self._ctl("export_definitions", "-"))
        return exported

    def apply(self, definitions: Definitions) -> None:
        """Make what is not there yet, change what differs, leave the rest alone; all of it outlives a kill."""
        self._ctl("import_definitions", stdin=json.dumps(definitions))
        self._ctl(*SYNC_QUEUES)

    def change_password(self, user: str, password: str) -> None:
        """Give a user another password and end its connections, made with the old one. Raises NotThere."""
        self._on_existing("change_password", user, stdin=f"{password}\n")
        self._ctl("close_all_user_connections", user, "the password was changed")

    def remove_user(self, name: str) -> None:
        """Remove a user; the broker ends its connections. Raises NotThere."""
        self._on_existing("delete_user", name)

    def remove_queue(self, name: str) -> None:
        """Remove a queue with what is in it. Raises NotThere."""
        self._on_existing("delete_queue", name)

    def _on_existing(self, *arguments: str, stdin: str = "") -> None:
        try:
            self._ctl(*arguments, stdin=stdin)
        except ServerFailed as error:
            if str(error).endswith(NOT_THERE):
                raise NotThere(arguments[1]) from None
            raise


def local_rabbitmqctl(folder: Folder) -> tuple[Path, Path, dict[str, str]]:
    """`rabbitmqctl` of the local stack in a folder, where to run it and in which environment. Raises NoStackRuns."""
    script = find_rabbitmq()
    if script is None or living_pid(folder.runner_pid) is None or not folder.stack_file.exists():
        raise NoStackRuns(folder)
    ports, place = read_json(folder.ports), folder.rabbitmq.resolve()
    environment = environment_of(
        place,
        script,
        (place / "node_name").read_text(encoding="ascii"),
        port=ports["rabbitmq"],
        dist_port=ports["rabbitmq_dist"],
        epmd_port=ports["rabbitmq_epmd"],
    )
    return script.with_name("rabbitmqctl"), place, environment


def local_broker(folder: Folder) -> Broker:
    """The broker of the local stack in a folder. Raises NoStackRuns."""
    command, place, environment = local_rabbitmqctl(folder)

    def ctl(*arguments: str, stdin: str = "") -> str:
        return run([command, "--quiet", *arguments], place=place, environment=environment, stdin=stdin)

    return Broker(ctl)


def broker_behind(command: str) -> Broker:
    """The broker whose `rabbitmqctl` this command is."""
    words = shlex.split(command)

    def ctl(*arguments: str, stdin: str = "") -> str:
        place = Path.cwd()
        return run([*words, "--quiet", *arguments], place=place, environment=os.environ, stdin=stdin)

    if not words:
        raise ServerFailed("The command of rabbitmqctl is empty.")
    return Broker(ctl)

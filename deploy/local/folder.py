"""The folder of one stack (`.local/`): where its data, logs, ports, secrets and process ids are.

Next: `stack.py` makes it; `cleaning.py` removes it. Standard library only, for a clean-up without the environment.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent.parent
DEFAULT_ROOT = REPOSITORY / ".local"


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a stack below `root`. What holds secrets is for its owner only."""

    root: Path

    def make(self) -> None:
        """Make the folder; servers that run under an account of their own must be able to pass through it."""
        self.root.mkdir(parents=True, exist_ok=True)
        for private in (self.logs, self.processes):
            private.mkdir(mode=0o700, exist_ok=True)

    @property
    def logs(self) -> Path:
        """`<name>.log` of each process that is not a server with a place of its own."""
        return self.root / "log"

    @property
    def processes(self) -> Path:
        """`<name>.pid` of each process of ours."""
        return self.root / "run"

    @property
    def runner_pid(self) -> Path:
        """The process that started all others."""
        return self.root / "runner.pid"

    @property
    def lock(self) -> Path:
        """Held while a runner lives."""
        return self.root / "runner.lock"

    @property
    def going(self) -> Path:
        """There while `clean` stops the runner: the data will not be kept."""
        return self.root / "going"

    @property
    def ports(self) -> Path:
        """The ports of the last start."""
        return self.root / "ports.json"

    @property
    def secrets(self) -> Path:
        """Passwords and keys, made at the first start."""
        return self.root / "secrets.json"

    @property
    def memory(self) -> Path:
        """What need not be done again at the next start."""
        return self.root / "done.json"

    @property
    def stack_file(self) -> Path:
        """What scripts read to find a running stack."""
        return self.root / "stack.json"

    @property
    def postgres(self) -> Path:
        """Where PostgreSQL is."""
        return self.root / "postgres"

    @property
    def rabbitmq(self) -> Path:
        """Where RabbitMQ is."""
        return self.root / "rabbitmq"

    @property
    def journal(self) -> Path:
        """The processor sandbox's cards and charges."""
        return self.root / "processor.journal"

    @property
    def mails(self) -> Path:
        """The inbox's mails."""
        return self.root / "mail"


def write_private_json(path: Path, content: Any) -> None:
    """Replace `path` in one step by `content`, readable by its owner only."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    beside.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """What `path` holds; nothing where it is absent."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return content if isinstance(content, dict) else {}

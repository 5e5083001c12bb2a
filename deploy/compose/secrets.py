"""Step `secrets`: passwords and keys are made once, and each container finds its own in a volume of its own.

A service reads them through `PORTAL_…_FILE`, PostgreSQL through POSTGRES_PASSWORD_FILE, RabbitMQ as the definitions of
its boot. Migrations find their owner's address in a volume that no service sees.
"""

import json
from pathlib import Path

from deploy.compose.network import Network
from deploy.local.keys import Keys
from deploy.services import ALL, WITH_DATABASE
from deploy.topology import definitions


def hand_out(keys: Keys, volumes: Path) -> None:
    """Write everybody's secrets below `volumes`, one folder for each volume."""
    network = Network(keys)
    for service in ALL:
        for setting, text in network.secrets_of(service).items():
            _write(volumes / service / setting.lower(), text)
    for service in WITH_DATABASE:
        _write(volumes / "owners" / f"{service}_dsn", network.owner_dsn(service))
    _write(volumes / "postgres" / "password", keys["postgres_operator"])
    # RabbitMQ reads it under an account of its own image; passwords stand in it as salted hashes
    _write(volumes / "rabbitmq" / "definitions.json", json.dumps(definitions(keys.amqp_passwords)), mode=0o444)


def _write(path: Path, text: str, mode: int = 0o400) -> None:
    """Replace the file in one step: a container that starts meanwhile reads the old one or the new one."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    beside.write_text(text, encoding="utf-8")
    beside.chmod(mode)
    beside.replace(path)

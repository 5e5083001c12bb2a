"""The ports of a stack: the usual ones at first, then those of the last start; and a word where one is taken."""

from pathlib import Path

from deploy.local.folder import read_json
from deploy.local.steps import Say
from deploy.services import WITH_DATABASE
from shared.native.ports import is_free, remembered_ports

USUAL_PORTS = {"gateway": 8080, "inbox": 8025}
OTHER_PORTS = (
    "postgres",
    "rabbitmq",
    "rabbitmq_dist",
    "rabbitmq_epmd",
    "processor",
    "smtp",
    "gateway_metrics",
    *WITH_DATABASE,
)


def choose_ports(path: Path, *, usual: bool, say: Say) -> dict[str, int]:
    """A free port for each part, kept in the JSON file `path`; says which are not where they are looked for.

    `usual`: gateway and inbox on 8080 and 8025, or the next free ones; else anywhere. Raises NoFreePort.
    """
    looked_for = {**(USUAL_PORTS if usual else {}), **_last(path)}
    wanted = {name: _next_free(port) if usual else None for name, port in USUAL_PORTS.items()}
    ports = remembered_ports(path, {**wanted, **dict.fromkeys(OTHER_PORTS)})
    for name, port in ports.items():
        if looked_for.get(name, port) != port:
            shown = f"the {name}" if name in USUAL_PORTS else name
            say(f"  {looked_for[name]} is taken by another program: {shown} is at {port} instead")
    return ports


def _last(path: Path) -> dict[str, int]:
    try:
        return read_json(path)
    except ValueError:
        return {}


def _next_free(port: int) -> int:
    while not is_free(port):
        port += 1
    return port

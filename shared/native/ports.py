"""Free TCP ports on the loopback address, and the same ones again at the next start."""

import contextlib
import json
import random
import socket
from collections.abc import Collection, Mapping
from pathlib import Path

# Below the range from which the kernel gives ports to outgoing connections: what is free now stays free until used.
FIRST_PORT = 20_000
LAST_PORT = 32_000


class NoFreePort(RuntimeError):
    """No port was free among many tried."""


def is_free(port: int) -> bool:
    """Whether a server of ours could listen on `port` now, and `localhost` would lead to it alone."""
    with socket.socket(socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(1)
        except OSError:
            return False
    return not _answers_on_ipv6(port)


def _answers_on_ipv6(port: int) -> bool:
    # Browsers try ::1 first: a stranger there would take what is meant for us.
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as client:
        client.settimeout(0.2)
        client.connect(("::1", port))
        return True
    return False


def free_port(preferred: int | None = None, *, avoid: Collection[int] = ()) -> int:
    """Return `preferred` where it is free, else some free port that is not in `avoid`.

    Raises:
        NoFreePort: after 200 tries.
    """
    if preferred is not None and preferred not in avoid and is_free(preferred):
        return preferred
    for _ in range(200):
        port = random.randint(FIRST_PORT, LAST_PORT)  # noqa: S311 - spreads parallel test runs, keeps no secret
        if port not in avoid and is_free(port):
            return port
    raise NoFreePort(f"No free TCP port found between {FIRST_PORT} and {LAST_PORT} on 127.0.0.1.")


def remembered_ports(path: Path, preferred: Mapping[str, int | None]) -> dict[str, int]:
    """Return a free port for each name of `preferred`, and keep them in the JSON file `path`.

    A port kept there is given again while it is free; otherwise the preferred one, otherwise any. No two names get
    the same. Call it before the servers start: a port that is in use by them is not free.
    """
    kept = _read(path)
    ports: dict[str, int] = {}
    for name, wanted in preferred.items():
        ports[name] = free_port(kept.get(name, wanted), avoid=ports.values())
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(json.dumps(ports, indent=2) + "\n", encoding="utf-8")
    beside.replace(path)
    return ports


def _read(path: Path) -> dict[str, int]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {name: port for name, port in kept.items() if isinstance(port, int) and 0 < port < 65_536}

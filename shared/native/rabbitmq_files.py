"""What a private RabbitMQ node finds in its folder and its environment; who comes next: `rabbitmq.py`.

Measured on Debian 12: as shipped, the broker takes 6.5 s to start, most of it in looking for each Erlang module
through some hundred folders of plugins that we do not use. With the folders it needs in front, and no plugin but the
broker itself to read settings of, it takes 2.5 s.
"""

import os
import secrets
import shutil
from pathlib import Path

ERLANG_APPLICATIONS = (
    "kernel", "stdlib", "ssl", "inets", "compiler", "mnesia", "xmerl", "sasl", "tools", "syntax_tools", "public_key"
)  # fmt: skip
BROKER_APPLICATIONS = ("rabbit_common", "ra", "rabbit")
FREE_DISK_BYTES = 50_000_000
MEMORY_BYTES = 1_073_741_824

# Node names are `…@localhost`: the machine's own name need not resolve, nor /etc/hosts exist.
HOSTS = '{host, {127,0,0,1}, ["localhost"]}.\n{lookup, [file, native]}.\n'


def prepare(place: Path, script: Path, *, user: str, password: str) -> str:
    """Write cookie, name and settings of a node into `place`, and return the name; what lasts is written once.

    The name is part of the data: quorum queues and mnesia know their node by it.
    """
    (place / "home").mkdir(exist_ok=True)
    _write_once(place / "home" / ".erlang.cookie", secrets.token_hex(20))
    name_path = place / "node_name"
    _write_once(name_path, f"portal-{secrets.token_hex(4)}@localhost")
    _write(place / "hosts", HOSTS)
    _write(place / "enabled_plugins", "[].\n")
    _write(place / "advanced.config", _settings(user, password))
    _link_broker_alone(place / "plugins", script)
    return name_path.read_text(encoding="ascii")


def _settings(user: str, password: str) -> str:
    return (
        f"[{{rabbit, [{{default_user, {_binary(user)}}}, {{default_pass, {_binary(password)}}},\n"
        f"  {{loopback_users, []}}, {{disk_free_limit, {FREE_DISK_BYTES}}},\n"
        f"  {{vm_memory_high_watermark, {{absolute, {MEMORY_BYTES}}}}}]}}].\n"
    )


def _binary(text: str) -> str:
    return f"<<{','.join(str(byte) for byte in text.encode())}>>"


def _write_once(path: Path, content: str) -> None:
    if not path.exists():
        _write(path, content)


def _write(path: Path, content: str) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
    beside.replace(path)


def _plugins_of(script: Path) -> Path:
    return script.resolve().parent.parent / "plugins"


def _link_broker_alone(folder: Path, script: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for broker in _plugins_of(script).glob("rabbit-[0-9]*"):
        (folder / broker.name).symlink_to(broker)


def _code_paths(script: Path) -> str:
    erlang = shutil.which("erl")
    libraries = Path(erlang).resolve().parent.parent / "lib" if erlang else Path("/usr/lib/erlang/lib")
    folders = [found for name in ERLANG_APPLICATIONS for found in libraries.glob(f"{name}-[0-9]*/ebin")]
    folders += [found for name in BROKER_APPLICATIONS for found in _plugins_of(script).glob(f"{name}-[0-9]*/ebin")]
    # Each -pa goes in front of those before it.
    return " ".join(f"-pa {folder}" for folder in reversed(folders))


def environment_of(
    place: Path, script: Path, node_name: str, *, port: int, dist_port: int, epmd_port: int
) -> dict[str, str]:
    """Return the whole environment of the broker, its epmd and rabbitmqctl: nothing of the caller's but PATH."""
    arguments = f"-kernel inet_dist_use_interface {{127,0,0,1}} {_code_paths(script)}"
    environment = {
        "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(place / "home"),
        "ERL_INETRC": str(place / "hosts"),
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_CRASH_DUMP_SECONDS": "0",  # a dump would hold members' data
        "RABBITMQ_NODENAME": node_name,
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(dist_port),
        "RABBITMQ_MNESIA_BASE": str(place / "mnesia"),
        "RABBITMQ_LOG_BASE": str(place),
        "RABBITMQ_LOGS": "-",  # to our log file
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(place / "enabled_plugins"),
        "RABBITMQ_CONF_ENV_FILE": str(place / "none"),
        "RABBITMQ_CONFIG_FILE": str(place / "none"),
        "RABBITMQ_CONFIG_FILES": str(place / "none"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(place / "advanced.config"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": arguments,
        "RABBITMQ_CTL_ERL_ARGS": arguments,
        "RUNNING_UNDER_SYSTEMD": "true",  # makes the start script become the broker: no shell in between
    }
    if any((place / "plugins").iterdir()):
        environment["RABBITMQ_PLUGINS_DIR"] = str(place / "plugins")
    return environment

"""`stack.json`: how scripts find a running stack and its processes. It exists while everything is ready."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from deploy.local.folder import write_private_json
from deploy.local.lineup import Lineup
from deploy.services import ALL

PidOf = Callable[[str], int | None]


def write_stack_file(
    lineup: Lineup, pid_of: PidOf, *, partner_key: str, demo_logins: Sequence[Mapping[str, str]]
) -> None:
    """Write what runs now. `pids` is empty while a service is being started again."""
    rabbitmq, keys = lineup.rabbitmq, lineup.keys
    content: dict[str, Any] = {
        "gateway_url": lineup.url("gateway"),
        "processor_url": lineup.url("processor"),
        "inbox_url": lineup.url("inbox"),
        "subscriber_amqp_url": rabbitmq.url("subscriber", keys["amqp_subscriber"]),
        "operator_amqp_url": rabbitmq.url("operator", keys["amqp_operator"]),
        "operator_dsn": lineup.operator_dsn,
        "partner_key": partner_key,
        "services": {
            name: {
                "pids": [pid for pid in (pid_of(name),) if pid is not None],
                "url": lineup.url(name),
                "metrics_url": lineup.metrics_url(name),
            }
            for name in ALL
        },
        "postgres": {"pid": pid_of("postgres"), "port": lineup.ports["postgres"]},
        "rabbitmq": {"pid": pid_of("rabbitmq"), "port": lineup.ports["rabbitmq"]},
        "demo_logins": list(demo_logins),
    }
    write_private_json(lineup.folder.stack_file, content)

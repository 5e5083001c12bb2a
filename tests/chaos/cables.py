"""A cable for each connection that faults shall come to: between a service and its database, broker, processor, mail.

Laid before the stack starts, so that every service is started with the cables' addresses in place of the servers'.
`tests/shared/cable.py` is one cable.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from deploy.local.folder import Folder
from deploy.local.lineup import Lineup
from deploy.local.ports import choose_ports
from tests.chaos.plan import CABLES
from tests.shared.cable import Cable, cable_to

SETTING_OF = {
    "postgres": "PORTAL_POSTGRES_DSN",
    "rabbitmq": "PORTAL_AMQP_URL",
    "processor": "PORTAL_PROCESSOR_URL",
    "payments": "PORTAL_PAYMENTS_URL",
    "identity": "PORTAL_IDENTITY_URL",
    "notify": "PORTAL_NOTIFY_URL",
    "smtp": "PORTAL_SMTP_PORT",
}
"""By the far end of a cable, the setting of the service at the near end that is to name the cable."""


class Cables:
    """All cables of a run, by name, and the settings that lead through them."""

    def __init__(self) -> None:
        self.by_name: dict[str, Cable] = {}
        self.environment: dict[str, dict[str, str]] = {}

    def __getitem__(self, name: str) -> Cable:
        return self.by_name[name]

    async def mend_all(self) -> None:
        """Every cable is whole and lets everything through."""
        for cable in self.by_name.values():
            cable.release()
            if not cable.is_whole:
                await cable.mend()


@asynccontextmanager
async def cables_of(folder: Folder) -> AsyncIterator[Cables]:
    """Cables for the stack that is going to be started in a folder; its ports are chosen here."""
    folder.make()
    ports = choose_ports(folder.ports, usual=False, say=lambda _: None)
    lineup = Lineup.over(folder, ports, {})
    cables = Cables()
    async with AsyncExitStack() as all_of_them:
        for name in CABLES:
            service, _, far_end = name.partition("-")
            setting = SETTING_OF[far_end]
            address = _address(lineup.settings(service), setting)
            cable = cables.by_name[name] = await all_of_them.enter_async_context(
                cable_to(address, avoid=ports.values())
            )
            named = str(cable.port) if far_end == "smtp" else cable.url(address)
            cables.environment.setdefault(service, {})[setting] = named
        yield cables


def _address(settings: Mapping[str, str], setting: str) -> str:
    return f"smtp://127.0.0.1:{settings[setting]}" if setting == "PORTAL_SMTP_PORT" else settings[setting]

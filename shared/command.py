"""The command line of a service: serve, migrate, verify, revive, switch, and its operator's own commands.

`services/X/__main__.py` is one line: `sys.exit(main(SERVICE))`.
"""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Sequence
from typing import Any

import asyncpg
import uvloop

from shared import switches
from shared.bus import BROKER_FAILED, TopologyMissing
from shared.clocks import SystemClock
from shared.db import TRANSIENT, Tx, Unavailable
from shared.inbox import Inbox
from shared.migrating import MigrationFailed, migrate
from shared.running import ALL_PARTS, open_core, serve
from shared.service import CannotStart, Check, Service
from shared.settings import ServiceSettings, SettingsError

# what every schema must keep: I9 of the reliability notes; dead messages are shown because a person must look at them
COMMON_CHECKS = (
    Check(
        "I9",
        "no session of ours is idle in a transaction for more than 5 s",
        """
        SELECT pid, state, now() - state_change AS idle_for
          FROM pg_stat_activity
         WHERE usename = current_user AND state LIKE 'idle in transaction%' AND now() - state_change > interval '5 s'
        """,
    ),
    Check("inbox-dead", "no heard event is dead", "SELECT event_id, type, error FROM inbox WHERE status = 'dead'"),
    Check(
        "outbox-stuck",
        "no event waits unsent for more than 60 s",
        "SELECT id, type, created_at FROM outbox WHERE sent_at IS NULL AND created_at < now() - interval '60 s'",
        settled_only=True,
    ),
)


def main(service: Service[Any], arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. What is missing is said in one line."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="serve HTTP, events, relay and timers")
    serving.add_argument("--only", choices=ALL_PARTS, action="append", help="run only this part")
    commands.add_parser("migrate", help="bring the schema up to date (as its owner)")
    commands.add_parser("verify", help="check the invariants; exit 1 when one is broken")
    commands.add_parser("revive", help="give dead messages their tries again")
    _add_switch(commands, service)
    for name in service.commands:
        commands.add_parser(name, add_help=False)
    chosen, rest = parser.parse_known_args(arguments)
    try:
        settings = service.settings.from_environment()
        if chosen.command == "migrate":
            return _migrate(service, settings)
        if chosen.command == "serve":
            return uvloop.run(serve(service, settings, chosen.only or ALL_PARTS))
        if chosen.command == "verify":
            return asyncio.run(_verify(service, settings))
        if chosen.command == "revive":
            return asyncio.run(_revive(service, settings))
        if chosen.command == "switch":
            return asyncio.run(_switch(service, settings, chosen))
        return asyncio.run(_own(service, settings, chosen.command, rest))
    except (CannotStart, SettingsError, TopologyMissing, MigrationFailed, Unavailable) as error:
        return _refuse(service, str(error))
    except (asyncpg.PostgresError, *TRANSIENT, *BROKER_FAILED) as error:
        return _refuse(service, f"cannot reach the database or the broker ({type(error).__name__})")


def _refuse(service: Service[Any], words: str) -> int:
    sys.stderr.write(f"{service.name}: {words}\n")
    return 2


def _migrate(service: Service[Any], settings: ServiceSettings) -> int:
    if settings.postgres_owner_dsn is None:
        raise CannotStart("PORTAL_POSTGRES_OWNER_DSN is missing")
    migrate(service.name, settings.postgres_owner_dsn.get_secret_value())
    return 0


async def violations(tx: Tx, checks: Sequence[Check]) -> dict[str, list[dict[str, Any]]]:
    """The rows that each broken check returned, at most 20 each."""
    found = {}
    for check in checks:
        rows = await tx.fetch(f"SELECT * FROM ({check.sql}) AS violation LIMIT 20")  # noqa: S608 - our own constants
        if rows:
            found[f"{check.name}: {check.title}"] = [dict(row) for row in rows]
    return found


async def _verify(service: Service[Any], settings: ServiceSettings) -> int:
    checks = (*COMMON_CHECKS, *service.checks)
    async with open_core(service, settings) as core:
        found = await core.db.read(lambda tx: violations(tx, checks))
    for title, rows in found.items():
        sys.stdout.write(f"BROKEN  {title}\n")
        sys.stdout.writelines(f"        {row}\n" for row in rows)
    sys.stdout.write(f"{service.name}: {len(checks) - len(found)} of {len(checks)} checks hold\n")
    return 1 if found else 0


async def _revive(service: Service[Any], settings: ServiceSettings) -> int:
    async with open_core(service, settings) as core:
        count = await Inbox(
            core.db, SystemClock(), service.queue, service.subscriptions, service.write_heard
        ).revive_dead()
    sys.stdout.write(f"{count} dead messages get their tries again\n")
    return 0


def _add_switch(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", service: Service[Any]) -> None:
    """`switch list` and, for each thing that can be stopped, `switch NAME on|off`."""
    if not service.switches:
        return
    names = commands.add_parser("switch", help="stop something at once, or let it go on").add_subparsers(
        dest="switch", required=True
    )
    names.add_parser("list", help="how each switch stands, since when, by whom and why")
    for name, meaning in service.switches.items():
        one = names.add_parser(name, help=meaning, description=meaning)
        one.add_argument("state", choices=("on", "off"))
        one.add_argument("--reason", default="", help="why; kept on record, needed for off")
        one.add_argument("--by", default=_operator(), help="who (default: the user of this machine)")


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return "unknown"


async def _switch(service: Service[Any], settings: ServiceSettings, chosen: argparse.Namespace) -> int:
    is_on = chosen.switch == "list" or chosen.state == "on"
    if not is_on and not chosen.reason.strip():
        sys.stderr.write(f"{service.name}: say why with --reason; it stays on record\n")
        return 2
    async with open_core(service, settings) as core:
        if chosen.switch != "list":
            told = {"is_on": is_on, "reason": chosen.reason.strip(), "changed_by": chosen.by}
            await core.db.write(lambda tx: switches.insert(tx, chosen.switch, **told))
        standing = {switch.name: switch for switch in await core.db.read(switches.list_all)}
    for name in service.switches:
        found = standing.get(name)
        since = f"{found.changed_at:%Y-%m-%d %H:%M:%S} UTC\t{found.changed_by}\t{found.reason}" if found else "-"
        sys.stdout.write(f"{name}\t{'on' if found is None or found.is_on else 'off'}\t{since}\n")
    return 0


async def _own(service: Service[Any], settings: ServiceSettings, name: str, rest: Sequence[str]) -> int:
    async with open_core(service, settings) as core, service.build(core) as parts:
        return await service.commands[name](parts, rest)

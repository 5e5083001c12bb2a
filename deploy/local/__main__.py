"""`python -m deploy.local up | install | clean`, what `make up`, `make test` and `make clean` run; and `… run`, for
operators.
"""

import argparse
import sys
from pathlib import Path

from deploy.local.folder import DEFAULT_ROOT, Folder


def main() -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local")
    parser.add_argument("--folder", type=Path, default=DEFAULT_ROOT, help="where data and ports are (default: .local)")
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("up", help="run the portal until Ctrl-C")
    running.add_argument("--without-demo-data", action="store_true")
    running.add_argument("--any-ports", action="store_true", help="not the usual 8080 and 8025, for tests side by side")
    installing = commands.add_parser("install", help="have PostgreSQL and RabbitMQ on this machine")
    installing.add_argument("--with-browser", action="store_true", help="and Chromium, for the tests of pages")
    installing.add_argument("--with-load", action="store_true", help="and wrk, for measurements")
    commands.add_parser("clean", help="stop it and remove its data")
    operating = commands.add_parser("run", help="run a service's command with the settings of the running portal")
    operating.add_argument("service", help="identity, payments, notify or gateway")
    operating.add_argument("arguments", nargs=argparse.REMAINDER, metavar="COMMAND", help="as of services.SERVICE")
    chosen = parser.parse_args()
    if chosen.command == "clean":
        return _clean(chosen.folder)
    if chosen.command == "run":
        return _run(chosen)
    installing_only = chosen.command == "install"
    if not _install(
        with_browser=installing_only and chosen.with_browser, with_load=installing_only and chosen.with_load
    ):
        return 1
    return _up(chosen) if chosen.command == "up" else 0


# imported where they are used: `clean` works where the environment is gone
# ruff: noqa: PLC0415
def _clean(root: Path) -> int:
    from deploy.local.cleaning import clean

    clean(Folder(root.absolute()))
    return 0


def _install(*, with_browser: bool, with_load: bool) -> bool:
    from deploy.local.steps import say_on_terminal
    from shared.native.packages import ProgramsMissing, ensure_browser, ensure_installed, ensure_load

    try:
        ensure_installed(say_on_terminal)
        if with_browser:
            ensure_browser(say_on_terminal)
        if with_load:
            ensure_load(say_on_terminal)
    except ProgramsMissing as error:
        say_on_terminal(str(error))
        return False
    return True


def _run(chosen: argparse.Namespace) -> int:
    from deploy.local.operating import NoStackRuns, run
    from deploy.services import ALL

    if chosen.service not in ALL:
        sys.stderr.write(f"There is no service '{chosen.service}', only {', '.join(ALL)}.\n")
        return 2
    try:
        run(Folder(chosen.folder.absolute()), chosen.service, chosen.arguments)
    except NoStackRuns as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _up(chosen: argparse.Namespace) -> int:
    import asyncio

    from deploy.local.stack import Stack
    from deploy.local.up import up

    stack = Stack(chosen.folder, with_demo_data=not chosen.without_demo_data, usual_ports=not chosen.any_ports)
    return asyncio.run(up(stack))


if __name__ == "__main__":
    sys.exit(main())

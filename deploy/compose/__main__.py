"""`python -m deploy.compose secrets | database | begin | demo | stack-file`; docker-compose.yml says when."""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

from deploy import database
from deploy.compose.network import Network
from deploy.compose.secrets import hand_out
from deploy.compose.telling import stack_file, welcome
from deploy.local.demo import make_demo_data, prepare_demo_data
from deploy.local.folder import Folder
from deploy.local.keys import Keys
from deploy.local.memory import Memory
from deploy.local.partner import partner_key
from deploy.local.steps import StepFailed, say_on_terminal, step

STATE = Folder(Path("/state"))
VOLUMES = Path("/secrets")


def main() -> int:
    """Run one step; each may be run again, and then changes nothing that is done."""
    parser = argparse.ArgumentParser(prog="python -m deploy.compose")
    commands = parser.add_subparsers(dest="step", required=True)
    commands.add_parser("secrets", help="make passwords and keys, and hand them out")
    commands.add_parser("database", help="roles and schemas")
    commands.add_parser("begin", help="set the clock of a new portal back, for its demo data")
    commands.add_parser("demo", help="the partner's key and the demo data; says where the portal is")
    commands.add_parser("stack-file", help="print what scripts read in .local/stack.json")
    chosen = parser.parse_args()
    try:
        _run(chosen.step, Keys(STATE.secrets), Memory(STATE.memory))
    except (StepFailed, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _run(name: str, keys: Keys, memory: Memory) -> None:
    network = Network(keys)
    match name:
        case "secrets":
            hand_out(keys, VOLUMES)
        case "database":
            asyncio.run(database.prepare(network.operator_dsn, keys.role_passwords))
        case "begin":
            asyncio.run(prepare_demo_data(network, memory))
        case "demo":
            asyncio.run(_demo(network, memory))
        case _:
            print(json.dumps(stack_file(os.environ, memory), indent=2))


async def _demo(network: Network, memory: Memory) -> None:
    key = await partner_key(network, memory)
    outcome: list[str] = []
    with step(say_on_terminal, "demo data", outcome=outcome):
        outcome.append(await make_demo_data(network, memory, key))
    for line in welcome(os.environ, memory, outcome[0]):
        say_on_terminal(line)


if __name__ == "__main__":
    sys.exit(main())

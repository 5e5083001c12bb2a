"""Run the processor sandbox: `python -m deploy.processor_sandbox --port N --journal FILE`.

It prints its address once it answers (with --port 0 it takes a free one), and ends on SIGTERM or SIGINT within 2 s.
"""

import argparse
import asyncio
import gc
import signal
import sys
from pathlib import Path

import uvloop
from aiohttp import web

from deploy.processor_sandbox.app import ProcessorApi, Waits
from deploy.processor_sandbox.charges import ChargeBook
from deploy.processor_sandbox.errors import JournalDamaged, JournalInUse
from deploy.processor_sandbox.journal import Journal
from deploy.processor_sandbox.restore import restore
from deploy.processor_sandbox.vault import Vault

KEEPALIVE_SECONDS = 75.0
SHUTDOWN_SECONDS = 1.0


def main() -> int:
    """Read the journal, serve until told to stop; 1 with a plain line when it cannot start."""
    options = _options()
    try:
        journal = Journal(options.journal)
        vault, book = restore(journal)
        gc.freeze()  # what the journal brought stays for good: no collection need walk it again
        uvloop.run(_serve(options, vault, book))
    except (JournalDamaged, JournalInUse, OSError) as error:
        print(f"processor sandbox: {error}", file=sys.stderr)
        return 1
    journal.close()
    return 0


async def _serve(options: argparse.Namespace, vault: Vault, book: ChargeBook) -> None:
    api = ProcessorApi(vault, book, Waits(options.slow_seconds, options.silence_seconds))
    runner = web.AppRunner(
        api.application(), access_log=None, keepalive_timeout=KEEPALIVE_SECONDS, shutdown_timeout=SHUTDOWN_SECONDS
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.port, backlog=1024).start()
        print(f"processor sandbox: http://{options.host}:{runner.addresses[0][1]}", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="processor_sandbox", description="A card processor for trials; no money.")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free port and prints it")
    parser.add_argument("--journal", type=Path, required=True, help="the file that keeps cards and charges")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--slow-seconds", type=float, default=Waits().slow_seconds)
    parser.add_argument("--silence-seconds", type=float, default=Waits().silence_seconds)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

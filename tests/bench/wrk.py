"""Load by wrk, which costs little beside what it measures: payments per second and how long each took.

Next: `__main__.py` lets it run against the portal and against the ceiling in turn.
"""

import asyncio
import json
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("pay.lua")
THREADS = 1


class WrkMissing(Exception):
    """The load generator is not on this machine."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays in a run: a bearer token, and the body of each payment; at the portal also the number of the policy."""

    token: str
    body: str
    policy_number: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What a run came to; times in milliseconds. `refused` were answered with an error, `lost` not at all."""

    payments: int
    per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    refused: int
    lost: int


async def pay(url: str, payers: Sequence[Payer], folder: Path, *, connections: int, seconds: int) -> Load:
    """Pay for some seconds over some connections, each waiting for its answer. Raises WrkMissing."""
    program = shutil.which("wrk")
    if program is None:
        raise WrkMissing("wrk is missing. Install it (on Debian: apt-get install wrk), then again.")
    listed = folder / "payers.txt"
    listed.write_text("".join(f"{payer.token} {payer.body}\n" for payer in payers), encoding="utf-8")
    listed.chmod(0o600)
    process = await asyncio.create_subprocess_exec(
        program, f"-t{THREADS}", f"-c{connections}", f"-d{seconds}", "-s", str(SCRIPT), "--timeout", "20s", url,
        env={**os.environ, "BENCH_PAYERS": str(listed), "BENCH_RUN": secrets.token_hex(6)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    told = json.loads(said.decode().strip().rpartition("\n")[2])
    answered = told["requests"] - told["refused"]
    return Load(
        payments=answered,
        per_second=answered / (told["microseconds"] / 1e6),
        p50_ms=told["p50_us"] / 1000,
        p99_ms=told["p99_us"] / 1000,
        max_ms=told["max_us"] / 1000,
        refused=told["refused"],
        lost=told["lost"],
    )

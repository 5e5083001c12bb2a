"""What stands beside the portal in a measurement: the ceiling's three processes, pgbench, and what memory is used.

Next: `__main__.py`.
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from deploy.local.ready import answers_ok
from shared.native.packages import find_postgres
from shared.native.ports import free_port
from tests.bench.ceiling import ACCEPT, SUCCEED
from tests.bench.wrk import Payer

READY_WITHIN_SECONDS = 20.0
MIB = 1024.0


@asynccontextmanager
async def running_ceiling(dsn: str) -> AsyncIterator[str]:
    """The ceiling on a database; the address to pay at."""
    ports = [free_port() for _ in range(3)]
    urls = [f"http://127.0.0.1:{port}/v1/payments" for port in ports]
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.ceiling", role, str(port), next_url,
            env={**os.environ, "BENCH_DSN": dsn if role == "payments" else ""},
        )
        for role, port, next_url in zip(("gateway", "payments", "processor"), ports, [*urls[1:], ""], strict=True)
    ]  # fmt: skip
    try:
        async with asyncio.timeout(READY_WITHIN_SECONDS):
            for url in urls:
                while not await answers_ok(url.replace("/v1/payments", "/healthz")):
                    await asyncio.sleep(0.1)
        yield urls[0].removesuffix("/v1/payments")
    finally:
        for process in processes:
            process.kill()
            await process.wait()


def ceiling_payers(count: int) -> list[Payer]:
    """As many people as pay at the portal."""
    return [Payer("-", f'{{"amount_cents": 41250, "member_id": "{uuid4()}"}}') for _ in range(count)]


async def run_pgbench(dsn: str, folder: Path, *, connections: int, seconds: int) -> float:
    """Payments per second that the database alone makes of the ceiling's two statements."""
    values = {
        "$1": "md5(:n::text)::uuid", "$2": "left(md5(:n::text), 14)", "$3": "md5('member')::uuid",
        "$4": "41250", "$5": "md5(:n::text)", "$6": "'{\"amount_cents\": 41250}'",
    }  # fmt: skip
    accept = re.sub(r"\$\d", lambda name: values[name[0]], ACCEPT)
    succeed = re.sub(r"\$\d", lambda name: {**values, "$2": "41250", "$3": values["$6"]}[name[0]], SUCCEED)
    script = folder / "pay.sql"
    script.write_text(f"\\set n random(1, 9000000000000000000)\n{accept};\n{succeed};\n", encoding="utf-8")
    found = find_postgres()
    assert found is not None, "the portal's database runs, so its programs are there"
    process = await asyncio.create_subprocess_exec(
        str(found / "pgbench"), "-n", "-M", "prepared", f"-c{connections}", "-j2", f"-T{seconds}",
        "-f", str(script), dsn,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    tps = re.search(r"^tps = ([\d.]+)", said.decode(), re.MULTILINE)
    assert tps, said.decode()
    return float(tps[1])


def forget_peaks(told: Mapping[str, Any]) -> None:
    """Have the kernel count each service's most memory from now on."""
    for service in told["services"].values():
        Path(f"/proc/{service['pids'][0]}/clear_refs").write_text("5", encoding="ascii")


def memory_mib(told: Mapping[str, Any]) -> dict[str, float]:
    """The most memory (resident) that each service has had since `forget_peaks`, in MiB."""
    peaks = {}
    for name, service in told["services"].items():
        lines = Path(f"/proc/{service['pids'][0]}/status").read_text(encoding="ascii")
        peak = re.search(r"^VmHWM:\s+(\d+) kB", lines, re.MULTILINE)
        assert peak, "Linux tells it"
        peaks[name] = int(peak[1]) / MIB
    return peaks

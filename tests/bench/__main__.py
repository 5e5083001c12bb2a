"""`make bench`: what the portal can do, beside the least that a durable payment costs, measured in turn on one machine.

    python -m tests.bench [--seconds 5] [--rounds 8] [--payers 64] [--json FILE]

Everything is durable and everything runs: bills, ledger, events to the broker, notify that hears them. Letters are
written and sent afterwards, by the operator's switch, as they would be on a machine of their own; one run shows what
payments come to with that work beside them. The ratios count; absolute figures are this machine's. Many short runs in
turn rather than few long ones: a shared machine is twice as fast in one minute as in the next. docs/speed.md says how
to read them.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.local.cleaning import clean
from deploy.local.folder import DEFAULT_ROOT, Folder
from deploy.local.portal_client import PortalClient, Refused
from deploy.local.stack import Stack
from shared.switches import LOOK_SECONDS
from tests.bench.beside import ceiling_payers, forget_peaks, memory_mib, run_pgbench, running_ceiling
from tests.bench.bills import one_bill_each
from tests.bench.lag import measure_lag, measure_relay, percentile
from tests.bench.members import make_payers
from tests.bench.wrk import Load, Payer, WrkMissing, pay

CONNECTIONS = 32
RELAY_ROWS = 20_000
LAG_ROUNDS = 3
IN_FULL_SECONDS = 5
RESTS_WITHIN_SECONDS = 180
WARM_UP_SECONDS = 3
LEAST_RATIO, MOST_P99_MS, MOST_LAG_P99_MS, MOST_MEMORY_MIB = 0.35, 200.0, 500.0, 150.0
NO_LIMIT = {"PORTAL_LIMIT_BURST": "10000000", "PORTAL_LIMIT_PER_SECOND": "10000000",
            "PORTAL_STRICT_LIMIT_BURST": "100000", "PORTAL_STRICT_LIMIT_PER_SECOND": "100000"}  # fmt: skip


async def settle(told: Mapping[str, Any]) -> None:
    """Wait until everything that the payments caused is done, so that the next run begins at rest."""
    async with PortalClient(told["gateway_url"]) as portal, asyncio.timeout(RESTS_WITHIN_SECONDS):
        while True:
            try:
                await portal.call("POST", "/sandbox/settle")
            except Refused:
                await asyncio.sleep(0.5)
            else:
                return


class Bench:
    """A portal, people who pay, and what was measured."""

    def __init__(self, stack: Stack, folder: Path, seconds: int) -> None:
        self._stack = stack
        self._told: Mapping[str, Any] = json.loads(stack.folder.stack_file.read_bytes())
        self._folder = folder
        self._seconds = seconds
        self.portal: list[Load] = []
        self.ceiling: list[Load] = []
        self.figures: dict[str, Any] = {}

    async def run(self, rounds: int, payers_count: int) -> None:
        """Measure everything."""
        payers = await make_payers(self._told, payers_count)
        await self._switch_letters("off")
        self.figures["memory_with_log_ins_mib"] = memory_mib(self._told)
        forget_peaks(self._told)
        others = ceiling_payers(payers_count)
        async with running_ceiling(self._told["operator_dsn"]) as ceiling_url:
            await self._pay(ceiling_url, others, WARM_UP_SECONDS)
            await self._pay(self._told["gateway_url"], payers, WARM_UP_SECONDS)
            for _ in range(rounds):
                self.ceiling.append(await self._pay(ceiling_url, others, self._seconds))
                await settle(self._told)
                self.portal.append(await self._pay(self._told["gateway_url"], payers, self._seconds))
                await settle(self._told)
        lags = [await self._lag_at_half_load(payers) for _ in range(LAG_ROUNDS)]
        for name, share in (("lag_p50_ms", 0.5), ("lag_p99_ms", 0.99)):
            self.figures[f"{name}_of_each"] = [percentile(each, share) for each in lags]
            self.figures[name] = statistics.median(self.figures[f"{name}_of_each"])
        await self._pay_in_full(payers)
        self.figures["relay_per_second"] = await measure_relay(self._told, RELAY_ROWS)
        self.figures["pgbench_per_second"] = await run_pgbench(
            self._told["operator_dsn"], self._folder, connections=CONNECTIONS, seconds=self._seconds
        )
        self.figures["memory_mib"] = memory_mib(self._told)
        await self._switch_letters("on")
        beside = await self._pay(self._told["gateway_url"], payers, self._seconds)
        self.figures["beside_letters_per_second"] = beside.per_second

    async def _switch_letters(self, state: str) -> None:
        """Have notify write and send letters, or keep them for later; it looks once a second."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.notify", "switch", "sending", state, "--reason", "measuring",
            env={**os.environ, **self._stack.lineup.operator_settings("notify")},
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert await process.wait() == 0, "the switch was set"
        await asyncio.sleep(2 * LOOK_SECONDS)

    async def _lag_at_half_load(self, payers: Sequence[Payer]) -> list[float]:
        """Milliseconds, sorted, at half of what the machine has just been able to do: in a minute it is another one."""
        whole = await self._pay(self._told["gateway_url"], payers, self._seconds)
        await settle(self._told)
        lags = await measure_lag(self._told, payers, per_second=whole.per_second / 2, seconds=self._seconds)
        await settle(self._told)
        return lags

    async def _pay_in_full(self, payers: Sequence[Payer]) -> None:
        """A shorter run in which each payment pays a bill in full and moves coverage on."""
        per_second = statistics.median(load.per_second for load in self.portal)
        copies = int(1.2 * per_second * IN_FULL_SECONDS / len(payers)) + 1
        bills = await one_bill_each(self._told, payers, copies)
        in_full = await self._pay(self._told["gateway_url"], bills, IN_FULL_SECONDS)
        self.figures["in_full_per_second"], self.figures["in_full_p99_ms"] = in_full.per_second, in_full.p99_ms
        self.figures["in_full_refused"] = in_full.refused + in_full.lost
        await settle(self._told)

    async def _pay(self, url: str, payers: Sequence[Payer], seconds: int) -> Load:
        return await pay(url, payers, self._folder, connections=CONNECTIONS, seconds=seconds)

    def report(self) -> dict[str, Any]:
        """All figures; ratios are of runs that followed each other."""
        ratios = [ours.per_second / least.per_second for ours, least in zip(self.portal, self.ceiling, strict=True)]
        portal = statistics.median(load.per_second for load in self.portal)
        return {
            "ratio_to_ceiling": statistics.median(ratios),
            "ratio_to_pgbench": portal / self.figures["pgbench_per_second"],
            "portal_per_second": portal,
            "ceiling_per_second": statistics.median(load.per_second for load in self.ceiling),
            "p50_ms": statistics.median(load.p50_ms for load in self.portal),
            "p99_ms": statistics.median(load.p99_ms for load in self.portal),
            "refused": sum(load.refused for load in self.portal),
            "lost": sum(load.lost for load in self.portal),
            **self.figures,
            "portal": [asdict(load) for load in self.portal],
            "ceiling": [asdict(load) for load in self.ceiling],
        }


def table(report: Mapping[str, Any]) -> str:
    """The report for people, each figure beside what it must keep."""
    rows = [
        ("payments/s, portal", f"{report['portal_per_second']:.0f}", ""),
        ("payments/s, ceiling", f"{report['ceiling_per_second']:.0f}", ""),
        ("payments/s, pgbench with the ceiling's SQL", f"{report['pgbench_per_second']:.0f}", ""),
        ("portal / ceiling", f"{report['ratio_to_ceiling']:.3f}", f">= {LEAST_RATIO}"),
        ("portal / pgbench", f"{report['ratio_to_pgbench']:.3f}", ""),
        ("p50 ms", f"{report['p50_ms']:.0f}", ""),
        ("p99 ms", f"{report['p99_ms']:.0f}", f"< {MOST_P99_MS:.0f}"),
        ("refused or lost", f"{report['refused'] + report['lost']}", "0"),
        ("payments/s, letters written beside", f"{report['beside_letters_per_second']:.0f}", ""),
        ("payments/s, each pays a bill in full", f"{report['in_full_per_second']:.0f}", ""),
        ("commit to subscriber at half load, p50 ms", f"{report['lag_p50_ms']:.0f}", ""),
        ("commit to subscriber at half load, p99 ms", f"{report['lag_p99_ms']:.0f}", f"< {MOST_LAG_P99_MS:.0f}"),
        ("relay, events/s", f"{report['relay_per_second']:.0f}", ""),
        *(
            (f"{name}, most memory under this load, MiB", f"{mib:.0f}", f"< {MOST_MEMORY_MIB:.0f}")
            for name, mib in report["memory_mib"].items()
        ),
        ("identity, most memory with many log-ins, MiB", f"{report['memory_with_log_ins_mib']['identity']:.0f}", ""),
    ]
    return "\n".join(f"{what:<48}{figure:>10}   {bound}".rstrip() for what, figure, bound in rows)


def kept(report: Mapping[str, Any]) -> bool:
    """Whether every figure is as it must be."""
    return bool(
        report["ratio_to_ceiling"] >= LEAST_RATIO
        and report["p99_ms"] < MOST_P99_MS
        and report["lag_p99_ms"] < MOST_LAG_P99_MS
        and max(report["memory_mib"].values()) < MOST_MEMORY_MIB
        and report["refused"] == report["lost"] == 0
    )


async def main(chosen: argparse.Namespace) -> int:
    """Measure, print the table, write the JSON; 1 when a figure is not as it must be."""
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        try:
            async with Stack(
                folder / "local", say=lambda _: None, with_demo_data=False, added_environment={"gateway": NO_LIMIT}
            ) as stack:
                bench = Bench(stack, folder, chosen.seconds)
                await bench.run(chosen.rounds, chosen.payers)
        except WrkMissing as error:
            sys.stderr.write(f"{error}\n")
            return 2
        finally:
            clean(Folder(folder / "local"))
    report = bench.report()
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    print(table(report))
    print(f"\nAll of it is in {chosen.json}.")
    return 0 if kept(report) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the portal.")
    parser.add_argument("--seconds", type=int, default=5, help="of each run")
    parser.add_argument("--rounds", type=int, default=8, help="portal and ceiling in turn")
    parser.add_argument("--payers", type=int, default=64, help="people who pay")
    parser.add_argument("--json", type=Path, default=DEFAULT_ROOT / "bench.json", help="where the figures go")
    sys.exit(asyncio.run(main(parser.parse_args())))

"""What a run must have kept: turns what was counted and seen into the report, and what is broken into violations."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.chaos.crowd import Crowd
from tests.chaos.faults import Breaker
from tests.chaos.report import Report, spread
from tests.chaos.verify import Stack, verify
from tests.chaos.watching import BrokerWatch, IdleWatch, LogWatch

SHOWN = 20
NOT_FORESEEN = (
    "request_failed",
    "part_ended",
    "drain_took_too_long",
    "job_failed",
    "handler_failed",
    "letter_unwritable",
    "message_unreadable",
    "payment_contradicted",
)
"""Errors in the logs after which something was not foreseen, whatever else held."""


class Judge:
    """Fills in a report."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self._violations: dict[str, list[Any]] = {}
        self._ended: Counter[str] = Counter()

    def note(self, title: str, found: Sequence[Any]) -> None:
        """Something is broken, when anything was found."""
        if found:
            self._violations.setdefault(title, []).extend(found[:SHOWN])
            self.report.violations = self._violations

    def heard(self, line: str) -> None:
        """The runner said something: parts that end by themselves are told in the report."""
        first = line.partition("\n")[0]
        if any(words in first for words in (" ended with exit status ", " did not start", " was not ready")):
            self._ended[first.rstrip(":")] += not first.endswith("exit status 0. Its last lines:")
            self.report.ended_by_themselves = dict(+self._ended)

    def faults(self, breaker: Breaker) -> None:
        """What was broken, and how long each part took to be up again."""
        self.report.kills = dict(sorted(breaker.kills.items()))
        self.report.faults = dict(sorted(breaker.done.items()))
        self.report.faults_not_done = dict(sorted(breaker.failed.items()))
        self.report.up_again_seconds = {name: spread(row) for name, row in sorted(breaker.seconds.items())}
        self.note("Every part is up again after its kill", breaker.not_up)
        self.note("Every fault can be done or not for a reason that was foreseen", breaker.not_foreseen)

    def clients(self, crowd: Crowd, waiting: int) -> None:
        """What callers saw, and that all of them have their answers."""
        tally = crowd.tally
        self.report.clients = {
            "members": len(crowd.members),
            "lives": len(crowd.lives),
            "lives that finished": len(crowd.lives) - waiting,
            "calls": tally.begun,
            "calls answered": tally.answered,
            "payments told of": crowd.told.count,
            "retries": tally.retries,
            "answers lost": tally.lost,
            "slowest answer, seconds": round(tally.slowest_seconds, 1),
            "slowest call": tally.slowest_call,
        }
        self.report.answers = {str(status): count for status, count in sorted(tally.statuses.items())}
        self.report.problems = dict(sorted(tally.problems.items()))
        self.note("Every client finishes", [f"{waiting} lives wait for an answer"] if waiting else [])
        self.note("Answers are as they must be", crowd.wrong)

    def watched(self, broker: BrokerWatch, idle: IdleWatch, logs: LogWatch) -> None:
        """What was seen on the way."""
        publishing = spread(broker.seconds)
        self.report.watched = {
            **self.report.watched,
            "looks for idle transactions (I9)": idle.samples,
            "returns of the broker": int(publishing["times"]),
            "until it was published to, median s": publishing["median"],
            "until it was published to, longest s": publishing["longest"],
        }
        self.note("I9: no session is idle in a transaction for long", idle.found)
        self.note("The broker is published to within 30 s of its return", broker.late)
        self.logged(logs)

    def logged(self, logs: LogWatch) -> None:
        """What the services warned of."""
        self.report.warnings = dict(logs.warnings.most_common())
        self.report.errors = dict(logs.errors.most_common())
        not_foreseen = [line for line in logs.error_lines if line.get("event") in NOT_FORESEEN]
        self.note("Nothing is logged that was not foreseen", not_foreseen)

    async def invariants(self, stack_file: Path, client_log: Path) -> None:
        """Every invariant, over all services."""
        try:
            found = await verify(Stack.read(stack_file), client_log, all_ended=True, only_told=True)
        except Exception as error:  # noqa: BLE001 - a portal that cannot be asked is what the report has to tell
            self.note("Every invariant can be asked", [repr(error)])
            return
        self.report.invariants = {title: len(rows) for title, rows in found.items()}
        for title, rows in found.items():
            self.note(title, rows)

"""The report of a run: one JSON file for machines, one page of text for people, side by side in the run's folder."""

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

NAME_WIDTH = 46
LONGEST_LINE = 400


@dataclass
class Report:
    """What a run did and found; `violations` empty means that it passed."""

    command: str
    seed: int
    seconds: float = 0.0
    kills: Mapping[str, int] = field(default_factory=dict)
    faults: Mapping[str, int] = field(default_factory=dict)
    faults_not_done: Mapping[str, int] = field(default_factory=dict)
    clients: Mapping[str, int | float | str] = field(default_factory=dict)
    answers: Mapping[str, int] = field(default_factory=dict)
    problems: Mapping[str, int] = field(default_factory=dict)
    up_again_seconds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    watched: Mapping[str, int | float] = field(default_factory=dict)
    ended_by_themselves: Mapping[str, int] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)
    invariants: Mapping[str, int] = field(default_factory=dict)
    violations: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    absent: Sequence[str] = ("webhooks of a processor: there are none yet, so none comes twice or late",)

    def write(self, folder: Path) -> None:
        """Write `report.json` and `report.txt`."""
        content = json.dumps(asdict(self), indent=2, default=str)
        (folder / "report.json").write_text(content + "\n", encoding="utf-8")
        (folder / "report.txt").write_text(self.text(), encoding="utf-8")

    def text(self) -> str:
        """The page for people."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"{self.command}   seed {self.seed}   {self.seconds:.0f} s"
        for title, table in (
            ("Kills", {**self.kills, "together": sum(self.kills.values())}),
            ("Faults", self.faults),
            ("Faults that another one made impossible", self.faults_not_done),
            ("Clients", self.clients),
            ("Answers by status", self.answers),
            ("Problems told", self.problems),
            ("Up again, seconds", {name: _spread(row) for name, row in self.up_again_seconds.items()}),
            ("Watched", self.watched),
            ("Ended by themselves, and were started again", self.ended_by_themselves),
            ("Warnings logged", self.warnings),
            ("Errors logged", self.errors),
            ("Invariants (rows that break them)", self.invariants),
        ):
            yield from _table(title, table)
        yield from ("", "Not here", *(f"  {line}" for line in self.absent))
        yield from ("", "VIOLATIONS" if self.violations else "No violation.")
        for title, found in self.violations.items():
            yield f"  {title}"
            yield from (f"      {str(row)[:LONGEST_LINE]}" for row in found)


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """How many, the median and the longest."""
    if not seconds:
        return {"times": 0, "median": 0.0, "longest": 0.0}
    return {
        "times": len(seconds),
        "median": round(statistics.median(seconds), 2),
        "longest": round(max(seconds), 2),
    }


def _spread(row: Mapping[str, float]) -> str:
    return f"{row['times']:.0f} times, median {row['median']:.1f}, longest {row['longest']:.1f}"


def _table(title: str, rows: Mapping[str, Any]) -> Iterator[str]:
    if rows:
        yield from ("", title)
        yield from (f"  {name:<{NAME_WIDTH}}  {value}" for name, value in rows.items())

"""What is broken when: a plan of faults made from a seed, so that a run can be made again.

The seed decides the faults, their order and what goes with what; at which instruction of a process a kill lands is up
to the machine. `faults.py` does what stands here.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

SERVICE_WEIGHTS = {"payments": 5, "notify": 2, "gateway": 3, "identity": 3, "payments-2": 2, "notify-2": 1}
"""What is killed how often; payments and notify run twice, so that one's work can be taken over by the other."""

CABLES = (
    "payments-postgres",
    "payments-rabbitmq",
    "payments-processor",
    "notify-postgres",
    "notify-rabbitmq",
    "notify-smtp",
    "identity-postgres",
    "identity-rabbitmq",
    "gateway-payments",
    "gateway-identity",
    "gateway-notify",
    "gateway-rabbitmq",
)
MOST_AT_ONCE = 3


class Kind(StrEnum):
    """A way to break something."""

    KILL = "kill -9"
    RESTART = "restart"
    KILL_SESSION = "kill -9 of one session's process"
    FREEZE = "freeze"
    CUT = "cut"
    HOLD = "hold up"
    LOSE = "lose an answer"
    DISK_ALARM = "disk alarm"
    MEMORY_ALARM = "memory alarm"
    REPEAT = "deliver again"
    OVERTAKE = "deliver out of order"
    SAY_AGAIN = "say old news again"
    CLOCK = "clock jump"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: how, what, when within its step, and for how long where it lasts."""

    kind: Kind
    target: str
    after_seconds: float = 0.0
    for_seconds: float = 0.0

    def __str__(self) -> str:
        lasting = f" for {self.for_seconds:.1f} s" if self.for_seconds else ""
        return f"{self.kind} {self.target}{lasting}"


@dataclass(frozen=True, slots=True)
class Step:
    """Faults that come together, once clients were told of so many more payments."""

    number: int
    after_payments: int
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return f"{self.number:4}  after {self.after_payments:2} payments: {'; '.join(str(it) for it in self.faults)}"


def make_plan(kills: int, seed: int) -> list[Step]:
    """`kills` of services, of PostgreSQL (15 %) and of the broker (10 %), among the other faults, in steps; 0: none."""
    if kills == 0:
        return []
    rng = random.Random(f"plan {seed}")  # noqa: S311 - dice, nothing secret
    faults = [*_kills(kills, rng), *_others(kills, rng)]
    rng.shuffle(faults)
    steps: list[Step] = []
    while faults:
        together = _take(faults, rng.choices((1, 2, 3), weights=(4, 4, 2))[0])
        steps.append(Step(len(steps) + 1, rng.randint(2, 10), together))
    return steps


def count_kills(plan: list[Step]) -> int:
    """The kills that a plan counts: those of services, PostgreSQL and the broker, the outside world's left out."""
    kinds = (Kind.KILL, Kind.KILL_SESSION)
    outside = ("processor", "inbox")
    return sum(it.kind in kinds and it.target not in outside for step in plan for it in step.faults)


def _kills(kills: int, rng: random.Random) -> Iterator[Fault]:
    postgres, broker = max(1, round(kills * 0.15)), max(1, round(kills * 0.1))
    for name in _services(kills - postgres - broker, rng):
        yield Fault(Kind.KILL, name, _soon(rng))
    for number in range(postgres):
        yield Fault(Kind.KILL_SESSION if number % 2 else Kind.KILL, "postgres", _soon(rng))
    for _ in range(broker):
        yield Fault(Kind.KILL, "rabbitmq", _soon(rng))


def _others(kills: int, rng: random.Random) -> Iterator[Fault]:
    def times(share: float) -> range:
        return range(max(1, round(kills * share)))

    for target, share in (("processor", 0.05), ("inbox", 0.01)):
        yield from (Fault(Kind.KILL, target, _soon(rng)) for _ in times(share))
    yield from (Fault(Kind.RESTART, name, _soon(rng)) for name in _services(len(times(0.08)), rng))
    for name in _services(len(times(0.08)), rng):
        yield Fault(Kind.FREEZE, name, _soon(rng), round(rng.uniform(1, 14), 1))
    for target in ("postgres", "rabbitmq"):
        yield from (Fault(Kind.FREEZE, target, _soon(rng), round(rng.uniform(0.5, 6), 1)) for _ in times(0.05))
    yield from (Fault(Kind.CUT, rng.choice(CABLES), _soon(rng), round(rng.uniform(0, 2), 1)) for _ in times(0.2))
    yield from (Fault(Kind.LOSE, rng.choice(CABLES), _soon(rng)) for _ in times(0.25))
    yield from (Fault(Kind.HOLD, rng.choice(CABLES), _soon(rng), round(rng.uniform(1, 6), 1)) for _ in times(0.05))
    for kind in (Kind.DISK_ALARM, Kind.MEMORY_ALARM):
        yield from (Fault(kind, "rabbitmq", _soon(rng), round(rng.uniform(1, 5), 1)) for _ in times(0.02))
    for kind, share in ((Kind.REPEAT, 0.1), (Kind.OVERTAKE, 0.1), (Kind.SAY_AGAIN, 0.05)):
        yield from (Fault(kind, "events", _soon(rng)) for _ in times(share))
    yield from (Fault(Kind.CLOCK, "all services", _soon(rng)) for _ in times(0.05))


def _services(count: int, rng: random.Random) -> list[str]:
    return rng.choices(list(SERVICE_WEIGHTS), weights=list(SERVICE_WEIGHTS.values()), k=count)


def _soon(rng: random.Random) -> float:
    return round(rng.uniform(0, 0.5), 2)


def _take(faults: list[Fault], wanted: int) -> tuple[Fault, ...]:
    """The last faults that can be together: a part is broken in one way at a time."""
    taken: list[Fault] = []
    for fault in reversed(faults[-2 * MOST_AT_ONCE :]):
        if len(taken) < wanted and fault.target not in {it.target for it in taken}:
            taken.append(fault)
    for fault in taken:
        faults.remove(fault)
    return tuple(taken)

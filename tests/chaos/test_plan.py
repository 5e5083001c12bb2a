"""The plan of faults of `make chaos`: what is broken how often, and the same again for the same seed."""

from collections import Counter

from tests.chaos.plan import CABLES, SERVICE_WEIGHTS, Kind, count_kills, make_plan


def test_the_same_seed_makes_the_same_plan() -> None:
    """A run can be made again; another seed breaks other things."""
    assert make_plan(200, 4711) == make_plan(200, 4711)
    assert make_plan(200, 4711) != make_plan(200, 4712)


def test_two_hundred_kills_are_those_that_were_asked_for() -> None:
    """150 of services, 30 of PostgreSQL, 20 of the broker; those of the outside world come on top."""
    plan = make_plan(200, 1)
    kinds = (Kind.KILL, Kind.KILL_SESSION)
    killed = Counter(it.target for step in plan for it in step.faults if it.kind in kinds)
    assert count_kills(plan) == 200
    assert (killed["postgres"], killed["rabbitmq"]) == (30, 20)
    assert sum(killed[name] for name in SERVICE_WEIGHTS) == 150
    assert killed["processor"] > 0
    assert killed["inbox"] > 0


def test_every_kind_of_fault_comes_and_no_target_is_broken_twice_at_once() -> None:
    """Even a short plan has each kind; what comes together has different targets."""
    plan = make_plan(20, 1)
    assert {it.kind for step in plan for it in step.faults} == set(Kind)
    assert {it.target for step in make_plan(200, 1) for it in step.faults} >= set(CABLES)
    for step in plan:
        targets = [it.target for it in step.faults]
        assert len(targets) == len(set(targets))

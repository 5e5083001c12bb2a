"""How the sandbox clock steps."""

from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.domain.clock_steps import ClockBackwards, ClockMove, next_step, overdue, stands_still

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_the_next_stop_is_the_earliest_due_instant_of_all_services() -> None:
    """Work of day 3 is done on day 3."""
    due = {"payments": NOW + 5 * DAY, "notify": NOW + 3 * DAY, "identity": None}
    assert next_step(due, NOW, NOW + 30 * DAY) == NOW + 3 * DAY


def test_what_is_due_after_the_target_waits() -> None:
    """The clock does not stop for it, and does not pass its target for it."""
    assert next_step({"payments": NOW + 31 * DAY}, NOW, NOW + 30 * DAY) is None
    assert next_step({"payments": None}, NOW, NOW + 30 * DAY) is None
    assert next_step({"payments": NOW + 30 * DAY}, NOW, NOW + 30 * DAY) == NOW + 30 * DAY


def test_what_is_overdue_is_done_where_the_clock_stands() -> None:
    """The clock never goes back."""
    assert next_step({"payments": NOW - DAY}, NOW, NOW + DAY) == NOW
    assert overdue({"payments": NOW - DAY, "notify": NOW + DAY, "identity": None}, NOW) == ("payments",)


def test_a_move_names_its_target() -> None:
    """By a length of time or by an instant."""
    assert ClockMove(advance=30 * DAY).target(NOW) == NOW + 30 * DAY
    assert ClockMove(to=NOW + DAY).target(NOW) == NOW + DAY


@pytest.mark.parametrize("move", [ClockMove(advance=-DAY), ClockMove(to=NOW - DAY)])
def test_backwards_is_refused(move: ClockMove) -> None:
    """The refusal says where the clock stands."""
    with pytest.raises(ClockBackwards) as refused:
        move.target(NOW)
    assert refused.value.now == NOW


def test_standing_still_is_noticed() -> None:
    """The same due work seen again and again means that it does not get done; any change is progress."""
    same, other = {"payments": NOW}, {"payments": NOW + DAY}
    assert not stands_still([same, same], looks=3)
    assert stands_still([other, same, same, same], looks=3)
    assert not stands_still([same, same, other], looks=3)

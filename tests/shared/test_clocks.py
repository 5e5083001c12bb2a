"""Clocks: days are New York's, "by that day" ends a second before midnight there, moved time never goes back."""

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.clocks import MovableClock, SystemClock, business_day, end_of_day, start_of_day


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2027, 1, 31, 4, 59, 59, tzinfo=UTC), date(2027, 1, 30)),
        (datetime(2027, 1, 31, 5, 0, 0, tzinfo=UTC), date(2027, 1, 31)),
        (datetime(2027, 7, 1, 3, 59, 59, tzinfo=UTC), date(2027, 6, 30)),
        (datetime(2027, 7, 1, 4, 0, 0, tzinfo=UTC), date(2027, 7, 1)),
        (datetime(2028, 2, 29, 12, 0, 0, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
def test_a_payment_counts_on_the_day_it_is_in_new_york(at: datetime, day: date) -> None:
    """Late in the evening in New York it is tomorrow in UTC, yet the payment is of today."""
    assert business_day(at) == day


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2027, 3, 14), 23), (date(2027, 11, 7), 25), (date(2027, 1, 15), 24), (date(2027, 12, 31), 24)],
)
def test_days_are_as_long_as_they_are_in_new_york(day: date, hours: int) -> None:
    """The day on which clocks go forward has 23 hours, the one on which they go back 25."""
    length = end_of_day(day) + timedelta(seconds=1) - start_of_day(day)
    assert length == timedelta(hours=hours)
    assert business_day(start_of_day(day)) == business_day(end_of_day(day)) == day


def test_one_second_after_the_end_of_a_day_it_is_the_next_day() -> None:
    """Through three years: no second belongs to no day or to two."""
    day = date(2026, 1, 1)
    for _ in range(3 * 366):
        following = day + timedelta(days=1)
        assert end_of_day(day) + timedelta(seconds=1) == start_of_day(following)
        assert business_day(end_of_day(day) + timedelta(seconds=1)) == following
        day = following


def test_the_hour_that_comes_twice_belongs_to_one_day() -> None:
    """On the night on which clocks go back both half past ones are the same day."""
    first, second = datetime(2027, 11, 7, 5, 30, tzinfo=UTC), datetime(2027, 11, 7, 6, 30, tzinfo=UTC)
    assert business_day(first) == business_day(second) == date(2027, 11, 7)


def test_clocks_tell_aware_time_in_utc() -> None:
    """Both clocks tell the time of the machine as an aware instant."""
    for clock in (SystemClock(), MovableClock()):
        assert clock.now().tzinfo is UTC
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_moved_time_goes_on_from_where_it_was_moved_to() -> None:
    """After the move the clock runs on; a second move adds to the first."""
    clock = MovableClock()
    for days in (1, 40):
        goal = clock.now() + timedelta(days=days)
        clock.move_to(goal)
        assert timedelta(0) <= clock.now() - goal < timedelta(seconds=1)


def test_moved_time_never_goes_back() -> None:
    """A move into the past is refused and changes nothing."""
    clock = MovableClock(timedelta(days=3))
    with pytest.raises(ValueError, match="forward"):
        clock.move_to(datetime.now(UTC) + timedelta(days=2))
    assert clock.offset == timedelta(days=3)

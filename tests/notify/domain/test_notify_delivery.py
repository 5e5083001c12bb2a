"""A delivery goes from queued to sent, failed or skipped, and back only by an operator."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest

from services.notify.domain.catalog import Channel
from services.notify.domain.delivery import (
    TRANSITIONS,
    Delivery,
    DeliveryStatus,
    IllegalDeliveryMove,
    new_delivery,
    retry_delay,
)

VERBS: dict[DeliveryStatus, Callable[[Delivery], Delivery]] = {
    DeliveryStatus.SENT: Delivery.send,
    DeliveryStatus.FAILED: Delivery.fail,
    DeliveryStatus.SKIPPED: Delivery.skip,
    DeliveryStatus.QUEUED: Delivery.queue_again,
}


def in_status(status: DeliveryStatus) -> Delivery:
    """A delivery that stands there after three tries."""
    return Delivery(uuid4(), uuid4(), Channel.EMAIL, status, attempts=3, version=7)


@pytest.mark.parametrize("before", DeliveryStatus)
@pytest.mark.parametrize("after", DeliveryStatus)
def test_every_pair_of_statuses_moves_as_the_table_says(before: DeliveryStatus, after: DeliveryStatus) -> None:
    """A legal move gives the new status and a higher version; an illegal one raises and changes nothing."""
    delivery = in_status(before)
    if after in TRANSITIONS[before]:
        moved = VERBS[after](delivery)
        assert (moved.status, moved.version) == (after, 8)
    else:
        with pytest.raises(IllegalDeliveryMove, match=f"{before} to {after}"):
            VERBS[after](delivery)


def test_a_new_delivery_is_queued_and_untried() -> None:
    """It starts at version 1 with no tries."""
    delivery = new_delivery(uuid4(), uuid4(), Channel.EMAIL)
    assert (delivery.status, delivery.attempts, delivery.version) == (DeliveryStatus.QUEUED, 0, 1)


def test_queued_again_its_tries_start_anew() -> None:
    """After an operator's word the delays begin with the shortest."""
    assert in_status(DeliveryStatus.FAILED).queue_again().attempts == 0


def test_delays_grow_to_an_hour_and_stay_there() -> None:
    """A mail server that is away for long is asked every hour, for ever."""
    delays = [retry_delay(attempts) for attempts in range(1, 7)]
    assert delays[:3] == [timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=30)]
    assert all(shorter < longer for shorter, longer in pairwise(delays))
    assert retry_delay(6) == retry_delay(1000) == timedelta(hours=1)

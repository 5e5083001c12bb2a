"""The counters that this process keeps: look-ups per address, and charges under way."""

import asyncio
from uuid import uuid4

import pytest

from services.payments.usecases.charges_under_way import ChargesUnderWay, TooManyCharges
from services.payments.usecases.lookup_throttle import MOST_ADDRESSES, LookupThrottle, TooManyLookups


def test_an_address_may_ask_again_when_its_window_is_over() -> None:
    """Two tries a minute: the third waits for the rest of the minute, then counting begins anew."""
    now = [100.0]
    throttle = LookupThrottle(2, 60, lambda: now[0])
    throttle.count("a")
    now[0] += 20
    throttle.count("a")
    with pytest.raises(TooManyLookups) as refused:
        throttle.count("a")
    assert refused.value.retry_after_seconds == 40
    throttle.count("b")
    now[0] += 40
    throttle.count("a")


def test_many_addresses_do_not_fill_the_memory() -> None:
    """Only the latest addresses are remembered."""
    throttle = LookupThrottle(1, 60, lambda: 0.0)
    for number in range(MOST_ADDRESSES + 5):
        throttle.count(str(number))
    assert len(throttle._windows) == MOST_ADDRESSES
    throttle.count("0")


async def test_whoever_waits_for_a_charge_is_woken_at_its_end() -> None:
    """A second request with the same key waits exactly as long as the first takes."""
    charges, payment_id = ChargesUnderWay(1), uuid4()
    with charges.slot(payment_id):
        waiting = asyncio.create_task(charges.wait(payment_id))
        await asyncio.sleep(0)
        assert not waiting.done()
        with pytest.raises(TooManyCharges), charges.slot(uuid4()):
            pass
    await waiting
    assert not charges.payment_ids
    await charges.wait(payment_id)


async def test_a_charge_that_breaks_frees_its_place() -> None:
    """An error on the way gives the place back and wakes who waits."""
    charges, payment_id = ChargesUnderWay(1), uuid4()
    begun = asyncio.Event()

    async def break_in_mid_charge() -> None:
        with charges.slot(payment_id):
            begun.set()
            await asyncio.sleep(0)
            raise RuntimeError

    breaking = asyncio.create_task(break_in_mid_charge())
    await begun.wait()
    await charges.wait(payment_id)
    with pytest.raises(RuntimeError):
        await breaking
    assert not charges.payment_ids

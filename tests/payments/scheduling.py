"""Steps of the tests about payments on a later day: agree on one, let time pass until its morning."""

from datetime import datetime
from typing import Any

from tests.payments.billing_samples import new_york
from tests.payments.paying_world import World

DAY = "2026-12-10"
BEFORE, RUN_AT = new_york("2026-12-10 05:59"), new_york("2026-12-10 06:00")


async def schedule(world: World, amount_cents: int = 30_000, method_id: str | None = None, **more: Any) -> Any:
    """A payment for December 10; as it was answered."""
    answer = await world.pay(amount_cents, method_id, **{"pay_on": DAY, **more})
    assert answer.body["status"] == "scheduled", answer.body
    return answer.body


async def until(world: World, instant: datetime) -> None:
    """Let time pass, with the timers at work."""
    await world.move_clock(seconds=(instant - world.clock.now()).total_seconds())

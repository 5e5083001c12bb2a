"""`unanswered --ask-again`: an operator does not wait a day for the resolver once the processor is back."""

from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from services.payments.providers.sandbox_processor import SandboxProcessor
from services.payments.wiring import unanswered
from tests.payments.paying_world import World


@pytest.fixture
async def deaf(world: World) -> AsyncIterator[World]:
    """The same service while its processor is away."""
    async with aiohttp.ClientSession() as session:
        away = SandboxProcessor(session, "http://127.0.0.1:1", 1)
        yield replace(world, parts=replace(world.parts, processor=away))


@pytest.mark.parametrize(("hours", "needs_person"), [(30, False), (24 * 7, True)])
async def test_payments_without_an_answer_are_asked_about_at_once(
    world: World, deaf: World, capsys: pytest.CaptureFixture[str], hours: int, *, needs_person: bool
) -> None:
    """After an outage the next question would come in a day, or never by itself: it comes now, and finds the charge."""
    await world.enroll()
    await world.sandbox.set_faults(charge_then_500=1.0)
    paid = await world.pay(30_000)
    await deaf.move_clock(hours=hours)
    assert await world.rows("SELECT status, needs_person FROM payment") == [("processing", needs_person)]
    await world.run_jobs()
    assert await world.status_of(paid.body["payment_id"]) == "processing", "its time has not come"
    capsys.readouterr()
    assert await unanswered(world.parts, ("--ask-again",)) == 0
    listed, said = capsys.readouterr().out.splitlines()
    assert listed.startswith(f"{paid.body['reference']}\t30000 cents\taccepted ")
    assert listed.endswith("waits for a person") is needs_person
    assert said == "1 payments are asked about now"
    await world.run_jobs()
    assert await world.status_of(paid.body["payment_id"]) == "succeeded"
    assert len(await world.charges_of(paid.body["payment_id"])) == 1

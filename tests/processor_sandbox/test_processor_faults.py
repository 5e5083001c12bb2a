"""The faults an operator may order, and what stays true under each."""

import asyncio

import aiohttp
import pytest

from deploy.processor_sandbox.faults import Fault, FaultDice
from deploy.processor_sandbox.requests import FaultRates
from tests.processor_sandbox.sandbox_process import SandboxProcess

QUIET = {
    "charge_then_silence": 0.0,
    "charge_then_500": 0.0,
    "error_500_before_charge": 0.0,
    "refuse_503": 0.0,
    "delay_seconds": 0.0,
    "seed": None,
}


def rolls(rates: FaultRates, count: int) -> list[Fault | None]:
    """Roll fresh dice `count` times."""
    dice = FaultDice()
    dice.load(rates)
    return [dice.roll() for _ in range(count)]


def test_without_rates_nothing_goes_wrong() -> None:
    """A processor nobody meddled with has no faults."""
    dice = FaultDice()
    assert [dice.roll() for _ in range(100)] == [None] * 100


@pytest.mark.parametrize("fault", Fault)
def test_a_rate_of_one_always_comes_up(fault: Fault) -> None:
    """A rate of 1 means every single time."""
    assert rolls(FaultRates.model_validate({fault.value: 1.0}), 100) == [fault] * 100


def test_a_seed_repeats_its_faults() -> None:
    """The same seed gives the same faults in the same order, another seed others."""
    first = rolls(FaultRates(charge_then_silence=0.5, refuse_503=0.2, seed=7), 200)
    assert first == rolls(FaultRates(charge_then_silence=0.5, refuse_503=0.2, seed=7), 200)
    assert first != rolls(FaultRates(charge_then_silence=0.5, refuse_503=0.2, seed=8), 200)


def test_a_rate_is_about_its_share() -> None:
    """A rate of 5 % comes up in about one of twenty."""
    came_up = rolls(FaultRates(charge_then_500=0.05, seed=1), 10_000).count(Fault.CHARGE_THEN_500)
    assert 400 < came_up < 600


async def test_rates_are_shown_as_they_were_set(processor: SandboxProcess) -> None:
    """What was set is shown, and setting anew starts from zero."""
    chosen = {"refuse_503": 0.25, "delay_seconds": 0.0, "seed": 5}
    assert (await processor.set_faults(**chosen)).body == {**QUIET, **chosen}
    assert (await processor.call("GET", "/v1/faults")).body == {**QUIET, **chosen}
    assert (await processor.set_faults()).body == QUIET


async def test_a_refused_charge_charges_nothing(processor: SandboxProcess, key: str) -> None:
    """A busy processor answers 503 and charges nothing; afterwards the same key charges."""
    source = await processor.card_id()
    await processor.set_faults(refuse_503=1)
    assert (await processor.charge(key, source)).status == 503
    assert await processor.charges(key=key) == []
    await processor.set_faults()
    assert (await processor.charge(key, source)).status == 201


async def test_an_error_before_the_charge_charges_nothing(processor: SandboxProcess, key: str) -> None:
    """A 500 may come without a charge."""
    source = await processor.card_id()
    await processor.set_faults(error_500_before_charge=1)
    assert (await processor.charge(key, source)).status == 500
    assert await processor.charges(key=key) == []


async def test_an_error_after_the_charge_has_charged(processor: SandboxProcess, key: str) -> None:
    """The same 500 may come with a charge behind it; asking again with the faults gone shows that one."""
    source = await processor.card_id()
    await processor.set_faults(charge_then_500=1)
    answers = [await processor.charge(key, source) for _ in range(3)]
    assert [answer.status for answer in answers] == [500] * 3
    await processor.set_faults()
    again = await processor.charge(key, source)
    assert (again.status, [again.body]) == (200, await processor.charges(key=key))


async def test_the_two_errors_look_the_same(processor: SandboxProcess, key: str) -> None:
    """A caller cannot tell from the answer whether an error charged."""
    source = await processor.card_id()
    await processor.set_faults(error_500_before_charge=1)
    before = await processor.charge(f"{key}-1", source)
    await processor.set_faults(charge_then_500=1)
    after = await processor.charge(f"{key}-2", source)
    assert before.body == after.body


async def test_silence_comes_after_the_charge(processor: SandboxProcess, key: str) -> None:
    """The charge is seen while the answer is held, and then the connection closes without one."""
    source = await processor.card_id()
    await processor.set_faults(charge_then_silence=1)
    held = asyncio.create_task(processor.charge(key, source))
    assert (await processor.charge_once_there(key))["status"] == "succeeded"
    assert not held.done()
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await held


async def test_faults_leave_other_routes_alone(processor: SandboxProcess, key: str) -> None:
    """Tokens, cards, look-ups, voids and health answer while every charge fails."""
    await processor.set_faults(refuse_503=1, charge_then_500=1, error_500_before_charge=1, delay_seconds=30)
    await processor.card_id()
    assert await processor.charges(key=key) == []
    assert (await processor.void(key)).status == 200
    assert (await processor.call("GET", "/healthz")).body == {"status": "ok"}


async def test_under_mixed_faults_a_stubborn_caller_charges_once(processor: SandboxProcess, key: str) -> None:
    """Callers who ask again until they are answered end with one charge each, whatever went wrong in between."""
    source = await processor.card_id()
    await processor.set_faults(charge_then_silence=0.1, charge_then_500=0.3, error_500_before_charge=0.3, seed=3)

    async def insist(name: str) -> str:
        while True:
            try:
                answer = await processor.charge(name, source)
            except aiohttp.ServerDisconnectedError:
                continue
            if answer.status in {200, 201}:
                return str(answer.body["charge_id"])

    names = [f"{key}-{number}" for number in range(30)]
    charge_ids = await asyncio.gather(*(insist(name) for name in names))
    for name, charge_id in zip(names, charge_ids, strict=True):
        assert [charge["charge_id"] for charge in await processor.charges(key=name)] == [charge_id]

"""Voiding a key: the way to be sure that nothing will ever be charged under it."""

import asyncio

from tests.processor_sandbox.sandbox_process import SandboxProcess


async def test_a_voided_key_never_charges(processor: SandboxProcess, key: str) -> None:
    """After a void the key is refused for good, and no charge appears."""
    assert (await processor.void(key)).body == {"key": key, "voided": True}
    answer = await processor.charge(key, await processor.card_id())
    assert (answer.status, answer.code) == (409, "key_voided")
    assert await processor.charges(key=key) == []


async def test_voiding_again_changes_nothing(processor: SandboxProcess, key: str) -> None:
    """A void is said as often as one likes."""
    first, again = await processor.void(key), await processor.void(key)
    assert first.status == again.status == 200
    assert first.body == again.body


async def test_a_charge_cannot_be_voided(processor: SandboxProcess, key: str) -> None:
    """A void that comes after its charge, declined or not, is told so and shown the charge."""
    for number, status in (("4242424242424242", "succeeded"), ("4000000000000002", "declined")):
        charged = await processor.charge(f"{key}-{status}", await processor.card_id(number))
        answer = await processor.void(f"{key}-{status}")
        assert (answer.status, answer.code) == (409, "charge_exists")
        assert answer.body["charge"] == charged.body
        assert answer.body["charge"]["status"] == status


async def test_a_void_overtakes_a_charge_that_waits(processor: SandboxProcess, key: str) -> None:
    """A charge on its way that has not been made yet finds its key voided."""
    source = await processor.card_id()
    await processor.set_faults(delay_seconds=1)
    waiting = asyncio.create_task(processor.charge(key, source))
    await processor.charges(key=key)
    assert (await processor.void(key)).status == 200
    assert (await waiting).code == "key_voided"
    assert await processor.charges(key=key) == []


async def test_void_and_charge_at_once_agree(processor: SandboxProcess, key: str) -> None:
    """Whichever of the two comes first, both answers tell the same story."""
    source = await processor.card_id()
    for round_number in range(20):
        name = f"{key}-{round_number}"
        charged, voided = await asyncio.gather(processor.charge(name, source), processor.void(name))
        assert (charged.status, voided.status) in {(201, 409), (409, 200)}
        assert len(await processor.charges(key=name)) == (1 if charged.status == 201 else 0)

"""Charging: one charge per key, whatever the card, the caller or the moment."""

import asyncio
from datetime import datetime, timedelta

import aiohttp
import pytest

from tests.processor_sandbox.sandbox_process import SandboxProcess

LOST_ANSWER = "4000000000007777"
LATE_ANSWER = "4000000000006975"


async def test_a_charge_tells_what_was_charged(processor: SandboxProcess, key: str) -> None:
    """A successful charge shows its key, amount, reference, source and time."""
    card_id = await processor.card_id()
    answer = await processor.charge(key, card_id, reference="HC-77")
    assert answer.status == 201
    charge_id, created_at = answer.body.pop("charge_id"), answer.body.pop("created_at")
    assert answer.body == {
        "key": key,
        "status": "succeeded",
        "amount_cents": 12_345,
        "reference": "HC-77",
        "source": card_id,
    }
    assert charge_id.startswith("ch_")
    assert datetime.fromisoformat(created_at).utcoffset() == timedelta(0)


@pytest.mark.parametrize("number", ["5555555555554444", "378282246310005", "4000000000000259"])
async def test_cards_of_every_brand_can_pay(processor: SandboxProcess, key: str, number: str) -> None:
    """Mastercard, American Express and the card disputed later are charged like any other."""
    assert (await processor.charge(key, await processor.token(number))).body["status"] == "succeeded"


@pytest.mark.parametrize(
    ("number", "decline_code"),
    [
        ("4000000000000002", "card_declined"),
        ("4000000000009995", "insufficient_funds"),
        ("4000000000000069", "expired_card"),
        ("4000000000000119", "processing_error"),
    ],
)
async def test_a_decline_is_a_final_answer(processor: SandboxProcess, key: str, number: str, decline_code: str) -> None:
    """A declining card answers with its reason, and the same key gives the same decline again."""
    source = await processor.card_id(number)
    first = await processor.charge(key, source)
    again = await processor.charge(key, source)
    assert (first.status, first.body["status"], first.body["decline_code"]) == (201, "declined", decline_code)
    assert first.body == again.body


async def test_the_same_key_and_body_show_the_same_charge(processor: SandboxProcess, key: str) -> None:
    """A caller who asks again gets the first charge, marked as a replay, even with a one-time token."""
    token = await processor.token()
    first = await processor.charge(key, token)
    again = await processor.charge(key, token)
    assert "Idempotent-Replay" not in first.headers
    assert (again.status, again.headers["Idempotent-Replay"]) == (200, "true")
    assert again.body == first.body


@pytest.mark.parametrize(
    "change", [{"amount_cents": 12_346}, {"reference": "HC-2"}, {"statement_text": "OTHER"}], ids=str
)
async def test_the_same_key_with_another_body_is_refused(
    processor: SandboxProcess, key: str, change: dict[str, object]
) -> None:
    """A key stands for one body; another one under it charges nothing."""
    source = await processor.card_id()
    await processor.charge(key, source)
    answer = await processor.charge(key, source, **change)
    assert (answer.status, answer.code) == (409, "key_reused")
    assert len(await processor.charges(key=key)) == 1


async def test_the_same_key_for_another_card_is_refused(processor: SandboxProcess, key: str) -> None:
    """A key cannot move to another card, not even after a decline."""
    await processor.charge(key, await processor.card_id("4000000000000002"))
    assert (await processor.charge(key, await processor.card_id())).code == "key_reused"


async def test_a_refused_charge_leaves_its_key_free(processor: SandboxProcess, key: str) -> None:
    """After an unknown card under a key, the right card under the same key is charged."""
    refused = await processor.charge(key, "card_invented")
    assert (refused.status, refused.code, refused.body["error"]["field"]) == (422, "unknown_source", "source")
    assert (await processor.charge(key, await processor.card_id())).status == 201


async def test_fifty_at_once_with_one_key_charge_once(processor: SandboxProcess, key: str) -> None:
    """Fifty callers with one key all see one and the same charge."""
    source = await processor.card_id()
    answers = await asyncio.gather(*(processor.charge(key, source) for _ in range(50)))
    assert sorted(answer.status for answer in answers) == [200] * 49 + [201]
    assert len({answer.body["charge_id"] for answer in answers}) == 1
    assert len(await processor.charges(key=key)) == 1


async def test_fifty_at_once_behind_a_delay_charge_once(processor: SandboxProcess, key: str) -> None:
    """When all of them wait inside the processor before charging, it is still one charge."""
    source = await processor.card_id()
    await processor.set_faults(delay_seconds=0.1)
    answers = await asyncio.gather(*(processor.charge(key, source) for _ in range(50)))
    assert len({answer.body["charge_id"] for answer in answers}) == 1
    assert len(await processor.charges(key=key)) == 1


async def test_two_keys_at_once_with_one_token_charge_once(processor: SandboxProcess, key: str) -> None:
    """A one-time token is charged under one key only, however close the two come."""
    token = await processor.token()
    answers = await asyncio.gather(*(processor.charge(f"{key}-{number}", token) for number in range(10)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 9


async def test_the_slow_card_is_charged_before_it_answers(processor: SandboxProcess, key: str) -> None:
    """While the answer is held a look-up shows the charge, and the answer when it comes is that charge."""
    held = asyncio.create_task(processor.charge(key, await processor.card_id(LATE_ANSWER)))
    seen = await processor.charge_once_there(key)
    assert not held.done()
    assert (await held).body == seen


async def test_asking_again_under_the_slow_card_answers_at_once(processor: SandboxProcess, key: str) -> None:
    """Who asks again under the same key need not wait for the held answer."""
    source = await processor.card_id(LATE_ANSWER)
    held = asyncio.create_task(processor.charge(key, source))
    await processor.charge_once_there(key)
    again = await processor.charge(key, source)
    assert not held.done()
    assert again.body == (await held).body


async def test_the_card_whose_answer_is_lost_was_charged(processor: SandboxProcess, key: str) -> None:
    """The connection closes without an answer, the charge is there, and asking again shows it."""
    source = await processor.card_id(LOST_ANSWER)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await processor.charge(key, source)
    found = await processor.charges(key=key)
    again = await processor.charge(key, source)
    assert (again.status, [again.body]) == (200, found)
    assert again.body["status"] == "succeeded"


async def test_a_caller_who_leaves_has_charged_all_the_same(processor: SandboxProcess, key: str) -> None:
    """A request whose caller hangs up while it waits in the processor is still carried out."""
    source = await processor.card_id()
    await processor.set_faults(delay_seconds=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await processor.charge(key, source)
    assert (await processor.charge_once_there(key))["status"] == "succeeded"

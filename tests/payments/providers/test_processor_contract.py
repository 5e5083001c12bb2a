"""What every processor must do for us; each implementation runs through the same tests, here the sandbox process."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.payments.domain.charge import Charged, ChargeOrder, Declined, NotFound, Unknown
from services.payments.providers.processor import CardTokenRefused, Processor, ProcessorUnavailable
from services.payments.providers.registry import PROCESSORS
from services.payments.providers.sandbox_processor import SandboxProcessor
from services.payments.settings import Settings
from tests.payments.paying_world import ANSWER_LOST, DECLINED, EXPIRED, NO_FUNDS, PROCESSOR_ERROR, SLOW, World
from tests.processor_sandbox.sandbox_process import SandboxProcess


@pytest.fixture
async def processor(world: World) -> Processor:
    """The processor as the service has it."""
    return world.parts.processor


async def an_order(sandbox: SandboxProcess, card: str = "4242424242424242") -> ChargeOrder:
    """A charge of $123.45 to a test card that is kept."""
    return ChargeOrder(uuid4(), 12_345, await sandbox.card_id(card), "HC-0000-0000-0", "HEALTHCONN HC000000000")


async def test_a_charge_is_found_again_under_its_key(processor: Processor, sandbox: SandboxProcess) -> None:
    """Charging, charging again and asking all name the same one charge."""
    order = await an_order(sandbox)
    first = await processor.charge(order)
    assert isinstance(first, Charged)
    assert await processor.charge(order) == first == await processor.find_charge(order.payment_id)
    assert len(await sandbox.charges(key=str(order.payment_id))) == 1


async def test_the_same_order_at_once_is_one_charge(processor: Processor, sandbox: SandboxProcess) -> None:
    """Ten requests under one key charge once."""
    order = await an_order(sandbox)
    assert len(set(await asyncio.gather(*(processor.charge(order) for _ in range(10))))) == 1


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (DECLINED, "card_declined"),
        (NO_FUNDS, "insufficient_funds"),
        (EXPIRED, "expired_card"),
        (PROCESSOR_ERROR, "processing_error"),
    ],
)
async def test_a_decline_says_why(processor: Processor, sandbox: SandboxProcess, card: str, code: str) -> None:
    """Each way of declining has its code, and is final under its key."""
    order = await an_order(sandbox, card)
    assert await processor.charge(order) == Declined(code) == await processor.find_charge(order.payment_id)


@pytest.mark.parametrize("card", [SLOW, ANSWER_LOST])
async def test_silence_is_an_unknown_outcome(processor: Processor, sandbox: SandboxProcess, card: str) -> None:
    """An answer that does not come in time, or is lost, is neither a success nor a refusal."""
    order = await an_order(sandbox, card)
    assert isinstance(await processor.charge(order), Unknown)
    assert isinstance(await processor.find_charge(order.payment_id), Charged)


async def test_what_was_never_charged_is_not_found_and_can_be_called_off(
    processor: Processor, sandbox: SandboxProcess
) -> None:
    """After a void the key never charges; voiding again changes nothing."""
    order = await an_order(sandbox)
    assert await processor.find_charge(order.payment_id) == NotFound()
    assert await processor.void(order.payment_id) == Declined("not_charged")
    assert await processor.charge(order) == Declined("not_charged") == await processor.void(order.payment_id)


async def test_a_charge_that_is_there_cannot_be_called_off(processor: Processor, sandbox: SandboxProcess) -> None:
    """A void that comes too late is told the charge."""
    good, bad = await an_order(sandbox), await an_order(sandbox, DECLINED)
    charged = await processor.charge(good)
    await processor.charge(bad)
    assert await processor.void(good.payment_id) == charged
    assert await processor.void(bad.payment_id) == Declined("card_declined")


async def test_a_card_is_kept_once_per_token(processor: Processor, sandbox: SandboxProcess) -> None:
    """The same token gives the same card; it says brand, last four and expiry, and no more."""
    token = await sandbox.token()
    card = await processor.save_card(token)
    assert (card.brand, card.last4, card.expires) == ("visa", "4242", "2040-12")
    assert await processor.save_card(token) == card


@pytest.mark.parametrize("token", ["tok_unknown", "not a token", "x" * 200])
async def test_a_token_nobody_gave_is_refused(processor: Processor, token: str) -> None:
    """An unknown token is the caller's mistake, not the processor's failure."""
    with pytest.raises(CardTokenRefused):
        await processor.save_card(token)


async def test_a_card_the_processor_does_not_have_is_a_decline(processor: Processor, sandbox: SandboxProcess) -> None:
    """What the processor refuses to look at cannot have been charged."""
    order = replace(await an_order(sandbox), card_id="card_unknown")
    assert await processor.charge(order) == Declined("card_declined")
    assert await processor.find_charge(order.payment_id) == NotFound()


async def test_the_same_key_with_another_amount_decides_nothing(processor: Processor, sandbox: SandboxProcess) -> None:
    """There is a charge under the key, but not this one: a person must look, nobody may assume."""
    order = await an_order(sandbox)
    await processor.charge(order)
    assert await processor.charge(replace(order, amount_cents=1)) == Unknown("answer_409")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"no json"),
        (200, b"[]"),
        (200, b'{"status": "succeeded"}'),
        (201, b'{"status": "pending", "charge_id": "ch_1"}'),
        (200, b'{"items": "none"}'),
        (200, b'{"items": ["charge"]}'),
        (500, b"{}"),
        (302, b"{}"),
        (409, b'{"error": "gone"}'),
        (429, b'{"error": {"code": "slow_down"}}'),
    ],
)
async def test_an_answer_that_makes_no_sense_decides_nothing(status: int, body: bytes) -> None:
    """Broken answers are unknown outcomes for charges, and an unavailable processor for cards."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers={"Location": "http://127.0.0.1:1/"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    order = ChargeOrder(uuid4(), 1, "card_1", "HC-0000-0000-0", "TEXT")
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        processor = SandboxProcessor(session, str(server.make_url("/")), 1)
        assert isinstance(await processor.charge(order), Unknown)
        assert isinstance(await processor.find_charge(order.payment_id), Unknown)
        assert isinstance(await processor.void(order.payment_id), Unknown)
        if status not in (400, 409, 422):
            with pytest.raises(ProcessorUnavailable):
                await processor.save_card("tok_1")


async def test_a_processor_that_is_away_decides_nothing() -> None:
    """A refused connection is an unknown outcome: the request before it may have arrived."""
    order = ChargeOrder(uuid4(), 1, "card_1", "HC-0000-0000-0", "TEXT")
    async with aiohttp.ClientSession() as session:
        processor = SandboxProcessor(session, "http://127.0.0.1:1", 1)
        assert isinstance(await processor.charge(order), Unknown)
        assert isinstance(await processor.find_charge(order.payment_id), Unknown)
        assert isinstance(await processor.void(order.payment_id), Unknown)
        with pytest.raises(ProcessorUnavailable):
            await processor.save_card("tok_1")


def test_every_processor_of_the_settings_is_in_the_registry() -> None:
    """What the settings allow can be opened."""
    allowed = Settings.model_fields["processor"].annotation
    assert set(allowed.__args__) == set(PROCESSORS)  # type: ignore[union-attr] # a Literal

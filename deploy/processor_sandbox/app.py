"""The routes of the processor sandbox and what each does; `__main__` serves them.

A charge is in the journal before its answer is thought of: what is slow, lost or silent is only ever the answer.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Never, assert_never

from aiohttp import web

from deploy.processor_sandbox.cards import CardBehavior, card_from
from deploy.processor_sandbox.charges import ChargeBook, ChargeResult
from deploy.processor_sandbox.errors import AnswerDropped, FailedByFault, FieldInvalid, RefusedByFault
from deploy.processor_sandbox.faults import Fault, FaultDice
from deploy.processor_sandbox.frame import CardFrame
from deploy.processor_sandbox.http import (
    MAX_BODY_BYTES,
    answer_refusals,
    idempotency_key,
    query_number,
    read_model,
    reply,
)
from deploy.processor_sandbox.requests import CardRequest, ChargeRequest, FaultRates, TokenRequest, VoidRequest
from deploy.processor_sandbox.vault import Vault

MAX_PAGE_CHARGES = 1000
MAX_CHARGE_NUMBER = 10**12


@dataclass(frozen=True, slots=True)
class Waits:
    """How long held answers are held."""

    slow_seconds: float = 20.0
    silence_seconds: float = 30.0


class ProcessorApi:
    """The handlers, over the vault, the charge book and the dice."""

    def __init__(self, vault: Vault, book: ChargeBook, waits: Waits) -> None:
        self._vault = vault
        self._book = book
        self._waits = waits
        self._dice = FaultDice()
        self._stopping = asyncio.Event()

    def application(self) -> web.Application:
        """Wire the routes; at shutdown held answers are dropped at once."""
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[answer_refusals])
        app.router.add_post("/v1/charges", self.create_charge)
        app.router.add_get("/v1/charges", self.list_charges)
        app.router.add_post("/v1/charges/void", self.void_key)
        app.router.add_post("/v1/cards", self.keep_card)
        app.router.add_post("/v1/tokens", self.create_token)
        app.router.add_put("/v1/faults", self.set_faults)
        app.router.add_get("/v1/faults", self.show_faults)
        app.router.add_get("/healthz", self.show_health)
        CardFrame().add_to(app.router)
        app.on_shutdown.append(self._stop)
        return app

    async def create_charge(self, request: web.Request) -> web.Response:
        """POST /v1/charges: one charge per key, with the faults in force and the habits of its card."""
        try:
            return await self._charged(request)
        except AnswerDropped:
            if request.transport is not None:
                request.transport.close()
            return web.Response()

    async def _charged(self, request: web.Request) -> web.Response:
        key = idempotency_key(request)
        asked = await read_model(request, ChargeRequest)
        fault = self._dice.roll()
        await self._hold(self._dice.rates.delay_seconds)
        if fault is Fault.REFUSE_503:
            raise RefusedByFault
        if fault is Fault.ERROR_500_BEFORE_CHARGE:
            raise FailedByFault
        result = self._book.charge(key, asked)
        await self._suffer(fault)
        await self._behave(result.behavior)
        return _shown(result)

    async def _suffer(self, fault: Fault | None) -> None:
        match fault:
            case Fault.CHARGE_THEN_SILENCE:
                await self._hold(self._waits.silence_seconds)
                raise AnswerDropped
            case Fault.CHARGE_THEN_500:
                raise FailedByFault
            case None | Fault.REFUSE_503 | Fault.ERROR_500_BEFORE_CHARGE:
                return
            case _:
                assert_never(fault)

    async def _behave(self, behavior: CardBehavior) -> None:
        if behavior is CardBehavior.LOSE_ANSWER:
            raise AnswerDropped
        if behavior is CardBehavior.ANSWER_LATE:
            await self._hold(self._waits.slow_seconds)

    async def _hold(self, seconds: float) -> None:
        """Wait; a stopping process does not wait but drops the answer."""
        if seconds == 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
        raise AnswerDropped

    async def _stop(self, _app: web.Application) -> None:
        self._stopping.set()

    async def list_charges(self, request: web.Request) -> web.Response:
        """GET /v1/charges: by key, by reference, or all of them, page by page, newest last."""
        names = sorted(name for name, _ in request.query.items())
        if names == ["key"]:
            return reply({"items": [charge.as_answer() for charge in self._book.list_by_key(request.query["key"])]})
        if names == ["reference"]:
            found = self._book.list_by_reference(request.query["reference"])
            return reply({"items": [charge.as_answer() for charge in found]})
        if unknown := [name for name in names if name not in {"after", "limit"}]:
            _refuse_query(unknown[0])
        after = query_number(request, "after", 0, range(MAX_CHARGE_NUMBER))
        limit = query_number(request, "limit", MAX_PAGE_CHARGES, range(1, MAX_PAGE_CHARGES + 1))
        page, next_cursor = self._book.list_after(after, limit)
        return reply({"items": [charge.as_answer() for charge in page], "next_cursor": next_cursor})

    async def void_key(self, request: web.Request) -> web.Response:
        """POST /v1/charges/void: from now on the key can never charge."""
        key = (await read_model(request, VoidRequest)).key
        self._book.void(key)
        return reply({"key": key, "voided": True})

    async def create_token(self, request: web.Request) -> web.Response:
        """POST /v1/tokens: a card's details in, a token for one purpose out, and what may be shown of the card."""
        details = (await read_model(request, TokenRequest)).card
        card = card_from(details, datetime.now(UTC).date())
        expires = f"{card.exp_year}-{card.exp_month:02}"
        return reply(
            {"token": self._vault.add_token(card), "brand": card.brand, "last4": card.last4, "expires": expires}, 201
        )

    async def keep_card(self, request: web.Request) -> web.Response:
        """POST /v1/cards: keep a token's card for later charges."""
        card_id, card = self._vault.keep_card((await read_model(request, CardRequest)).token)
        shown = {"brand": card.brand, "last4": card.last4, "exp_month": card.exp_month, "exp_year": card.exp_year}
        return reply({"card_id": card_id, **shown}, 201)

    async def set_faults(self, request: web.Request) -> web.Response:
        """PUT /v1/faults: the whole set of rates; what is left out is 0."""
        self._dice.load(await read_model(request, FaultRates))
        return reply(self._dice.rates.model_dump())

    async def show_faults(self, _request: web.Request) -> web.Response:
        """GET /v1/faults: the rates in force."""
        return reply(self._dice.rates.model_dump())

    async def show_health(self, _request: web.Request) -> web.Response:
        """GET /healthz: the process answers, and has read its journal."""
        return reply({"status": "ok"})


def _shown(result: ChargeResult) -> web.Response:
    if result.is_replay:
        return reply(result.charge.as_answer(), 200, Idempotent_Replay="true")
    return reply(result.charge.as_answer(), 201)


def _refuse_query(name: str) -> Never:
    raise FieldInvalid(name[:64], "Ask by key, or by reference, or for all with after and limit.")

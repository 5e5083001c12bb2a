"""The processor sandbox over HTTP. One connection pool; each call is bounded in time and sent once.

What a charge call can come to: an answer that says so (charged, declined), a refusal that rules out a charge (declined
for good under this key), or anything else: Unknown.
"""

from typing import Any
from uuid import UUID

import aiohttp
import orjson

from services.payments.domain.charge import Charged, ChargeOrder, Declined, NotFound, Outcome, Unknown
from services.payments.domain.decline import NOT_CHARGED, REFUSED, known_code
from services.payments.domain.method import Card
from services.payments.providers.processor import CardTokenRefused, ProcessorUnavailable

_SILENCE = (aiohttp.ClientError, TimeoutError, OSError)
_NEVER_CHARGED = {"key_voided": NOT_CHARGED, "token_used": REFUSED}
"""Refusals with 409 after which the key cannot have charged and never will."""

Answer = tuple[int, dict[str, Any]]


class SandboxProcessor:
    """A `Processor`; `timeout_seconds` bounds each call as a whole."""

    def __init__(self, session: aiohttp.ClientSession, url: str, timeout_seconds: float) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)

    async def save_card(self, token: str) -> Card:
        """See `Processor.save_card`."""
        try:
            status, answer = await self._ask("POST", "/v1/cards", {"token": token})
            if status in (200, 201):
                return _card(answer)
        except (*_SILENCE, KeyError, ValueError, TypeError) as error:
            raise ProcessorUnavailable(type(error).__name__) from error
        if status in (400, 409, 422):
            raise CardTokenRefused
        raise ProcessorUnavailable(f"answer {status}")

    async def charge(self, order: ChargeOrder) -> Outcome:
        """See `Processor.charge`."""
        body = {
            "amount_cents": order.amount_cents,
            "currency": "usd",
            "source": order.card_id,
            "reference": order.reference,
            "statement_text": order.statement_text,
        }
        try:
            status, answer = await self._ask("POST", "/v1/charges", body, key=str(order.payment_id))
        except _SILENCE as error:
            return Unknown(type(error).__name__)
        except ValueError:
            return Unknown("not_json")
        return _outcome(answer) if status in (200, 201) else _refusal(status, answer)

    async def find_charge(self, payment_id: UUID) -> Outcome | NotFound:
        """See `Processor.find_charge`."""
        try:
            status, answer = await self._ask("GET", f"/v1/charges?key={payment_id}")
        except _SILENCE as error:
            return Unknown(type(error).__name__)
        except ValueError:
            return Unknown("not_json")
        items = answer.get("items")
        if status != 200 or not isinstance(items, list):
            return Unknown(f"answer_{status}")
        return _outcome(items[0]) if items else NotFound()

    async def void(self, payment_id: UUID) -> Outcome:
        """See `Processor.void`."""
        try:
            status, answer = await self._ask("POST", "/v1/charges/void", {"key": str(payment_id)})
        except _SILENCE as error:
            return Unknown(type(error).__name__)
        except ValueError:
            return Unknown("not_json")
        if status == 200 and answer.get("voided") is True:
            return Declined(NOT_CHARGED)
        if status == 409 and "charge" in answer:
            return _outcome(answer["charge"])
        return Unknown(f"answer_{status}")

    async def _ask(self, method: str, path: str, body: dict[str, object] | None = None, *, key: str = "") -> Answer:
        """One request, never repeated. Raises what is in `_SILENCE`, or ValueError for an answer that is no object."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        async with self._session.request(
            method,
            self._url + path,
            data=orjson.dumps(body) if body is not None else None,
            headers=headers,
            timeout=self._timeout,
            allow_redirects=False,
        ) as response:
            answer = orjson.loads(await response.read())
        if not isinstance(answer, dict):
            raise ValueError("the answer is no object")  # noqa: TRY004 - orjson raises ValueError for bad JSON too
        return response.status, answer


def _card(answer: dict[str, Any]) -> Card:
    expires = f"{int(answer['exp_year']):04d}-{int(answer['exp_month']):02d}"
    return Card(str(answer["card_id"]), str(answer["brand"]), str(answer["last4"]), expires)


def _outcome(charge: object) -> Outcome:
    """Read a charge as the processor shows it; what cannot be read is Unknown, never a decline."""
    match charge:
        case {"status": "succeeded", "charge_id": str(charge_id)}:
            return Charged(charge_id)
        case {"status": "declined", **said}:
            return Declined(known_code(said.get("decline_code")))
        case _:
            return Unknown("answer_not_understood")


def _refusal(status: int, answer: dict[str, Any]) -> Outcome:
    """Tell the refusals that rule out a charge from those that do not."""
    error = answer.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if status == 409 and code in _NEVER_CHARGED:
        return Declined(_NEVER_CHARGED[code])
    if status in (400, 422):
        return Declined(REFUSED)
    return Unknown(f"answer_{status}")

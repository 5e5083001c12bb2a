"""What the demo people do, through the public API; each act may be done again and then changes nothing.

Next: `portal_client.py` makes the calls. `demo.py` says when.
"""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import assert_never

from deploy.local.demo_people import PASSWORD, Person
from deploy.local.demo_plan import Act, Card, Step
from deploy.local.portal_client import PortalClient, Refused

LABELS = {
    Card.VISA: "My Visa",
    Card.MASTERCARD: "Family card",
    Card.AMEX: "Travel card",
    Card.DECLINED: "Old card",
}


class DemoPeople:
    """The people at their computers. Who has logged in stays so until `leave`."""

    def __init__(
        self, people: Sequence[Person], portal: PortalClient, processor: PortalClient, partner_key: str
    ) -> None:
        self._people = {person.number: person for person in people}
        self._portal = portal
        self._processor = processor
        self._partner_key = partner_key
        self._tokens: dict[int, str] = {}

    async def act(self, step: Step) -> None:
        """Do what a step says. Raises Refused."""
        person = self._people[step.number]
        match step.act:
            case Act.ENROLL:
                await self._enroll(person, step)
            case Act.REGISTER:
                await self._register(person)
            case Act.JOIN:
                await self._register(person)
                await self._verify(person)
            case Act.PAY:
                await self._pay(person, step)
            case _:
                assert_never(step.act)

    async def leave(self) -> None:
        """Log out everybody who is logged in."""
        tokens = list(self._tokens.values())
        self._tokens.clear()
        await asyncio.gather(*(self._portal.call("DELETE", "/v1/sessions/current", token=token) for token in tokens))

    async def _enroll(self, person: Person, step: Step) -> None:
        assert step.starts_on is not None  # noqa: S101 - the plan gives it to each enrollment
        for enrollment in person.enrollments(step.starts_on):
            await self._portal.call("POST", "/v1/partner/enrollments", enrollment, token=self._partner_key)

    async def _register(self, person: Person) -> None:
        try:
            await self._portal.call("POST", "/v1/accounts", person.account())
        except Refused as refused:
            if refused.status != HTTPStatus.CONFLICT:
                raise

    async def _token(self, person: Person) -> str:
        if person.number not in self._tokens:
            name_and_password = {"username": person.username, "password": PASSWORD}
            session = await self._portal.call("POST", "/v1/sessions", name_and_password)
            self._tokens[person.number] = session["token"]
        return self._tokens[person.number]

    async def _verify(self, person: Person) -> None:
        token = await self._token(person)
        account = await self._portal.call("GET", "/v1/account", token=token)
        if account["status"] == "verified":
            return
        asked = await self._portal.call("POST", "/v1/account/verifications", {"method": "questions"}, token=token)
        path = f"/v1/account/verifications/{asked['verification_id']}"
        await self._portal.call("POST", path, {"answers": person.answers_to(asked["questions"])}, token=token)

    async def _pay(self, person: Person, step: Step) -> None:
        assert step.card is not None  # noqa: S101 - the plan gives one to each payment
        token = await self._token(person)
        balance = await self._portal.call("GET", "/v1/balance", token=token)
        if balance["due_now_cents"] == 0:
            return
        paying = {
            "amount_cents": balance["due_now_cents"] + step.extra_cents,
            "method_id": await self._saved_card(step.card, token),
        }
        await self._portal.call("POST", "/v1/payments", paying, token=token, key=f"demo-{person.number}-{step.on}")

    async def _saved_card(self, card: Card, token: str) -> str:
        saved = await self._portal.call("GET", "/v1/payment-methods", token=token)
        for method in saved["items"]:
            if method["last4"] == card.value[-4:]:
                return str(method["method_id"])
        details = {
            "number": card.value,
            "exp_month": 12,
            "exp_year": 2035,
            "cvc": "1234" if card is Card.AMEX else "123",
        }
        kept = await self._processor.call("POST", "/v1/tokens", {"card": details})
        method = {"type": "card", "token": kept["token"], "label": LABELS[card]}
        return str((await self._portal.call("POST", "/v1/payment-methods", method, token=token))["method_id"])

"""A person, a partner and a reader of mail, as they meet the portal from outside: HTTP and nothing else."""

import itertools
import os
from dataclasses import dataclass
from datetime import date, datetime
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp

from deploy.local.demo_people import PASSWORD, Person, Progress

GOOD_CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
PREMIUM_CENTS = 48_250
SUBSIDY_CENTS = 21_000

_numbers = itertools.count(os.getpid() % 100 * 50 + 4000)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer with its JSON."""

    status: int
    body: Any
    content_type: str

    @property
    def code(self) -> str:
        """The last word of a problem's type."""
        return str(self.body["type"]).rpartition("/")[2]


def new_person() -> Person:
    """Somebody whom no test has met."""
    number = next(_numbers)
    return Person(
        Progress.ENROLLED, number, "Ada", f"Visitor{_letters(number)}", "1984-05-17", f"523-41-{number:04d}", "07081",
        "en", "Evergreen Silver 2500", PREMIUM_CENTS, SUBSIDY_CENTS,
    )  # fmt: skip


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


class Running(Protocol):
    """A portal that runs."""

    def told(self) -> dict[str, Any]:
        """What `stack.json` says now."""


class Visitor:
    """One caller of the public API, logged in or not."""

    def __init__(self, stack: Running) -> None:
        told = stack.told()
        self.partner_key: str = told["partner_key"]
        self.token: str | None = None
        self._portal: str = told["gateway_url"]
        self._processor: str = told["processor_url"]
        self._inbox: str = told["inbox_url"]
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def _call(self, method: str, url: str, **options: Any) -> Answer:
        async with self._session.request(method, url, **options) as response:
            text = await response.read()
            body = await response.json(content_type=None) if text else None
            return Answer(response.status, body, response.content_type)

    async def call(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        """Call the portal with one's session."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if key is not None:
            headers["Idempotency-Key"] = key
        return await self._call(method, self._portal + path, json=body, headers=headers)

    async def done(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Call the portal; what is not a 2xx fails the test."""
        answer = await self.call(method, path, body, key=key)
        assert 200 <= answer.status < 300, f"{method} {path}: {answer}"
        return answer.body

    async def now(self) -> datetime:
        """Business time."""
        return datetime.fromisoformat((await self.done("GET", "/sandbox/clock"))["now"])

    async def settle(self) -> None:
        """Wait until every service has done what it had to do."""
        await self.done("POST", "/sandbox/settle")

    async def enroll(self, person: Person) -> Answer:
        """The marketplace sends this person's policies, for the next month; the last one's answer."""
        today = (await self.now()).date()
        starts_on = date(today.year + today.month // 12, today.month % 12 + 1, 1)
        headers = {"Authorization": f"Bearer {self.partner_key}"}
        url = f"{self._portal}/v1/partner/enrollments"
        answers = [await self._call("POST", url, json=sent, headers=headers) for sent in person.enrollments(starts_on)]
        return answers[-1]

    async def register(self, person: Person) -> None:
        """Create an account and log in."""
        await self.done("POST", "/v1/accounts", person.account())
        session = await self.done("POST", "/v1/sessions", {"username": person.username, "password": PASSWORD})
        self.token = session["token"]

    async def verify(self, person: Person) -> Any:
        """Answer the questions as this person would."""
        asked = await self.done("POST", "/v1/account/verifications", {"method": "questions"})
        answers = {
            question["question_id"]: person.answers()[question["question_id"]] for question in asked["questions"]
        }
        return await self.done("POST", f"/v1/account/verifications/{asked['verification_id']}", {"answers": answers})

    async def become_member(self) -> Person:
        """Somebody new who is enrolled, registered and verified, with the first bill due."""
        person = new_person()
        assert (await self.enroll(person)).status == 202
        await self.settle()
        await self.register(person)
        assert (await self.verify(person))["status"] == "verified"
        return person

    async def card_token(self, number: str = GOOD_CARD) -> str:
        """What the processor's form gives for a card: the portal never sees the number."""
        card = {"number": number, "exp_month": 12, "exp_year": 2035, "cvc": "123"}
        answer = await self._call("POST", f"{self._processor}/v1/tokens", json={"card": card})
        return str(answer.body["token"])

    async def save_card(self, number: str = GOOD_CARD) -> Any:
        """Save a card."""
        return await self.done("POST", "/v1/payment-methods", {"type": "card", "token": await self.card_token(number)})

    async def charges(self, payment_id: str) -> list[Any]:
        """What the processor has charged for a payment."""
        answer = await self._call("GET", f"{self._processor}/v1/charges", params={"key": payment_id})
        items: list[Any] = answer.body["items"]
        return items

    async def mails_to(self, person: Person) -> list[Any]:
        """The mails in the inbox page for this person."""
        answer = await self._call("GET", f"{self._inbox}/api/email")
        return [mail for mail in answer.body if any(to["address"] == person.email for to in mail["to"])]

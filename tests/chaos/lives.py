"""What members do all day while things break: pay, plan payments and cancel them, look, log in, save cards; and what
partners do meanwhile: enroll. Each act goes on until it is answered, however long that takes.

Whatever an answer says is held against what was asked for: the amount, the method, the reference that was told before.
`run.py` begins these lives and ends them; `client.py` makes the calls.
"""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from tests.chaos.client import Answer, Client
from tests.chaos.paying import (
    DECLINED_CARD,
    GOOD_CARD,
    LOST_CARD,
    PASSWORD,
    PREMIUM_CENTS,
    SLOW_CARD,
    Member,
    Told,
    card,
    enrollment,
)
from tests.identity.edi import large_file

DECLINES = 2
"""Far enough from the five an hour after which a member has to wait: the processor's faults may add to them."""

HOUR_OF_REST = (429, "too-many-declines")
LOOKED_AT = ("/v1/balance", "/v1/bills", "/v1/payments?limit=20", "/v1/policies", "/v1/notifications")
PAGES = ("/help", "/dashboard", "/bills", "/payments", "/pay", "/settings")
LATEST_DAYS = 4
FILE_MEMBERS, FILE_TYPE = 120, "application/edi-x12"


@dataclass
class Life:
    """One place where a member sits: a session of its own, acts one after the other."""

    member: Member
    told: Told
    portal: Client
    processor: Client
    partner_key: str
    starts_on: date
    rng: random.Random
    session: str = ""
    methods: list[str] = field(default_factory=list)
    planned: list[str] = field(default_factory=list)
    made: dict[str, int] = field(default_factory=dict)
    payment_ids: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    declines_left: int = DECLINES
    weights: "Weights" = field(default_factory=lambda: WEIGHTS)

    async def sit_down(self) -> None:
        """Log in, and have cards that answer late, lose the answer, or are declined."""
        await self._log_in()
        self.methods = [await self._save(number) for number in (GOOD_CARD, LOST_CARD, SLOW_CARD, DECLINED_CARD)]

    async def act(self) -> None:
        """Do the next thing, by the dice of this life."""
        (chosen,) = self.rng.choices(list(self.weights), weights=list(self.weights.values()))
        await chosen(self)

    async def pay(self) -> None:
        """Pay now; now and then send it again afterwards, which shows the same payment."""
        key, body = uuid4().hex, {"amount_cents": self._cents(), "method_id": self._method()}
        first = await self._pay(key, body)
        if first.status == 201 and self.rng.random() < 0.2:
            again = await self._pay(key, body)
            self._expect(again.body, "payment_id", first.body["payment_id"])
            self._expect(again.body, "reference", first.body["reference"])

    async def pay_as_shown(self) -> None:
        """Pay what a preview shows, as the pages do; where the balance has changed, look at the fresh preview."""
        body = {"amount_cents": self._cents(), "method_id": self.methods[0]}
        preview = (await self._ask("POST", "/v1/payments/preview", body)).body
        for _ in range(20):
            made = await self._pay(uuid4().hex, {**body, "quote_id": preview["quote_id"]})
            if made.code != "quote-stale":
                return
            preview = made.body["preview"]

    async def pay_by_a_card_for_once(self) -> None:
        """Pay by a card that is not kept."""
        method = {"type": "card", "token": await self._token(GOOD_CARD)}
        await self._pay(uuid4().hex, {"amount_cents": self._cents(), "method": method})

    async def plan(self) -> None:
        """Schedule a payment on one of the next days, as far as one may."""
        body = {"amount_cents": self._cents(), "method_id": self.methods[0]}
        preview = (await self._ask("POST", "/v1/payments/preview", body)).body
        if preview["latest_pay_on"] is None:
            return
        today, latest = date.fromisoformat(preview["counts_on"]), date.fromisoformat(preview["latest_pay_on"])
        days = min((latest - today).days, LATEST_DAYS)
        pay_on = today + timedelta(days=self.rng.randint(1, max(1, days)))
        made = await self._pay(uuid4().hex, {**body, "pay_on": pay_on.isoformat()})
        if made.status == 201 and made.body["status"] == "scheduled":
            self.planned.append(made.body["reference"])

    async def cancel(self) -> None:
        """Cancel a payment that was planned; it may be too late."""
        if not self.planned:
            return
        reference = self.planned.pop(self.rng.randrange(len(self.planned)))
        too_late = ((409, "too-late-to-cancel"), (409, "not-cancelable"))
        canceled = await self._ask("POST", f"/v1/payments/{reference}/cancel", right=(200, *too_late))
        if canceled.status == 200:
            self._expect(canceled.body, "status", "canceled")

    async def look(self) -> None:
        """See the balance, the bills, the history, and one of the payments made here."""
        await self._ask("GET", self.rng.choice(LOOKED_AT))
        if self.made:
            reference = self.rng.choice(list(self.made))
            shown = (await self._ask("GET", f"/v1/payments/{reference}")).body
            self._expect(shown, "reference", reference)
            if shown["agreed_cents"] is None:
                self._expect(shown, "amount_cents", self.made[reference])

    async def look_at_a_page(self) -> None:
        """See one of the portal's pages in a browser."""
        await self.portal.page(
            self.rng.choice([*PAGES, *(f"/payments/{it}" for it in list(self.made)[-1:])]), self.session
        )

    async def read_history(self) -> set[str]:
        """The ids of all payments in the history, page by page."""
        found: set[str] = set()
        path = "/v1/payments?limit=100"
        while True:
            shown = (await self._ask("GET", path)).body
            found |= {payment["payment_id"] for payment in shown["items"]}
            if shown["next_cursor"] is None:
                return found
            path = f"/v1/payments?limit=100&cursor={quote(shown['next_cursor'])}"

    async def come_again(self) -> None:
        """Log in anew, and end the session of before."""
        before = self.session
        await self._log_in()
        ended = (401, "session-ended")
        await self.portal.call("DELETE", "/v1/sessions/current", token=before, right=(204, ended))

    async def save_card(self) -> None:
        """Save a card, pay with it, take it away again."""
        method_id = await self._save(GOOD_CARD)
        await self._pay(uuid4().hex, {"amount_cents": self._cents(), "method_id": method_id})
        await self._ask("DELETE", f"/v1/payment-methods/{method_id}", right=(204, 404))

    async def change_enrollment(self) -> None:
        """The marketplace changes the premium of this member's policy, and enrolls somebody new."""
        changed = enrollment(self.member.name, self.starts_on)
        changed["action"], changed["control_number"] = "change", f"CHAOS-{self.member.name}-{uuid4().hex[:8]}"
        changed["policy"]["premium_cents"] = PREMIUM_CENTS + self.rng.randint(1, 5_000)
        await self._tell(changed)
        letters = "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex[:10])
        await self._tell(enrollment(f"New{letters}", self.starts_on))

    async def send_file(self) -> None:
        """The marketplace sends a file of enrollments, most of which are known."""
        content = b"".join(large_file(FILE_MEMBERS, control_number=self.rng.randrange(10**9)))
        await self.portal.call(
            "POST", "/v1/partner/enrollments/834", content, token=self.partner_key, right=(202,), file_type=FILE_TYPE
        )

    async def _tell(self, body: dict[str, Any]) -> None:
        await self.portal.call("POST", "/v1/partner/enrollments", body, token=self.partner_key, right=(202,))

    async def _log_in(self) -> None:
        body = {"username": self.member.username, "password": PASSWORD}
        begun = await self.portal.call("POST", "/v1/sessions", body, right=(201,))
        self.session = begun.body["token"]

    async def _token(self, number: str) -> str:
        return str((await self.processor.call("POST", "/v1/tokens", card(number), right=(201,))).body["token"])

    async def _save(self, number: str) -> str:
        body = {"type": "card", "token": await self._token(number)}
        return str((await self._ask("POST", "/v1/payment-methods", body, right=(201,))).body["method_id"])

    async def _pay(self, key: str, body: dict[str, Any]) -> Answer:
        right = (201, (409, "quote-stale"), (422, "pay-on-not-allowed"), HOUR_OF_REST)
        answer = await self._ask("POST", "/v1/payments", body, key=key, right=right)
        if answer.status == 201:
            payment = answer.body
            self.payment_ids.add(payment["payment_id"])
            self.told.keep(payment, body.get("method_id"))
            if payment["agreed_cents"] is None:
                self._expect(payment, "amount_cents", body["amount_cents"])
            self.made[payment["reference"]] = body["amount_cents"]
        return answer

    async def _ask(self, method: str, path: str, body: Any = None, *, key: str = "", right: Any = (200,)) -> Answer:
        return await self.portal.call(method, path, body, token=self.session, key=key, right=right)

    def _expect(self, body: dict[str, Any], name: str, wanted: object) -> None:
        if body[name] != wanted:
            self.wrong.append(f"{name} is {body[name]!r} and should be {wanted!r} in {body}")

    def _cents(self) -> int:
        return self.rng.randint(100, 400)

    def _method(self) -> str:
        drawn = self.rng.random()
        if drawn < 0.01 and self.declines_left > 0:
            self.declines_left -= 1
            return self.methods[3]
        return self.methods[1] if drawn < 0.04 else self.methods[2] if drawn < 0.045 else self.methods[0]


Weights = Mapping[Callable[[Life], Awaitable[None]], float]
WEIGHTS: Weights = {
    Life.pay: 50,
    Life.pay_as_shown: 12,
    Life.pay_by_a_card_for_once: 6,
    Life.plan: 8,
    Life.cancel: 4,
    Life.look: 12,
    Life.look_at_a_page: 8,
    Life.come_again: 3,
    Life.save_card: 3,
    Life.change_enrollment: 2,
    Life.send_file: 0.5,
}
PLANNING: Weights = {Life.plan: 5, Life.cancel: 3, Life.pay: 2}
SAVING_CARDS: Weights = {Life.save_card: 3, Life.pay_by_a_card_for_once: 3, Life.pay: 1}
SENDING_FILES: Weights = {Life.send_file: 3, Life.change_enrollment: 3, Life.pay: 4}

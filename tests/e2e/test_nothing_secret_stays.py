"""After a full run, with mistakes in it: no SSN, card number, password or token in tables, queues, logs, mails, errors.

What is searched is all that the portal has kept and said so far, by whichever test.
"""

import asyncio
from typing import Any

import pytest

from deploy.local.demo_people import PASSWORD, Person
from tests.e2e.portal import DECLINED_CARD, GOOD_CARD, Visitor
from tests.e2e.searching import card_numbers, files, listening, places_of, tables, waiting
from tests.e2e.stack_process import StackProcess

pytestmark = pytest.mark.timeout(300)
NEW_PASSWORD = "Copper-Lantern-63"
IN_GROUPS = "4242 4242 4242 4242"


@pytest.mark.parametrize("text", [GOOD_CARD, IN_GROUPS, "x=378282246310005;", "5555-5555-5555-4444"])
def test_a_card_number_would_be_found(text: str) -> None:
    """The search finds what it is for."""
    assert list(card_numbers(f"at 1798761600123456 {text}"))


@pytest.mark.parametrize("text", ["4242424242424241", "a4242424242424242", "1798761600123456", "2027-01-01 12:00:00"])
def test_what_is_no_card_number_is_not_found(text: str) -> None:
    """Times, ids, hashes and numbers with a wrong check digit are none."""
    assert not list(card_numbers(text))


async def everything_goes_wrong(visitor: Visitor, person: Person) -> list[Any]:
    """What people type into the wrong places; returns all that they were answered."""
    account = person.account()
    typed = [GOOD_CARD, IN_GROUPS, person.ssn, person.ssn.replace("-", "")]
    answers = [
        await visitor.call("POST", "/v1/accounts", account | {"ssn": f"{person.ssn}1"}),
        await visitor.call("POST", "/v1/accounts", account | {"password": person.ssn, "username": "somebody.else"}),
        await visitor.call("POST", "/v1/accounts", account | {"username": person.ssn}),
        await visitor.call("POST", "/v1/accounts", account | {person.ssn: GOOD_CARD}),
    ]
    for secret in typed:
        answers += [
            await visitor.call("POST", "/v1/sessions", {"username": secret, "password": secret}),
            await visitor.call("POST", "/v1/password-resets", {"username": secret}),
            await visitor.call("POST", "/v1/cases", {"topic": "other", "message": f"My number is {secret}."}),
            await visitor.call("POST", "/v1/cases", {"topic": secret, "message": "Hello", "payment_reference": secret}),
            await visitor.call("POST", "/v1/payment-methods", {"type": "card", "token": secret}),
            await visitor.call(
                "POST", "/v1/payments", {"amount_cents": 1, "method": {"type": "card", "token": secret}}
            ),
            await visitor.call("GET", f"/v1/payments/{secret}"),
            await visitor.call("GET", f"/v1/track/{secret}"),
            await visitor.call("GET", f"/v1/bills?policy_id={secret}&{secret}=1"),
            await visitor.call("PATCH", f"/{secret}"),
        ]
    answers += [
        await visitor.call("POST", "/v1/sessions", {"username": PASSWORD, "password": PASSWORD}),
        await visitor.call("POST", "/v1/password-resets", {"username": PASSWORD}),
    ]
    token = await visitor.card_token()
    answers.append(
        await visitor.call("POST", "/v1/payment-methods", {"type": "card", "token": token, "label": IN_GROUPS})
    )
    assert [answer.body for answer in answers if answer.status not in (202, 400, 401, 404, 405, 422, 429)] == []
    return [answer.body for answer in answers]


async def test_nothing_secret_stays_anywhere(stack: StackProcess, visitor: Visitor) -> None:
    """A first visit with every mistake, a declined and a good card, a new password, a link by mail; then the search."""
    told = stack.told()
    async with listening(told["operator_amqp_url"]) as heard:
        person = await visitor.become_member()
        tokens = [str(visitor.token), told["partner_key"]]
        answers = await everything_goes_wrong(visitor, person)
        for number in (DECLINED_CARD, GOOD_CARD):
            card = await visitor.save_card(number)
            wanted = {"amount_cents": 1_000, "method_id": card["method_id"]}
            await visitor.done("POST", "/v1/payments", wanted, key=f"secrets-{number[-4:]}")
        passwords = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
        await visitor.done("PUT", "/v1/account/password", passwords)
        await visitor.done("POST", "/v1/password-resets", {"username": person.username})
        await visitor.done("GET", "/v1/sessions")
        await visitor.settle()
        async with asyncio.timeout(20):
            while not any("session.ended" in said or "security.changed" in said for said in heard):
                await asyncio.sleep(0.1)
    places = {
        **await tables(told["operator_dsn"]),
        **await waiting(told["operator_amqp_url"]),
        "what was said": " ".join(heard),
        "answers": str(answers),
        **files(stack.folder.root, ".log", ".eml"),
    }
    assert {"identity.account", "payments.payment", "notify.delivery", "payments.inbox"} <= set(places)
    assert {f"log/{name}.log" for name in ("gateway", "identity", "payments", "notify")} <= set(places)
    assert len(heard) > 10
    secrets = [person.ssn, person.ssn.replace("-", ""), PASSWORD, NEW_PASSWORD, GOOD_CARD, DECLINED_CARD, *tokens]
    assert places_of(secrets, places) == []
    assert [(place, list(card_numbers(text))) for place, text in places.items() if any(card_numbers(text))] == []

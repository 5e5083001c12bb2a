"""Some hundred requests for each service from the API document, before all services: what it says is what comes.

`make fuzz` sends many more to a whole portal.
"""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from shared.testing.servers import Servers
from tests.contracts.conftest import own_database
from tests.contracts.portal_world import PARTNER_KEY, Portal, open_portal
from tests.fuzz.fuzzing import MEMBER, Fuzzer
from tests.identity import people

pytestmark = pytest.mark.timeout(300)
REQUESTS = 800


async def done(portal: Portal, method: str, path: str, body: Any = None) -> Any:
    """A call of the member, which works."""
    answered = await portal.gateway.call(method, path, token=portal.session, body=body, key=uuid4().hex)
    assert answered.status < 300, answered.body
    return answered.body


async def test_what_the_document_says_is_what_comes(
    run_servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whoever asks, rightly or wrongly: a status, a type and a form that the document names; no failure of ours."""
    journal = tmp_path_factory.mktemp("processor") / "journal.jsonl"
    async with own_database(run_servers) as dsn, open_portal(dsn, journal) as portal:
        loop = asyncio.get_running_loop()
        known = await values_that_are_there(portal)
        document = (await portal.gateway.call("GET", "/openapi.json")).body

        def token(kind: str) -> str:
            return (
                asyncio.run_coroutine_threadsafe(new_session(portal), loop).result() if kind == MEMBER else PARTNER_KEY
            )

        fuzzer = Fuzzer(portal.gateway.url, document, token, known)
        report = await asyncio.to_thread(fuzzer.run, REQUESTS, 1)
    assert report.failures == {}, "\n".join(report.lines())
    assert report.requests > REQUESTS * 0.8
    assert report.answers[200] + report.answers[201] > REQUESTS * 0.1, report.answers


async def new_session(portal: Portal) -> str:
    """A session: some requests end the one that was."""
    log_in = {"username": "maria.garcia", "password": people.PASSWORD}
    return str((await portal.gateway.call("POST", "/v1/sessions", body=log_in)).body["token"])


async def values_that_are_there(portal: Portal) -> dict[str, list[Any]]:
    """One of everything that has an id."""
    card = await done(portal, "POST", "/v1/payment-methods", {"type": "card", "token": await portal.processor.token()})
    wanted = {"amount_cents": 1_000, "method_id": card["method_id"]}
    paid = await done(portal, "POST", "/v1/payments", wanted)
    case = await done(portal, "POST", "/v1/cases", {"topic": "other", "message": "Hello"})
    [policy] = (await done(portal, "GET", "/v1/policies"))["items"]
    [bill] = (await done(portal, "GET", "/v1/bills"))["items"]
    return {
        "policy_id": [policy["policy_id"]],
        "policy_ids": [[policy["policy_id"]]],
        "bill_id": [bill["bill_id"]],
        "method_id": [card["method_id"]],
        "payment_id_or_reference": [paid["payment_id"]],
        "reference": [paid["reference"]],
        "case_id": [case["case_id"]],
    }

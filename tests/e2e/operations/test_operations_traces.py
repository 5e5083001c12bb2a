"""Traces: what one payment did, through every service and the broker, is one tree, and nothing personal is in it."""

import json
from uuid import uuid4

import aiohttp
import pytest

from tests.e2e.operations.conftest import Watched
from tests.e2e.operations.receiver import Seen, Tree, tree
from tests.e2e.portal import DECLINED_CARD, GOOD_CARD, Visitor

pytestmark = pytest.mark.timeout(400)

LETTER: Tree = [
    ("notify: consume payment.succeeded.v1", [
        ("notify: send mail", [
            ("notify: transaction", [
                ("notify: publish notification.sent.v1", []),
            ]),
        ]),
    ]),
]  # fmt: skip
PAYMENT: Tree = [
    ("gateway: POST /v1/payments", [
        ("gateway: POST payments", [
            ("payments: POST /v1/payments", [
                ("payments: accept together", []),
                ("payments: processor charge", []),
                ("payments: publish payment.accepted.v1", []),
                ("payments: read together", []),
                ("payments: transaction", [
                    ("payments: publish bill.paid.v1", []),
                    ("payments: publish payment.succeeded.v1", LETTER),
                    ("payments: publish policy.coverage_changed.v1", []),
                ]),
            ]),
        ]),
    ]),
]  # fmt: skip


async def trace_of_payment(watched: Watched, member: Visitor, **headers: str) -> list[Seen]:
    """Pay the first bill; the steps that this took, once its letter has left."""
    method_id = (await member.save_card())["method_id"]
    told, seen_before = watched.told(), len(watched.receiver.spans)
    body = {"amount_cents": 27_250, "method_id": method_id}
    sent = {"Authorization": f"Bearer {member.token}", "Idempotency-Key": uuid4().hex, **headers}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{told['gateway_url']}/v1/payments", json=body, headers=sent) as response,
    ):
        assert response.status == 201, await response.text()
    await member.settle()

    def whole() -> list[Seen]:
        new = watched.receiver.spans[seen_before:]
        roots = [span for span in new if span.title == "gateway: POST /v1/payments"]
        spans = watched.receiver.trace(roots[0].trace_id) if roots else []
        return spans if len(spans) == count(PAYMENT) else []

    found: list[Seen] = await watched.receiver.until(whole)
    return found


def count(steps: Tree) -> int:
    """How many steps a tree has."""
    return sum(1 + count(below) for _, below in steps)


async def test_a_payment_is_one_trace(watched: Watched, member: Visitor) -> None:
    """From the public call to the processor, the ledger, the broker and the letter: one tree, and no failed step."""
    spans = await trace_of_payment(watched, member)
    assert tree(spans) == PAYMENT
    assert not any(span.failed for span in spans)
    kinds = {span.title: span.kind for span in spans}
    assert kinds["gateway: POST /v1/payments"] == kinds["payments: POST /v1/payments"] == "server"
    assert kinds["gateway: POST payments"] == kinds["payments: processor charge"] == "client"
    assert kinds["payments: publish payment.succeeded.v1"] == "producer"
    assert kinds["notify: consume payment.succeeded.v1"] == "consumer"


async def test_log_lines_say_their_trace(watched: Watched, member: Visitor) -> None:
    """Whoever reads that a payment has succeeded, or that its letter was sent, finds the trace by its id."""
    spans = await trace_of_payment(watched, member)
    for service, event in (("payments", "payment_succeeded"), ("notify", "delivery_sent")):
        log = (watched.stack.folder.logs / f"{service}.log").read_text(encoding="utf-8")
        lines = [json.loads(line) for line in log.splitlines() if f'"event":"{event}"' in line]
        assert spans[0].trace_id in [line.get("trace_id") for line in lines]


async def test_nobody_outside_says_which_trace_a_request_belongs_to(watched: Watched, member: Visitor) -> None:
    """A traceparent from a browser or a program is not believed: it could join strangers' traces, or ask for all."""
    foreign = f"{7:032x}"
    spans = await trace_of_payment(watched, member, traceparent=f"00-{foreign}-{7:016x}-01")
    assert tree(spans) == PAYMENT
    assert watched.receiver.trace(foreign) == []


async def test_a_trace_says_nothing_personal(watched: Watched) -> None:
    """Names, addresses, what was asked for in paths and queries, tokens and cards: none of it leaves in a trace."""
    async with Visitor(watched) as visitor:
        person = await visitor.become_member()
        await visitor.save_card()
        await visitor.call("GET", "/v1/track/HC-7777-7777-7?secret=in-the-query")
        await watched.receiver.until(
            lambda: any(span.title == "gateway: GET /v1/track/{reference}" for span in watched.receiver.spans)
        )
        forbidden = [person.last, person.email, person.username, person.ssn, visitor.token or "-", GOOD_CARD]
    for text in (*forbidden, "HC-7777", "in-the-query", "127.0.0.1"):
        assert text.encode() not in watched.receiver.raw, text
    names = {name for span in watched.receiver.spans for name in span.attributes}
    assert names == {
        "http.request.method", "http.route", "http.response.status_code", "db.system.name", "messaging.message.id",
        "portal.outcome",
    }  # fmt: skip


async def test_a_decline_is_told_and_is_no_failure(watched: Watched, member: Visitor) -> None:
    """The step at the processor says what came of it; nothing of ours has failed."""
    token = await member.card_token(DECLINED_CARD)
    body = {"amount_cents": 100, "method": {"type": "card", "token": token}}
    assert (await member.done("POST", "/v1/payments", body, key=uuid4().hex))["status"] == "declined"

    def declined() -> list[Seen]:
        asked = [it for it in watched.receiver.spans if it.name == "processor charge"]
        return [it for it in asked if it.attributes["portal.outcome"] == "declined"]

    assert [span.failed for span in await watched.receiver.until(declined)] == [False]

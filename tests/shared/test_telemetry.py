"""Traces: off they cost nothing, on they tell steps and failures without a word of what was said."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
import pytest
import structlog

from shared import outbox, telemetry
from shared.db import Database
from shared.fact import Envelope
from shared.relay import Relay
from tests.conftest import app_dsn
from tests.e2e.operations.receiver import Receiver, receiving, tree
from tests.shared.test_outbox_inbox import QUEUE, delivery, in_background, thing

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LISTS_MODULES = """
import sys
import services.{service}.wiring
print([name for name in sys.modules if name.startswith(("opentelemetry", "google.protobuf"))])
"""


@asynccontextmanager
async def traced(ratio: float = 1.0) -> AsyncIterator[Receiver]:
    """A receiver that has everything once the block has ended."""
    async with receiving() as receiver, telemetry.tracing("tests", receiver.url, ratio):
        yield receiver


def is_sampled(traceparent: str) -> bool:
    """Whether a traceparent says that the trace is recorded: the last bit of its flags."""
    return int(traceparent.rpartition("-")[2], 16) & 1 == 1


@pytest.mark.parametrize("service", ["gateway", "payments"])
async def test_nothing_of_opentelemetry_is_loaded_while_tracing_is_off(service: str) -> None:
    """A service that nobody traces pays no memory for it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LISTS_MODULES.format(service=service), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert (process.returncode, out) == (0, b"[]\n")


async def test_without_an_endpoint_steps_are_nothing_and_headers_are_as_they_were() -> None:
    """Off, the same object stands for every step, and what is sent to others is not touched."""
    headers = {"Accept": "application/json"}
    async with telemetry.tracing("tests", None, 1.0):
        assert not telemetry.is_on()
        assert telemetry.step("a") is telemetry.begin("b", "server", PARENT) is telemetry.NOTHING
        assert telemetry.follow("c", "consumer", PARENT) is telemetry.NOTHING
        assert telemetry.passed_on(headers) is headers
        assert telemetry.traceparent() == ""


async def test_a_step_that_is_off_costs_less_than_two_microseconds() -> None:
    """A payment has about fifteen of them: together they must not be measurable beside its milliseconds."""

    def seconds() -> float:
        started = time.perf_counter()
        for _ in range(10_000):
            with telemetry.step("transaction", "client", {"db.system.name": "postgresql"}):
                pass
        return time.perf_counter() - started

    assert min(seconds() for _ in range(5)) / 10_000 < 2e-6


async def test_steps_belong_to_the_trace_that_was_told() -> None:
    """A traceparent is continued, steps lie in one another, and the last one can be passed on."""
    async with traced() as receiver:
        with telemetry.begin("request", "server", PARENT), telemetry.step("inside"):
            passed = telemetry.passed_on({})["traceparent"]
    assert tree(receiver.spans) == [("tests: request", [("tests: inside", [])])]
    request, inside = sorted(receiver.spans, key=lambda span: span.name, reverse=True)
    assert f"00-{request.trace_id}-{request.parent_id}-01" == PARENT
    assert passed == f"00-{inside.trace_id}-{inside.span_id}-01"


@pytest.mark.parametrize("told", ["", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", PARENT[:-3] + "'\n"])
async def test_what_tells_no_trace_begins_one_or_is_left_alone(told: str) -> None:
    """A request begins a trace of its own; a message that was written without one is handled without one."""
    async with traced() as receiver:
        with telemetry.begin("request", "server", told):
            assert telemetry.traceparent()
        with telemetry.follow("message", "consumer", told), telemetry.step("transaction"):
            assert telemetry.traceparent() == ""
    assert [(span.name, span.parent_id) for span in receiver.spans] == [("request", "")]


async def test_a_step_alone_is_nothing() -> None:
    """Timers look for work every second: what belongs to no request and no event makes no trace."""
    async with traced() as receiver:
        with telemetry.step("transaction"):
            assert telemetry.traceparent() == ""
    assert receiver.spans == []


async def test_a_failure_is_told_by_its_class_alone() -> None:
    """The text of an error and the values around it may be personal: neither leaves."""
    async with traced() as receiver:
        with pytest.raises(ValueError, match="219-09"), telemetry.begin("request", "server"):
            raise ValueError("219-09-9999 is taken")
    (span,) = receiver.spans
    assert (span.failed, span.attributes) == (True, {"error.type": "ValueError"})
    assert b"219-09" not in receiver.raw


@pytest.mark.parametrize(("status", "failed"), [(200, False), (404, False), (500, True), (503, True)])
async def test_an_answer_of_500_and_more_is_a_failed_step(status: int, *, failed: bool) -> None:
    """What a caller did wrong is no failure of ours."""
    async with traced() as receiver:
        with telemetry.begin("request", "server") as step:
            step.set("http.response.status_code", status)
    assert [span.failed for span in receiver.spans] == [failed]


async def test_the_share_that_is_traced_is_decided_once() -> None:
    """With a ratio of nothing no request is traced, one that was decided elsewhere is, and that is passed on."""
    async with traced(0.0) as receiver:
        with telemetry.begin("not traced", "server"), telemetry.step("inside"):
            assert not is_sampled(telemetry.traceparent())
        with telemetry.begin("traced", "server", PARENT):
            assert is_sampled(telemetry.traceparent())
    assert [span.name for span in receiver.spans] == ["traced"]


async def test_log_lines_say_their_trace_only_inside_of_it() -> None:
    """`trace_id` is bound while a request or an event is handled, and gone for the next one on that connection."""
    async with traced():
        with telemetry.begin("request", "server", PARENT), telemetry.step("inside"):
            bound = structlog.contextvars.get_contextvars()["trace_id"]
        assert bound == PARENT.split("-")[1]
        assert "trace_id" not in structlog.contextvars.get_contextvars()


MAKES_SPANS = """
import asyncio, time
from shared import telemetry
async def main():
    async with telemetry.tracing("tests", "http://127.0.0.1:1", 1.0):
        started = time.monotonic()
        for _ in range(5000):
            with telemetry.begin("request", "server"):
                pass
        print(time.monotonic() - started)
asyncio.run(main())
"""


async def test_a_receiver_that_is_away_holds_up_nobody() -> None:
    """Where traces cannot be sent they are dropped, and the process still ends within seconds."""
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", MAKES_SPANS, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    assert float(out.split()[0]) < 5
    assert time.monotonic() - started < 15


def test_messages_with_and_without_a_trace_are_both_read() -> None:
    """An old message has no `ce-traceparent`, and a new one without a trace is the same as an old one."""
    plain = delivery(thing(1)).envelope
    assert "ce-traceparent" not in plain.headers()
    assert Envelope.from_headers(plain.headers()) == plain
    told = Envelope.from_headers({**plain.headers(), "ce-traceparent": PARENT})
    assert (told.traceparent, told.headers()["ce-traceparent"]) == (PARENT, PARENT)


async def test_a_relay_that_does_not_trace_passes_on_what_a_fact_tells(
    payments_db: Database, portal_database: str, amqp_url: str
) -> None:
    """A fact of a traced request keeps its trace on the way, and one of no trace has none."""
    async with traced():
        with telemetry.begin("request", "server", PARENT):
            await payments_db.write(lambda tx: outbox.add(tx, thing(1)))
    await payments_db.write(lambda tx: outbox.add(tx, thing(2)))
    relay = Relay(app_dsn("payments", portal_database), amqp_url, "test")
    connection = await aio_pika.connect(amqp_url)
    async with connection, in_background(relay.run):
        queue = await (await connection.channel()).get_queue(QUEUE)
        async with queue.iterator(timeout=20) as messages:
            told = [(await anext(messages)).headers.get("ce-traceparent") for _ in range(2)]
    assert str(told[0]).split("-")[1] == PARENT.split("-")[1]
    assert told[1] is None

"""The local stack as a person at a terminal meets it: taken ports, Ctrl-C, a killed service, a killed runner."""

import contextlib
import os
import signal
import socket
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local.orphans import living_pid
from shared.native.ports import is_free
from tests.e2e.portal import Visitor
from tests.e2e.stack_process import StackProcess, alive, descendants

pytestmark = pytest.mark.timeout(400)
USUAL_PORTS = (5432, 5672, 8080)


@pytest.fixture
def taken_ports() -> Iterator[None]:
    """Strangers sit on the usual ports of PostgreSQL, RabbitMQ and the portal."""
    with contextlib.ExitStack() as strangers:
        for port in USUAL_PORTS:
            with contextlib.suppress(OSError):  # taken indeed
                strangers.enter_context(socket.create_server(("127.0.0.1", port)))
        yield


@pytest.fixture
async def own_folder(tmp_path: Path) -> AsyncIterator[Path]:
    """A folder for a stack; whatever is in it afterwards ends and goes."""
    root = tmp_path / "local"
    yield root
    await StackProcess(root).discard()


@pytest.mark.usefixtures("taken_ports")
async def test_a_stack_starts_beside_others_and_ctrl_c_ends_all_of_it(own_folder: Path) -> None:
    """Taken ports are passed over; a killed runner's rest is ended by the next start; Ctrl-C leaves no process."""
    stack = StackProcess(own_folder, "--without-demo-data")
    await stack.start()
    await stack.line_with("8080 is taken by another program: the gateway is at ")
    await stack.until_ready()
    first = stack.told()
    assert not {first["postgres"]["port"], first["rabbitmq"]["port"]} & set(USUAL_PORTS)
    assert not first["gateway_url"].endswith(":8080")
    assert stat.S_IMODE(stack.folder.stack_file.stat().st_mode) == 0o600
    orphans = descendants(stack.process.pid)
    assert set(stack.pids().values()) <= orphans

    stack.process.kill()
    await stack.process.wait()
    assert set(alive(stack.pids().values())) == set(stack.pids().values())

    again = StackProcess(own_folder, "--without-demo-data")
    await again.start()
    assert "payments" in await again.line_with("Ended what an interrupted run had left")
    await again.until_ready()
    assert not alive(orphans)
    second = again.told()
    assert (second["gateway_url"], second["partner_key"]) == (first["gateway_url"], first["partner_key"])

    started = descendants(again.process.pid)
    assert await again.interrupt() == 0
    assert not alive(started)
    assert not again.folder.stack_file.exists()
    assert is_free(second["postgres"]["port"])


async def test_a_killed_service_is_named_and_started_again(stack: StackProcess, visitor: Visitor) -> None:
    """When payments is killed the terminal says so, and how; it works again, and scripts find its new process."""
    heard = len(stack.said)
    killed = stack.pids()["payments"]
    os.kill(killed, signal.SIGKILL)
    await stack.line_with("payments was ended by SIGKILL", after=heard)
    await stack.line_with("payments runs again", after=heard)
    assert stack.pids()["payments"] not in (killed, None)
    await visitor.become_member()
    assert (await visitor.done("GET", "/v1/balance"))["due_now_cents"] > 0


async def test_killed_servers_are_named_and_started_again_with_their_data(
    stack: StackProcess, visitor: Visitor
) -> None:
    """PostgreSQL and RabbitMQ come back after a kill, on their ports; what was there before is there."""
    person = await visitor.become_member()
    heard = len(stack.said)
    before = stack.told()
    for server in ("postgres", "rabbitmq"):
        os.kill(before[server]["pid"], signal.SIGKILL)
        await stack.line_with(f"{server} was ended by SIGKILL", after=heard)
    for server in ("postgres", "rabbitmq"):
        await stack.line_with(f"{server} runs again", after=heard)
        assert stack.told()[server]["port"] == before[server]["port"]
        assert stack.told()[server]["pid"] != before[server]["pid"]
    await stack.until_all_up()
    assert (await visitor.done("GET", "/v1/account"))["email"] == person.email
    await visitor.become_member()


async def test_a_second_start_says_that_one_runs(stack: StackProcess) -> None:
    """A second `make up` over the same folder ends with one line and status 1, and leaves the first alone."""
    second = StackProcess(stack.folder.root, "--without-demo-data")
    await second.start()
    assert await second.process.wait() == 1
    await second.line_with(f"The stack runs here already (process {stack.process.pid})")
    assert living_pid(stack.folder.runner_pid) == stack.process.pid
    await stack.until_all_up()
    assert len(stack.pids()) == 6

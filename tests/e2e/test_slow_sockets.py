"""500 callers who are slow on purpose: the gateway lets go of each within 20 s, and everybody else does not notice.

Some say nothing, some send a header or a body byte by byte, some ask for much and take it byte by byte. What counts is
what the process holds: its open files, as the system counts them.
"""

import asyncio
import os
import re
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.e2e.portal import Visitor
from tests.e2e.stack_process import StackProcess

pytestmark = pytest.mark.timeout(300)
SOCKETS = 500
CUT_WITHIN_SECONDS = 20.0
BEFORE_SECONDS = 4.0
WORKERS = 3
OTHERS = 40  # connections of everybody else, to the services too
NOISE_SECONDS = 0.05  # what a busy machine adds to the slowest of some hundred requests, slow callers or not
HEADER = b"GET /v1/account HTTP/1.1\r\nHost: a\r\nX: "
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9000\r\n\r\n"
BODIES = tuple(b"POST " + path + b" HTTP/1.1\r\nHost: a\r\n" + FORM for path in (b"/log-in", b"/v1/sessions"))


@dataclass
class Slow:
    """One slow caller: what it sends at first, and what it does each second."""

    line: socket.socket
    step: Callable[[socket.socket], object]


def call(port: int, first: bytes, step: Callable[[socket.socket], object]) -> Slow:
    """Connect with as small a buffer as there is, and begin."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    line.connect(("127.0.0.1", port))
    line.settimeout(0)
    if first:
        line.send(first)
    return Slow(line, step)


def four_kinds(port: int, asset: str) -> list[Slow]:
    """As many of each."""

    def drip(line: socket.socket) -> object:
        return line.send(b"a")

    def sip(line: socket.socket) -> object:
        return line.recv(1)

    def keep_still(_line: socket.socket) -> object:
        return None

    much = f"GET {asset} HTTP/1.1\r\nHost: a\r\n\r\n".encode() * 60
    kinds = ((b"", keep_still), (HEADER, drip), (BODIES[0], drip), (BODIES[1], drip), (much, sip))
    return [call(port, *kinds[number % len(kinds)]) for number in range(SOCKETS)]


def open_files(pid: int) -> int:
    """How many a process has."""
    return len(os.listdir(f"/proc/{pid}/fd"))


async def until(is_so: Callable[[], bool]) -> float:
    """Wait for it, but not for ever; how many seconds that took."""
    started = time.monotonic()
    async with asyncio.timeout(3 * CUT_WITHIN_SECONDS):
        while not is_so():
            await asyncio.sleep(0.1)
    return time.monotonic() - started


async def ask_until(visitor: Visitor, is_over: asyncio.Event) -> list[float]:
    """Somebody who looks at their bills all the time; how long each look takes."""
    seconds = []
    while not is_over.is_set():
        started = time.perf_counter()
        assert (await visitor.call("GET", "/v1/bills")).status == 200
        seconds.append(time.perf_counter() - started)
    return seconds


async def p99_seconds(visitor: Visitor, is_over: asyncio.Event) -> float:
    """The 99th percentile of what several of them see."""
    found = await asyncio.gather(*(ask_until(visitor, is_over) for _ in range(WORKERS)))
    return statistics.quantiles([seconds for each in found for seconds in each], n=100)[98]


async def be_slow(callers: list[Slow], is_over: asyncio.Event) -> None:
    """A step of each, every second; who was cut is left alone."""
    while not is_over.is_set():
        for slow in callers:
            try:
                slow.step(slow.line)
            except OSError:
                continue
        await asyncio.sleep(1)


async def test_slow_callers_are_let_go_and_nobody_else_notices(stack: StackProcess, visitor: Visitor) -> None:
    """Within 20 s the gateway holds none of 500 any more; meanwhile the others are answered as quickly as ever."""
    await visitor.become_member()
    gateway = stack.told()["gateway_url"]
    async with aiohttp.ClientSession() as client, client.get(gateway) as page:
        asset = re.findall(r'"(/static/[^"]+\.css)"', await page.text())[0]
    before_is_over, is_over = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().call_later(BEFORE_SECONDS, before_is_over.set)
    before_seconds = await p99_seconds(visitor, before_is_over)

    pid = stack.pids()["gateway"]
    files_before = open_files(pid)
    meanwhile = asyncio.create_task(p99_seconds(visitor, is_over))
    callers = await asyncio.to_thread(four_kinds, urlsplit(gateway).port or 0, asset)
    slowly = asyncio.create_task(be_slow(callers, is_over))
    await until(lambda: open_files(pid) > files_before + SOCKETS * 0.9)
    cut_seconds = await until(lambda: open_files(pid) < files_before + OTHERS)
    is_over.set()
    during_seconds = await meanwhile
    await slowly
    for slow in callers:
        slow.line.close()
    print(f"cut in {cut_seconds:.1f} s; p99 {before_seconds * 1000:.0f} ms, meanwhile {during_seconds * 1000:.0f} ms")
    assert cut_seconds < CUT_WITHIN_SECONDS
    assert during_seconds < 2 * max(before_seconds, NOISE_SECONDS)

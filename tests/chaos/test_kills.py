"""Kill each part where it hurts most, twice and more, under a member who keeps paying: nothing is lost or made twice.

After each scenario every invariant across the services holds, every payment has reached its end, every mail was sent.
"""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.local.cleaning import clean
from deploy.local.folder import Folder
from deploy.local.stack import Stack
from tests.chaos import verify
from tests.chaos.paying import Payer, make_member, set_faults
from tests.chaos.resting import come_to_rest

pytestmark = pytest.mark.timeout(400)

PAYMENTS = 24
# a letter that a killed process had claimed is free again after its lease: 60 s, here 6
QUICK_LEASE = {"PORTAL_SMTP_TIMEOUT_SECONDS": "2", "PORTAL_DELIVERY_LEASE_SECONDS": "6"}
STARTS_ON = date(2027, 1, 1)
SETTLES_WITHIN_SECONDS = 150


@dataclass
class Portal:
    """A running stack and a member who pays."""

    stack: Stack
    payer: Payer

    @property
    def told(self) -> dict[str, Any]:
        """What `stack.json` says."""
        content: dict[str, Any] = json.loads(self.stack.folder.stack_file.read_text(encoding="utf-8"))
        return content

    async def assert_sound(self) -> None:
        """Every invariant holds, every payment ended, every mail left."""
        await come_to_rest(self.stack.folder.stack_file, SETTLES_WITHIN_SECONDS)
        running = verify.Stack.read(self.stack.folder.stack_file)
        found = await verify.verify(running, self.payer.log_path, all_ended=True, only_told=True)
        assert {title: rows for title, rows in found.items() if rows} == {}


@pytest.fixture(scope="module")
async def portal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Portal]:
    """A portal whose parts may die as often as they like."""
    folder = tmp_path_factory.mktemp("kills")
    try:
        async with Stack(folder / "local", say=lambda _: None, with_demo_data=False) as stack:
            told = json.loads(stack.folder.stack_file.read_text(encoding="utf-8"))
            member = await make_member(told, "Perla", "523-41-7301", STARTS_ON)
            yield Portal(stack, Payer(told["gateway_url"], member, folder / "client.log"))
    finally:
        clean(Folder(folder / "local"))


@pytest.mark.parametrize(
    ("service", "crash_at", "meaning"),
    [
        ("payments", "payments.accepted:8", "between its two commits, before the charge"),
        ("payments", "payments.charging:8", "as it is about to ask the processor"),
        ("payments", "payments.charged:8", "with the processor's answer in hand, before the second commit"),
        ("payments", "payments.settled:8", "after the second commit, before the member has the answer"),
        ("payments", "relay.confirmed:6", "its relay, between the broker's confirm and the mark"),
        ("notify", "consumer.committed:2", "between the commit of a heard event and its ack"),
        ("notify", "notify.sending:6", "with a letter claimed, before the mail server has it"),
    ],
)
async def test_a_service_killed_at_its_weakest_point_loses_nothing(
    portal: Portal, service: str, crash_at: str, meaning: str
) -> None:
    """The service kills itself there again and again while a member pays; retried by key, all is made once."""
    quick = QUICK_LEASE if service == "notify" else {}
    await portal.stack.restart(service, {**quick, "CRASH_AT": crash_at})
    told = await portal.payer.pay(PAYMENTS)
    await _until(lambda: portal.stack.deaths(service) >= 2, f"{service} was killed twice {meaning}")
    await portal.stack.restart(service, quick)
    assert len({payment["reference"] for payment in told}) == PAYMENTS
    await portal.assert_sound()


async def test_payments_killed_in_mid_charge_charges_once(portal: Portal) -> None:
    """With the processor slow to answer, payments is killed twice while charges are under way."""
    await set_faults(portal.told["processor_url"], delay_seconds=0.4)
    await _kill_while_paying(portal, "payments")
    await set_faults(portal.told["processor_url"])
    await portal.assert_sound()


@pytest.mark.parametrize("server", ["postgres", "rabbitmq"])
async def test_a_killed_server_costs_time_and_nothing_else(portal: Portal, server: str) -> None:
    """The database, then the broker, is killed twice while a member pays."""
    await _kill_while_paying(portal, server)
    await portal.assert_sound()


async def test_a_processor_that_loses_its_answers_is_asked_until_it_is_known(portal: Portal) -> None:
    """Half the charges are made and answered with 500: each is found by asking, none is charged again."""
    await set_faults(portal.told["processor_url"], charge_then_500=0.5, seed=7)
    await portal.payer.pay(PAYMENTS)
    await set_faults(portal.told["processor_url"])
    await portal.assert_sound()


async def test_clients_saw_only_answers_that_they_may_see(portal: Portal) -> None:
    """After all these kills: 201, 429 and 503 were the only answers, and each failure was told in our form."""
    assert portal.payer.tally.wrong == []
    assert portal.payer.tally.statuses[201] >= PAYMENTS


async def _kill_while_paying(portal: Portal, name: str) -> None:
    before = _told_lines(portal.payer.log_path)
    deaths = portal.stack.deaths(name)
    paying = asyncio.ensure_future(portal.payer.pay(PAYMENTS))
    for after_payments in (PAYMENTS // 4, PAYMENTS // 2):
        await _until(partial(_has_lines, portal.payer.log_path, before + after_payments), "payments go through")
        await _until(lambda: portal.stack.pid(name) is not None, f"{name} runs")
        pid = portal.stack.pid(name)
        assert pid is not None
        seen = portal.stack.deaths(name)
        os.kill(pid, signal.SIGKILL)
        await _until(partial(_died_after, portal, name, seen), f"{name} is found dead")
    await paying
    await _until(lambda: portal.stack.deaths(name) >= deaths + 2, f"{name} was found dead twice")
    await _until(lambda: portal.stack.pid(name) is not None, f"{name} runs again")


def _died_after(portal: Portal, name: str, deaths: int) -> bool:
    return portal.stack.deaths(name) > deaths


async def _until(condition: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(90):
            while not condition():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"waited in vain until {what}") from None


def _has_lines(path: Path, wanted: int) -> bool:
    return _told_lines(path) >= wanted


def _told_lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0

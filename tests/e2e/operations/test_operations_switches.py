"""Kill switches, as an operator uses them on a running portal: within a second, no restart, and nothing is lost."""

import asyncio
import os
import signal
from uuid import uuid4

import aiohttp
import pytest

from tests.e2e.operations.conftest import Watched
from tests.e2e.portal import Visitor

pytestmark = pytest.mark.timeout(400)

HEARD_WITHIN_SECONDS = 15


async def switched(watched: Watched, service: str, name: str, state: str) -> None:
    """Set a switch and wait until the running process has heard of it, as its metrics tell."""
    status, out, errors = await watched.command(service, "switch", name, state, "--reason", "a drill", "--by", "Ines")
    assert (status, errors) == (0, "")
    assert out.split("\t")[:2] == [name, state]
    async with asyncio.timeout(HEARD_WITHIN_SECONDS):
        while await watched.value(service, f'portal_switch_off{{name="{name}"}}') != (state == "off"):
            await asyncio.sleep(0.1)


async def test_charging_is_stopped_and_goes_on(watched: Watched, member: Visitor) -> None:
    """New payments are refused in plain words through the gateway, known ones are shown, and then it works again."""
    method_id = (await member.save_card())["method_id"]
    body, known, new = {"amount_cents": 1000, "method_id": method_id}, uuid4().hex, uuid4().hex
    paid = await member.done("POST", "/v1/payments", body, key=known)
    await switched(watched, "payments", "charging", "off")
    try:
        headers = {"Authorization": f"Bearer {member.token}", "Idempotency-Key": new}
        url = f"{watched.told()['gateway_url']}/v1/payments"
        async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as refused:
            assert (refused.status, refused.headers["Retry-After"]) == (503, "300")
            problem = await refused.json()
        assert problem["type"].endswith("/payments-paused")
        assert "Nothing was charged" in problem["detail"]
        assert (await member.done("POST", "/v1/payments", body, key=known))["payment_id"] == paid["payment_id"]
        await member.settle()
        assert len((await member.done("GET", "/v1/payments"))["items"]) == 1
    finally:
        await switched(watched, "payments", "charging", "on")
    assert (await member.done("POST", "/v1/payments", body, key=new))["status"] == "succeeded"


async def test_letters_wait_and_are_all_sent_afterwards(watched: Watched) -> None:
    """While sending is off no letter leaves and the portal counts as settled; then each leaves once, oldest first."""
    async with Visitor(watched) as visitor:
        await switched(watched, "notify", "sending", "off")
        try:
            person = await visitor.become_member()
            method_id = (await visitor.save_card())["method_id"]
            for amount_cents in (1000, 2000, 3000):
                body = {"amount_cents": amount_cents, "method_id": method_id}
                await visitor.done("POST", "/v1/payments", body, key=uuid4().hex)
            await visitor.settle()
            assert await visitor.mails_to(person) == []
            assert await watched.value("notify", "portal_mails_waiting") >= 3
        finally:
            await switched(watched, "notify", "sending", "on")
        await visitor.settle()
        async with asyncio.timeout(HEARD_WITHIN_SECONDS):
            while await watched.value("notify", "portal_mails_waiting"):
                await asyncio.sleep(0.1)
        subjects = [mail["subject"] for mail in await visitor.mails_to(person)]
    assert len([subject for subject in subjects if subject.startswith("Payment received")]) == 3


async def test_who_switched_and_why_is_listed(watched: Watched) -> None:
    """`switch list` shows how each switch stands, since when, by whom and why; `off` without a reason is refused."""
    status, _, errors = await watched.command("payments", "switch", "charging", "off")
    assert (status, errors) == (2, "payments: say why with --reason; it stays on record\n")
    assert await watched.value("payments", 'portal_switch_off{name="charging"}') == 0
    await switched(watched, "notify", "sending", "off")
    await switched(watched, "notify", "sending", "on")
    status, out, _ = await watched.command("notify", "switch", "list")
    name, state, at, by, reason = out.rstrip("\n").split("\t")
    assert (status, name, state, by, reason) == (0, "sending", "on", "Ines", "a drill")
    assert at.endswith(" UTC")


async def test_a_switch_holds_over_a_restart(watched: Watched, member: Visitor) -> None:
    """A process that is started while charging is off takes no payment, from its first moment on."""
    method_id = (await member.save_card())["method_id"]
    await switched(watched, "payments", "charging", "off")
    try:
        (pid,) = watched.told()["services"]["payments"]["pids"]
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(60):
            while watched.told()["services"]["payments"]["pids"] in ([], [pid]):
                await asyncio.sleep(0.1)
        body = {"amount_cents": 1000, "method_id": method_id}
        answers = [await member.call("POST", "/v1/payments", body, key=uuid4().hex) for _ in range(3)]
        assert {answer.status for answer in answers} == {503}
        assert (await member.done("GET", "/v1/payments"))["items"] == []
    finally:
        await switched(watched, "payments", "charging", "on")

"""`make compose-check`: the portal in containers is the one that `make up` runs, and members meet it alike.

Builds every image and starts all of docker-compose.yml. That takes minutes: its name is none that `make test` takes.
"""

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from deploy.local.folder import REPOSITORY
from deploy.services import ALL, WITH_DATABASE
from shared.testing.containers import docker_answers
from tests.e2e import test_first_visit as first_visit
from tests.e2e.compose import Compose, compose_command
from tests.e2e.portal import Visitor

Story = Callable[[Visitor], Awaitable[None]]

pytestmark = pytest.mark.timeout(3600)
STORIES: list[Story] = [it for name, it in vars(first_visit).items() if name.startswith("test_")]
STEPS = ("secrets", "database", "identity-migrate", "payments-migrate", "notify-migrate", "begin", "demo")
A_FIRST_VISIT = re.compile(r"^## A first visit, by API\n.*?^```\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
async def portal() -> AsyncIterator[Compose]:
    """Everything in docker-compose.yml, built, started and ready; removed afterwards."""
    command = compose_command()
    if command is None or not docker_answers():
        pytest.fail("no Docker engine answers here, or there is no docker compose")
    running = Compose(command)
    await asyncio.to_thread(running.down)
    try:
        await asyncio.to_thread(running.up)
        yield running
    finally:
        await asyncio.to_thread(running.down)


@pytest.fixture
async def visitor(portal: Compose) -> AsyncIterator[Visitor]:
    """Somebody who meets the portal for the first time."""
    async with Visitor(portal) as visitor:
        yield visitor


def test_every_step_of_the_start_ends_well(portal: Compose) -> None:
    """Secrets, schemas, migrations and demo data: each step ends with 0, and the last says where the portal is."""
    ends = {step: portal.container(step).attrs["State"]["ExitCode"] for step in STEPS}
    assert ends == dict.fromkeys(STEPS, 0)
    said = portal.log("demo")
    assert f"Open {portal.told()['gateway_url']}" in said
    assert [login["username"] for login in portal.told()["demo_logins"] if login["username"] not in said] == []


@pytest.mark.parametrize("service", ALL)
def test_every_service_is_ready(portal: Compose, service: str) -> None:
    """Each service has what it needs, and says so to whoever watches containers."""
    assert portal.run_in(service, "python", "-I", "deploy/probe.py", "/readyz") == (0, "")
    assert portal.container(service).attrs["State"]["Health"]["Status"] == "healthy"


@pytest.mark.parametrize("service", ALL)
def test_an_image_holds_one_service_and_runs_it_as_nobody_in_particular(portal: Compose, service: str) -> None:
    """No other service's code, no tests, no root, nothing that can be written but /tmp."""
    status, found = portal.run_in(service, "sh", "-c", "ls -d services/*/ shared/testing shared/native tests; id -u")
    assert [line for line in found.splitlines() if "cannot access" not in line] == [f"services/{service}/", "10001"]
    status, _ = portal.run_in(service, "sh", "-c", "touch /tmp/here && ! touch /app/there 2> /dev/null")
    assert status == 0


async def test_the_readme_s_first_visit_passes(portal: Compose, tmp_path: Path) -> None:
    """The shell script of the README, word for word, from the new account to the receipt in the inbox."""
    found = A_FIRST_VISIT.search((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    assert found is not None
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(portal.told()))
    script = ["bash", "-euo", "pipefail", "-c", found[1]]
    done = await asyncio.to_thread(subprocess.run, script, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"status": "succeeded"' in done.stdout
    assert "Nora" in done.stdout.rpartition("HC-")[0]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.removeprefix("test_"))
async def test_the_first_visit_passes_in_containers(visitor: Visitor, story: Story) -> None:
    """What is true of the stack on this machine is true of the one in containers."""
    await story(visitor)


async def test_pages_have_their_looks_and_receipts_can_be_printed(portal: Compose, visitor: Visitor) -> None:
    """The gateway's image has the styles and fonts that its build made."""
    await visitor.become_member()
    card = await visitor.save_card()
    paid = await visitor.done("POST", "/v1/payments", {"amount_cents": 900, "method_id": card["method_id"]}, key="pdf")
    mine = {"Authorization": f"Bearer {visitor.token}"}
    async with aiohttp.ClientSession(portal.told()["gateway_url"], headers=mine, raise_for_status=True) as browser:
        receipt = await (await browser.get(f"/v1/payments/{paid['payment_id']}/receipt")).read()
        assert receipt.startswith(b"%PDF-")
        style = re.search(r'href="(/[^"]+\.css)"', await (await browser.get("/")).text())
        assert style is not None
        assert "font-family" in await (await browser.get(style[1])).text()


@pytest.mark.parametrize("service", WITH_DATABASE)
def test_every_invariant_holds(portal: Compose, service: str) -> None:
    """After all these visits each service finds nothing broken in what it keeps."""
    status, said = portal.run_in(service, "python", "-m", f"services.{service}", "verify")
    assert status == 0, said


async def test_a_second_start_keeps_the_data(portal: Compose, visitor: Visitor) -> None:
    """`docker compose up` again: the same keys, nobody is made twice, and the people log in as before."""
    before = portal.told()
    await asyncio.to_thread(portal.up)
    assert portal.told() == before
    assert "as it was" in portal.log("demo")
    omar = {"username": "omar.haddad", "password": "Willow-Bridge-27"}
    assert (await visitor.call("POST", "/v1/sessions", omar)).status == 201

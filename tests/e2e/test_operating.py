"""`python -m deploy.local run`: an operator's commands of services, with the running stack's settings."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from deploy.local.folder import REPOSITORY, Folder
from deploy.local.lineup import Lineup
from deploy.local.operating import NoStackRuns, operator_command
from deploy.local.orphans import write_pid
from deploy.local.portal import output_of
from deploy.local.ports import choose_ports
from deploy.local.steps import StepFailed
from tests.e2e.portal import Visitor, new_person
from tests.e2e.stack_process import StackProcess

pytestmark = pytest.mark.timeout(400)


async def run(root: Path, *arguments: str) -> tuple[int | None, str, str]:
    """Exit status, output and errors of `run` over a folder."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.local", "--folder", str(root), "run", *arguments,
        cwd=REPOSITORY,
        stdout=PIPE,
        stderr=PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    return process.returncode, out.decode(), errors.decode()


async def test_an_operator_makes_a_partner_key_that_works(stack: StackProcess, visitor: Visitor) -> None:
    """A key made for an insurer on the command line lets that insurer send enrollments at once."""
    status, out, errors = await run(stack.folder.root, "identity", "partner-key", "add", "Some insurer")
    assert (status, errors) == (0, "")
    visitor.partner_key = out.split()[-1]
    assert visitor.partner_key != stack.told()["partner_key"]
    assert (await visitor.enroll(new_person())).status == 202


async def test_an_operator_checks_and_migrates_a_service(stack: StackProcess) -> None:
    """A service verifies its own invariants, and its schema is brought up to date by the owner of it."""
    status, out, _ = await run(stack.folder.root, "payments", "verify")
    assert status == 0
    assert out.startswith("payments: ")
    assert (await run(stack.folder.root, "payments", "migrate"))[0] == 0


async def test_what_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    """Without a running stack, or for a service that does not exist, the command ends with status 2 and says why."""
    said = f"No portal runs in {tmp_path}. Start one with: make up\n"
    assert await run(tmp_path, "identity", "partner-key", "add", "Some insurer") == (2, "", said)
    status, _, errors = await run(tmp_path, "billing", "verify")
    assert status == 2
    assert errors == "There is no service 'billing', only identity, payments, notify, gateway.\n"


async def test_the_file_of_a_killed_stack_is_no_running_stack(tmp_path: Path) -> None:
    """What a killed runner left says nothing about now."""
    folder = Folder(tmp_path)
    folder.stack_file.write_text("{}")
    folder.runner_pid.write_text(f"{os.getpid()} 1\n")
    with pytest.raises(NoStackRuns):
        operator_command(folder, "payments", ["verify"])


def test_secrets_are_not_among_the_arguments(tmp_path: Path) -> None:
    """Arguments can be read by every user of the machine: passwords and keys go by the environment."""
    folder = Folder(tmp_path)
    folder.stack_file.write_text("{}")
    write_pid(folder.runner_pid, os.getpid())
    choose_ports(folder.ports, usual=False, say=lambda _line: None)
    command, environment = operator_command(folder, "identity", ["partner-key", "add", "Some insurer"])
    assert command == [sys.executable, "-m", "services.identity", "partner-key", "add", "Some insurer"]
    secrets = json.loads(folder.secrets.read_text())
    assert environment["PORTAL_SSN_KEYS"] == secrets["ssn_keys"]
    assert secrets["postgres_identity_owner"] in environment["PORTAL_POSTGRES_OWNER_DSN"]


async def test_a_command_that_fails_during_the_start_says_why(tmp_path: Path) -> None:
    """Here with no database: a stack does not start without its partner's key, and says in identity's words why."""
    folder = Folder(tmp_path)
    folder.make()
    lineup = Lineup.over(folder, choose_ports(folder.ports, usual=False, say=lambda _line: None), {})
    with pytest.raises(StepFailed, match="identity did not do partner-key add: identity: cannot reach the database"):
        await output_of(lineup, "identity", "partner-key", "add", "State marketplace")

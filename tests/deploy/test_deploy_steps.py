"""`python -m deploy.topology` and `deploy.database` as an operator runs them: secrets from variables or files."""

import json
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.topology import NEEDED

ROOT = Path(__file__).resolve().parents[2]
VARIABLES = [f"PORTAL_{user.upper()}_AMQP_PASSWORD" for user in NEEDED]


def step(name: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a deploy step with this environment and nothing else."""
    return subprocess.run(  # noqa: S603 - our own step
        [sys.executable, "-m", name],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def test_the_topology_is_printed_for_passwords_from_variables_and_files(tmp_path: Path) -> None:
    """Each user is in it with a hash; no password is. The sandbox's reader of everything is only made when told."""
    drawn = {name: secrets.token_urlsafe(24) for name in VARIABLES}
    kept = tmp_path / "password"
    kept.write_text(drawn[VARIABLES[0]])
    environment = {**drawn, f"{VARIABLES[0]}_FILE": str(kept)}
    del environment[VARIABLES[0]]
    done = step("deploy.topology", environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert {user["name"] for user in json.loads(done.stdout)["users"]} == set(NEEDED)
    assert not any(password in done.stdout for password in drawn.values())
    with_reader = {**environment, "PORTAL_SUBSCRIBER_AMQP_PASSWORD": secrets.token_urlsafe(24)}
    assert "subscriber" in {user["name"] for user in json.loads(step("deploy.topology", with_reader).stdout)["users"]}


@pytest.mark.parametrize("name", ["deploy.topology", "deploy.database"])
def test_what_is_missing_is_named(name: str) -> None:
    """In one line, each variable by its name."""
    done = step(name, {})
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith(f"{name}: missing: PORTAL_")


def test_a_weak_password_is_refused_outside_sandbox_and_test() -> None:
    """The broker gets no user with a password that can be guessed, unless somebody says that it is a sandbox."""
    weak = {**dict.fromkeys(VARIABLES, "operator"), "PORTAL_OPERATOR_DSN": "postgresql://postgres:postgres@h/d"}
    done = step("deploy.topology", weak)
    assert (done.returncode, done.stdout) == (2, "")
    assert "PORTAL_OPERATOR_AMQP_PASSWORD is shorter than 16 characters" in done.stderr
    assert step("deploy.topology", {**weak, "PORTAL_ENV": "sandbox"}).returncode == 0

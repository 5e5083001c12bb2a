"""What belongs to the sandbox does not start in production, whichever service is told it."""

import subprocess
import sys

import pytest

from deploy.local.folder import REPOSITORY, Folder
from deploy.local.lineup import Lineup
from deploy.local.ports import choose_ports
from deploy.services import ALL
from shared.testing.http import GATEWAY_KEY

OTHERS = tuple(name for name in ALL if name != "payments")
"""payments is refused for its processor already."""


@pytest.fixture(scope="module")
def lineup(tmp_path_factory: pytest.TempPathFactory) -> Lineup:
    """Settings as the local stack draws them: good secrets, and the sandbox's parts."""
    folder = Folder(tmp_path_factory.mktemp("stack"))
    return Lineup.over(folder, choose_ports(folder.ports, usual=False, say=lambda _line: None), {})


def refused(lineup: Lineup, service: str, **changes: str) -> str:
    """What a service says when it does not start with these settings changed; nothing of it is started."""
    done = subprocess.run(  # noqa: S603 - our own service
        [sys.executable, "-m", f"services.{service}", "serve"],
        cwd=REPOSITORY,
        env={**lineup.settings(service), "PORTAL_ENV": "production", **changes},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert (done.returncode, done.stdout) == (2, ""), done
    (line,) = done.stderr.splitlines()
    return line


def test_the_sandbox_processor_takes_no_real_money(lineup: Lineup) -> None:
    """payments does not start with it, and says so."""
    assert "the sandbox processor takes no real money" in refused(lineup, "payments")


@pytest.mark.parametrize("service", OTHERS)
def test_nobody_orders_a_crash(lineup: Lineup, service: str) -> None:
    """A variable left over from a test does not kill a process of production some day."""
    assert refused(lineup, service, CRASH_AT="relay.confirmed:1") == f"{service}: CRASH_AT is only for sandbox and test"


@pytest.mark.parametrize("service", OTHERS)
def test_a_key_of_the_tests_is_no_key(lineup: Lineup, service: str) -> None:
    """A key that stands in this repository is refused, and not shown."""
    line = refused(lineup, service, PORTAL_GATEWAY_KEY=GATEWAY_KEY)
    assert "PORTAL_GATEWAY_KEY is shorter than 32 characters" in line
    assert GATEWAY_KEY not in line

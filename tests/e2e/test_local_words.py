"""What the local stack says on the terminal: taken ports, who can log in, what becomes of the data."""

import asyncio
import json
import socket
import sys
from pathlib import Path

import pytest

from deploy.local.cleaning import clean
from deploy.local.demo import demo_lines, demo_logins
from deploy.local.folder import Folder
from deploy.local.orphans import write_pid
from deploy.local.ports import USUAL_PORTS, choose_ports
from deploy.local.up import farewell
from shared.native.ports import free_port

LEAVES_WHEN_TOLD = """
import pathlib, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7 if pathlib.Path(sys.argv[1]).exists() else 0))
print("here", flush=True)
signal.pause()
"""


def test_a_remembered_port_that_is_taken_is_named_with_the_one_instead(tmp_path: Path) -> None:
    """Whoever looks for a part where it was at the last start is told once where it is now."""
    path = tmp_path / "ports.json"
    said: list[str] = []
    before = choose_ports(path, usual=False, say=said.append)
    assert said == []
    with (
        socket.create_server(("127.0.0.1", before["gateway"])),
        socket.create_server(("127.0.0.1", before["payments"])),
    ):
        now = choose_ports(path, usual=False, say=said.append)
    assert said == [
        f"  {before['gateway']} is taken by another program: the gateway is at {now['gateway']} instead",
        f"  {before['payments']} is taken by another program: payments is at {now['payments']} instead",
    ]
    assert choose_ports(path, usual=False, say=said.append) == now
    assert len(said) == 2


def test_a_usual_port_that_is_taken_is_named_at_the_first_start_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is at the next free port, which the first start says; later ones look for it there."""
    usual = free_port()
    monkeypatch.setitem(USUAL_PORTS, "gateway", usual)
    said: list[str] = []
    with socket.create_server(("127.0.0.1", usual)):
        ports = choose_ports(tmp_path / "ports.json", usual=True, say=said.append)
        choose_ports(tmp_path / "ports.json", usual=True, say=said.append)
    assert ports["gateway"] > usual
    about_the_gateway = [line for line in said if "gateway" in line]
    assert about_the_gateway == [f"  {usual} is taken by another program: the gateway is at {ports['gateway']} instead"]


def test_ports_on_a_broken_file_are_chosen_anew(tmp_path: Path) -> None:
    """A file that was cut off is no reason not to start."""
    path = tmp_path / "ports.json"
    path.write_text('{"gateway": 80')
    ports = choose_ports(path, usual=False, say=lambda _line: None)
    assert json.loads(path.read_text()) == ports


def test_states_of_log_ins_are_said_to_be_old_at_later_starts() -> None:
    """Who was made at an earlier start may have come further since, and the terminal does not claim otherwise."""
    made = list(demo_lines(demo_logins(), are_new=True))
    later = list(demo_lines(demo_logins(), are_new=False))
    assert made[1].endswith("Who that is")
    assert later[1].endswith("Who that was after the first start")
    assert made[2:] == [line.replace(", unless somebody has by now", "") for line in later[2:]]
    assert any("To create an account, unless somebody has by now: Nora" in line for line in later)
    assert made[2].split() == ["omar.haddad", "Willow-Bridge-27", "verified,", "a", "bill", "is", "due"]
    assert "Nora Lindqvist" in made[-3]
    assert list(demo_lines([], are_new=False)) == []


def test_the_table_of_log_ins_has_straight_columns() -> None:
    """Whoever reads it finds each password and each state below its head."""
    [_, head, *rows] = list(demo_lines(demo_logins(), are_new=True))
    for login, row in zip(demo_logins(), rows, strict=False):
        assert row.index(login["password"]) == head.index("Password")
        assert row.index(login["state"]) == head.index("Who that is")


async def test_a_runner_that_clean_stops_knows_that_its_data_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`make clean` in another terminal: the runner does not say that the data is kept."""
    folder = Folder(tmp_path / "local")
    folder.make()
    assert farewell(folder) == "Stopped. The data is kept; `make up` starts it again."
    runner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LEAVES_WHEN_TOLD, str(folder.going), stdout=asyncio.subprocess.PIPE
    )
    assert runner.stdout is not None
    assert await runner.stdout.readline() == b"here\n"
    write_pid(folder.runner_pid, runner.pid)
    await asyncio.to_thread(clean, folder)
    assert await runner.wait() == 7
    assert capsys.readouterr().out.splitlines() == [
        f"Stopping the stack (process {runner.pid})",
        f"Removing {folder.root}",
    ]
    assert not folder.root.exists()


def test_a_runner_that_is_being_cleaned_says_so(tmp_path: Path) -> None:
    """The last line in the runner's terminal names what removes the data."""
    folder = Folder(tmp_path / "local")
    folder.make()
    folder.going.touch()
    assert farewell(folder) == "Stopped. `make clean` removes its data."

"""What the private servers stand on: their folders, settings and programs, looked at without starting a server."""

import asyncio
import os
import pwd
import stat
from pathlib import Path

import pytest

from shared.native import places
from shared.native.amqp_probe import LoginRefused, broker_answers
from shared.native.packages import (
    BrowserMissing,
    ensure_browser,
    ensure_installed,
    find_browser,
    find_postgres,
    find_rabbitmq,
)
from shared.native.ports import free_port
from shared.native.processes import AlreadyRunning, ServerFailed, claim, last_lines, residents, run
from shared.native.rabbitmq_files import environment_of, prepare


def fake_program(path: Path, text: str = "") -> Path:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_postgres_on_path_goes_before_the_packaged_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engineer's own PostgreSQL is used, also where PATH has only a link to it."""
    for name in ("initdb", "pg_ctl", "postgres"):
        fake_program(tmp_path / "own" / name)
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "postgres").symlink_to(tmp_path / "own" / "postgres")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert find_postgres() == tmp_path / "own"


def test_an_incomplete_postgres_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lone `postgres` without initdb is of no use to us."""
    fake_program(tmp_path / "postgres")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_postgres() != tmp_path


def test_rabbitmq_without_erlang_counts_as_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that cannot run is installed again, with Erlang."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_rabbitmq() is None


def test_nothing_is_installed_where_both_servers_are() -> None:
    """On a machine that has them, the step says nothing and takes no time."""
    said: list[str] = []
    ensure_installed(said.append)
    assert said == []


def test_a_browser_on_path_is_enough_for_the_tests_of_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engineer's own Chrome does as well as Debian's Chromium, and nothing is installed."""
    chrome = fake_program(tmp_path / "google-chrome")
    monkeypatch.setenv("PATH", str(tmp_path))
    said: list[str] = []
    ensure_browser(said.append)
    assert (find_browser(), said) == (chrome, [])


def test_where_nothing_can_be_installed_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without apt-get, root or sudo nobody is left guessing which packages are wanted."""
    monkeypatch.setenv("PATH", str(tmp_path))
    said: list[str] = []
    with pytest.raises(BrowserMissing, match="apt-get install chromium fonts-liberation"):
        ensure_browser(said.append)
    assert said == []


def test_the_lock_of_a_place_is_free_again_when_its_holder_closes_it(tmp_path: Path) -> None:
    """One run at a time works with the same files."""
    lock_path = places.lock_of(tmp_path / "postgres")
    with claim(lock_path), pytest.raises(AlreadyRunning, match="in use by another run"):
        claim(lock_path)
    claim(lock_path).close()


def test_files_stand_where_their_account_reaches_them(tmp_path: Path) -> None:
    """Under root, a clone in a closed folder keeps its database in /var/tmp; a removed clone's is not found again."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    is_root = os.geteuid() == 0
    account = pwd.getpwnam("nobody") if is_root else pwd.getpwuid(os.geteuid())
    first = places.settle(closed / "postgres", account)
    assert first.parent == (places.ELSEWHERE if is_root else closed)
    assert first.stat().st_uid == account.pw_uid
    assert stat.S_IMODE(first.stat().st_mode) == 0o700
    assert places.settle(closed / "postgres", account) == first

    (closed / "postgres").rename(closed / "gone")
    second = places.settle(closed / "postgres", account)
    assert second != first or not is_root
    assert not is_root or not first.exists()
    places.discard(closed / "postgres")
    assert not second.exists()


def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    """Data made by one user is not taken over by another, who is told what to do."""
    (tmp_path / "postgres").mkdir()
    with pytest.raises(ServerFailed, match="made by another user"):
        places.settle(tmp_path / "postgres", pwd.getpwnam("nobody"))


def test_discarding_what_was_never_there_is_fine(tmp_path: Path) -> None:
    """`make clean` works on a fresh clone."""
    places.discard(tmp_path / "postgres")
    places.discard(tmp_path / "absent" / "postgres")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_command_says_what_it_said(tmp_path: Path) -> None:
    """The reason of a refusal is in the error, not in a log to look for."""
    program = fake_program(tmp_path / "initdb", "echo 'no space left' >&2; exit 3")
    with pytest.raises(ServerFailed, match="initdb ended with 3: no space left"):
        run([program], place=tmp_path, environment={})


def test_a_hanging_command_is_given_up(tmp_path: Path) -> None:
    """A start does not wait without end."""
    program = fake_program(tmp_path / "initdb", "exec sleep 60")
    with pytest.raises(ServerFailed, match="did not end"):
        run([program], place=tmp_path, environment={"PATH": "/usr/bin:/bin"}, timeout_seconds=0.2)


def test_only_servers_count_as_residents(tmp_path: Path) -> None:
    """A shell that stands in the folder of a server is not ended with it."""
    assert os.getpid() not in residents(Path.cwd())
    assert residents(tmp_path) == []


def test_the_last_lines_of_a_log(tmp_path: Path) -> None:
    """An error shows the end of the log; a missing log is no second error."""
    (tmp_path / "server.log").write_text("\n".join(str(number) for number in range(40)))
    assert last_lines(tmp_path / "server.log", 2) == "38\n39"
    assert last_lines(tmp_path / "absent") == "(no log)"


def test_a_node_keeps_its_name_and_cookie(tmp_path: Path) -> None:
    """Queues know their node by name, so the name lasts; secrets can be read by nobody else and are in no variable."""
    script = fake_program(tmp_path / "rabbitmq" / "sbin" / "rabbitmq-server")
    name = prepare(tmp_path, script, user="operator", password="s3cret-of-it")
    cookie = (tmp_path / "home" / ".erlang.cookie").read_text()
    assert prepare(tmp_path, script, user="operator", password="s3cret-of-it") == name
    assert (tmp_path / "home" / ".erlang.cookie").read_text() == cookie
    for secret in ("home/.erlang.cookie", "advanced.config"):
        assert stat.S_IMODE((tmp_path / secret).stat().st_mode) == 0o600
    environment = environment_of(tmp_path, script, name, port=1, dist_port=2, epmd_port=3)
    assert not [value for value in environment.values() if "s3cret" in value or cookie in value]


def test_a_broker_whose_plugins_are_elsewhere_is_left_as_shipped(tmp_path: Path) -> None:
    """Where the quick start does not know its way, the slow one is used."""
    script = fake_program(tmp_path / "rabbitmq" / "sbin" / "rabbitmq-server")
    name = prepare(tmp_path, script, user="operator", password="x")
    environment = environment_of(tmp_path, script, name, port=1, dist_port=2, epmd_port=3)
    assert "RABBITMQ_PLUGINS_DIR" not in environment


async def test_a_port_without_a_broker_does_not_answer() -> None:
    """While nobody listens, the broker is not ready, and that is no error."""
    assert not await broker_answers(free_port(), "operator", "x")


async def test_a_stranger_on_the_port_is_not_taken_for_a_broker() -> None:
    """A server that hangs up at once is not ready; one that hangs up on the password refused it."""

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def greet_and_hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0a\xce")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        assert not await broker_answers(server.sockets[0].getsockname()[1], "operator", "x")
    async with await asyncio.start_server(greet_and_hang_up, "127.0.0.1", 0) as server:
        with pytest.raises(LoginRefused):
            await broker_answers(server.sockets[0].getsockname()[1], "operator", "x")

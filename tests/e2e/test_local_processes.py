"""The pieces of the local stack alone: who is an orphan, what is kept, when one gives up."""

import asyncio
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from deploy.local.cleaning import clean
from deploy.local.folder import Folder, write_private_json
from deploy.local.keys import MAKERS, Keys
from deploy.local.memory import Memory, digest_of
from deploy.local.orphans import end_orphans, living_pid, start_time_of, write_pid
from deploy.local.parts import PartFailed
from deploy.local.program import Program
from deploy.local.supervising import Supervisor

SLEEPER = (sys.executable, "-c", "import signal; print('here', flush=True); signal.pause()")
STUBBORN = (
    sys.executable, "-c",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); signal.pause()",
)  # fmt: skip
BRIEF = (sys.executable, "-c", "print('a last word'); raise SystemExit(3)")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """The folder of a stack that does not run."""
    folder = Folder(tmp_path / "local")
    folder.make()
    return folder


def program(folder: Folder, name: str, command: tuple[str, ...], *, needs: tuple[str, ...] = ()) -> Program:
    """A process which is ready once it has said something."""

    async def has_spoken() -> bool:
        return (folder.logs / f"{name}.log").read_text() != ""

    return Program(name, command, folder=folder, is_ready=has_spoken, needs=needs)


async def test_what_a_killed_runner_left_is_ended(folder: Folder) -> None:
    """A process on file ends at the next start, and its file is gone."""
    sleeper = program(folder, "payments", SLEEPER)
    await sleeper.start()
    assert await asyncio.to_thread(end_orphans, folder.processes) == ["payments"]
    assert await sleeper.ended() == -15
    assert not list(folder.processes.iterdir())


async def test_a_stranger_with_the_pid_of_an_orphan_is_left_alone(folder: Folder) -> None:
    """A process id that another process has by now is not ours to end: the start time tells."""
    stranger = program(folder, "stranger", SLEEPER)
    await stranger.start()
    path = folder.processes / "payments.pid"
    path.write_text(f"{stranger.pid} 1\n")
    (folder.processes / "stranger.pid").unlink()
    assert living_pid(path) is None
    assert end_orphans(folder.processes) == []
    assert stranger.pid is not None
    stranger.kill()


def test_only_a_process_with_its_start_time_is_on_file(folder: Folder) -> None:
    """What was written for a living process is found again; nonsense on file is nobody."""
    path = folder.processes / "me.pid"
    write_pid(path, os.getpid())
    assert living_pid(path) == os.getpid()
    path.write_text("not a pid")
    assert living_pid(path) is None
    assert start_time_of(2**22 + 1) is None
    path.unlink()


def test_keys_are_made_once_and_for_their_owner_only(folder: Folder) -> None:
    """The second start has the same passwords and keys; a new kind of key is added to them."""
    first = Keys(folder.secrets)
    assert stat.S_IMODE(folder.secrets.stat().st_mode) == 0o600
    kept = json.loads(folder.secrets.read_text())
    assert set(kept) == set(MAKERS)
    del kept["payments_key"]
    write_private_json(folder.secrets, kept)
    second = Keys(folder.secrets)
    assert second["gateway_key"] == first["gateway_key"]
    assert second["payments_key"] != first["payments_key"]
    assert '"d"' in second["token_private_key"]
    assert '"d"' not in second.token_public_key


def test_what_was_done_is_done_again_only_when_its_input_changed(folder: Folder) -> None:
    """Migrations and topology are skipped at the next start unless a file or password is another."""
    Memory(folder.memory).keep("database", digest_of(["one", "two"]))
    memory = Memory(folder.memory)
    assert memory.knows("database", digest_of(["one", "two"]))
    assert not memory.knows("database", digest_of(["onet", "wo"]))
    assert not memory.knows("topology", digest_of(["one", "two"]))


async def test_a_program_that_does_not_start_says_its_last_words(folder: Folder) -> None:
    """The message of a failed start has the exit status and the end of the log."""
    command = (sys.executable, "-c", "import sys; sys.exit('no such setting')")
    never = Program("payments", command, folder=folder, is_ready=_never)
    with pytest.raises(PartFailed, match=r"payments did not start \(exit status 1\):\nno such setting"):
        await never.start()


async def _never() -> bool:
    return False


async def test_what_keeps_dying_ends_the_stack(folder: Folder) -> None:
    """A part that dies again and again is named with its status and last words each time, then given up."""
    said: list[str] = []
    changes: list[bool] = []
    supervisor = Supervisor(said.append, lambda: changes.append(True), max_deaths=3)
    await supervisor.start(program(folder, "payments", BRIEF))
    async with asyncio.timeout(20):
        await supervisor.given_up.wait()
    assert supervisor.reason == "payments ended 3 times within 60 s."
    assert said[:2] == ["payments ended with exit status 3. Its last lines:", "    a last word"]
    assert changes
    supervisor.kill_all()


async def test_a_part_that_said_much_is_quoted_briefly(folder: Folder) -> None:
    """Of a long log the last eight lines are shown, indented, so that they do not read like the stack's own."""
    said: list[str] = []
    supervisor = Supervisor(said.append, lambda: None, max_deaths=1)
    talker = (sys.executable, "-c", "print(*range(20), sep='\\n'); raise SystemExit(3)")
    await supervisor.start(program(folder, "payments", talker))
    async with asyncio.timeout(20):
        await supervisor.given_up.wait()
    assert said[1:] == [f"    {number}" for number in range(12, 20)]
    supervisor.kill_all()


async def test_a_part_that_dies_is_up_again_with_another_process(folder: Folder) -> None:
    """A killed part is named with its signal, and started again at once."""
    said: asyncio.Queue[str] = asyncio.Queue()
    supervisor = Supervisor(said.put_nowait, lambda: None, max_deaths=3)
    sleeper = program(folder, "payments", SLEEPER)
    await supervisor.start(sleeper)
    before = supervisor.pid("payments")
    sleeper.kill()
    assert await said.get() == "payments was ended by SIGKILL. Its last lines:"
    while "runs again" not in await said.get():
        assert supervisor.pid("payments") != before or supervisor.pid("payments") is None
    assert await supervisor.stop("payments", "never started") == ["payments"]
    assert sleeper.pid is None


async def test_a_part_may_be_killed_as_often_as_one_likes(folder: Folder) -> None:
    """Kills from outside are no reason to give up: whoever tries them out finds the part again each time."""
    said: asyncio.Queue[str] = asyncio.Queue()
    supervisor = Supervisor(said.put_nowait, lambda: None, max_deaths=2)
    sleeper = program(folder, "payments", SLEEPER)
    await supervisor.start(sleeper)
    for _ in range(4):
        sleeper.kill()
        async with asyncio.timeout(20):
            while "runs again" not in await said.get():
                assert not supervisor.given_up.is_set()
    assert supervisor.pid("payments") is not None
    await supervisor.stop("payments")


async def test_what_ignores_its_end_can_be_hurried(folder: Folder) -> None:
    """A second Ctrl-C does not wait for a process that takes its time."""
    supervisor = Supervisor(lambda _line: None, lambda: None, max_deaths=3)
    stubborn = program(folder, "payments", STUBBORN)
    await supervisor.start(stubborn)
    stopping = asyncio.create_task(supervisor.stop("payments"))
    await asyncio.sleep(0)
    stopping.cancel()
    supervisor.kill_all()
    assert await stubborn.ended() == -9


async def test_clean_ends_what_runs_and_removes_the_folder(folder: Folder) -> None:
    """`make clean` leaves neither process nor file, and may run twice."""
    sleeper = program(folder, "payments", SLEEPER)
    await sleeper.start()
    await asyncio.to_thread(clean, folder)
    assert await sleeper.ended() == -15
    assert not folder.root.exists()
    clean(folder)

"""examples/subscriber as an outsider runs it: an environment and a folder of its own, credentials from an operator,
nothing of this repository on its path. It keeps everything once and in order, whatever dies meanwhile."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import asyncpg
import jsonschema_rs
import pytest

from deploy.local.demo_people import Dental, Person
from deploy.local.folder import REPOSITORY
from tests.e2e.portal import DECLINED_CARD, Answer, Visitor
from tests.e2e.stack_process import StackProcess
from tests.e2e.test_subscriber_command import subscriber_command, told

pytestmark = pytest.mark.timeout(600)
EXAMPLE = REPOSITORY / "examples" / "subscriber"
HEARD_WITHIN_SECONDS = 90
SAID = """
SELECT event_id::text, subject, sequence, type, body
  FROM payments.outbox
 WHERE id > $1 AND type LIKE 'payment.%' AND routing_key LIKE $2
 ORDER BY id
"""
KEPT = "SELECT event_id, subject, sequence, type, body FROM event"

Event = tuple[str, str, int, str, str]


class VisitorOfTwo(Visitor):
    """Somebody with a health policy and, of another insurer, a dental one: a payment may be for both."""

    async def enroll(self, person: Person) -> Answer:
        """The marketplace sends both policies."""
        return await super().enroll(replace(person, dental=Dental("Bright Basic", 2_000)))


@dataclass
class Outsider:
    """The example in a folder of its own. `environment` is all that it is told."""

    folder: Path
    python: Path
    environment: dict[str, str]
    process: Process | None = None

    async def start(self, *arguments: str) -> Process:
        """Start it; it writes its log beside itself."""
        with (self.folder / "subscriber.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                self.python, "-I", "subscriber.py", *arguments,
                cwd=self.folder,
                env=self.environment,
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
            )  # fmt: skip
        return self.process

    async def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    def kept(self) -> list[Event]:
        """What it has in its store, in the order in which it took it."""
        if not (self.folder / "events.sqlite").exists():
            return []
        with contextlib.closing(sqlite3.connect(self.folder / "events.sqlite", timeout=10)) as store:
            if not store.execute("SELECT 1 FROM sqlite_master WHERE name = 'event'").fetchall():
                return []  # it is just beginning
            return [(row[0], row[1], row[2], row[3], row[4]) for row in store.execute(f"{KEPT} ORDER BY rowid")]

    async def until(self, holds: Callable[[list[Event]], bool]) -> list[Event]:
        """Wait until what is kept is as wanted; fails with what it says itself."""
        try:
            async with asyncio.timeout(HEARD_WITHIN_SECONDS):
                while not holds(kept := self.kept()):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError((self.folder / "subscriber.log").read_text()[-3000:]) from None
        return kept


@pytest.fixture(scope="session")
async def clean_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with what the example's lock names, by its hashes, and nothing else."""
    place = tmp_path_factory.mktemp("outsider") / "venv"
    for command in (
        ["-m", "venv", "--without-pip", str(place)],
        ["-m", "pip", "--python", str(place / "bin" / "python"), "install", "--quiet", "--no-input", "--no-deps",
         "--require-hashes", "--requirement", str(EXAMPLE / "requirements.txt")],
    ):  # fmt: skip
        process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE, stderr=PIPE)
        _, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
    return place / "bin" / "python"


@pytest.fixture
async def outsider(stack: StackProcess, clean_python: Path, tmp_path: Path) -> AsyncIterator[Outsider]:
    """Somebody with the example, its README, and what the operator's command told."""
    folder = tmp_path / "outside"
    folder.mkdir()
    shutil.copy(EXAMPLE / "subscriber.py", folder)
    name = f"outsider-{uuid4().hex[:6]}"
    arguments = ("add", name, "--insurer", "evergreen", "--events", "payment.*")
    _, out, _ = await subscriber_command(stack, *arguments)
    outsider = Outsider(folder, clean_python, told(out))
    yield outsider
    with contextlib.suppress(AssertionError):
        await outsider.kill()
    await subscriber_command(stack, "remove", name)


async def said(stack: StackProcess, after_id: int, insurer: str, *, count: int) -> list[Event]:
    """What payments has announced since then about payments of an insurer, once it is `count` events: sent or not."""
    connection = await asyncpg.connect(stack.told()["operator_dsn"])
    async with asyncio.timeout(HEARD_WITHIN_SECONDS):
        while len(rows := await connection.fetch(SAID, after_id, f"%.{insurer}")) < count:
            await asyncio.sleep(0.1)
    await connection.close()
    return [tuple(row) for row in rows]


async def last_id(stack: StackProcess) -> int:
    """The newest event of payments."""
    connection = await asyncpg.connect(stack.told()["operator_dsn"])
    found: int = await connection.fetchval("SELECT coalesce(max(id), 0) FROM payments.outbox")
    await connection.close()
    return found


async def pay(visitor: Visitor, method_id: str, count: int) -> None:
    """Pay some dollars, several times."""
    for number in range(count):
        body = {"amount_cents": 500 + number, "method_id": method_id}
        await visitor.done("POST", "/v1/payments", body, key=str(uuid4()))


async def check_bodies(visitor: Visitor, events: list[Event]) -> None:
    """Each body is what the document that the portal serves to everybody says of its type."""
    document = await visitor.done("GET", "/asyncapi.json")
    for _, subject, _, event_type, body in events:
        payload = document["components"]["messages"][event_type]["payload"]
        schema = {**payload, "components": document["components"]}
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(json.loads(body))
        assert json.loads(body)["payment_id"] == subject


def in_order(events: list[Event]) -> bool:
    """Whether, for each payment, what came later has the higher sequence."""
    last: dict[str, int] = {}
    for _, subject, sequence, _, _ in events:
        if last.get(subject, 0) >= sequence:
            return False
        last[subject] = sequence
    return True


async def test_an_outsider_keeps_every_event_once_and_in_order_though_it_and_the_broker_are_killed(
    stack: StackProcess, visitor: Visitor, outsider: Outsider
) -> None:
    """The program's store and the outbox are compared: each event of its insurer's payments, as it was said, once; and
    nothing of a payment that tells what a member has with another insurer."""
    before = await last_id(stack)
    await visitor.become_member()
    good, bad = (await visitor.save_card()), (await visitor.save_card(DECLINED_CARD))
    async with VisitorOfTwo(stack) as with_two:
        await with_two.become_member()
        await outsider.start()
        await pay(visitor, good["method_id"], 2)
        await outsider.until(lambda kept: len(kept) >= 2)
        await outsider.kill()
        await pay(visitor, bad["method_id"], 1)
        owed = (await with_two.done("GET", "/v1/balance"))["due_now_cents"]
        method_id = (await with_two.save_card())["method_id"]
        await with_two.done("POST", "/v1/payments", {"amount_cents": owed, "method_id": method_id}, key=str(uuid4()))
        await pay(visitor, good["method_id"], 2)
        await outsider.start()
        os.kill(stack.pids()["rabbitmq"], signal.SIGKILL)
        await pay(visitor, good["method_id"], 3)
        await outsider.kill()
        await outsider.start()
    expected = await said(stack, before, "evergreen", count=16)
    assert len(await said(stack, before, "several", count=2)) == 2
    kept = await outsider.until(lambda kept: len(kept) >= len(expected))
    assert kept == expected
    assert in_order(kept)
    await check_bodies(visitor, kept)
    await stack.until_all_up()
    await outsider.kill()
    (outsider.folder / "events.sqlite").unlink()
    assert await (await outsider.start("replay")).wait() == 0
    assert outsider.kept() == expected

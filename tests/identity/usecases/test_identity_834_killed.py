"""A file that is worked through by several processes, some of which die: each line is taken once, none is left."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.identity.domain.sealed import SealBroken
from services.identity.jobs import run_take_files
from services.identity.usecases.open_file import MOST_ATTEMPTS, OpenFiles
from services.identity.usecases.parts import Parts
from tests.conftest import app_dsn
from tests.identity import edi
from tests.identity.conftest import Identity, Meddle
from tests.identity.edi import FileDesk, said
from tests.identity.test_identity_start import run

MEMBERS = 450
FREE_LEASES = "UPDATE enrollment_import SET leased_until = now() - interval '1 second' WHERE status = 'working'"


def another_process(identity: Identity) -> Parts:
    """The parts of another process on the same database."""
    parts = identity.parts
    return Parts(
        parts.db, parts.clock, parts.rules, parts.keys, parts.hasher, parts.signer, parts.link_key, OpenFiles()
    )


async def step(parts: Parts) -> int:
    """One batch by one process."""
    return await run_take_files(parts, parts.clock.now())


async def free_leases(identity: Identity) -> None:
    """Let the time of the leases have passed."""
    await identity.parts.db.write(lambda tx: tx.execute(FREE_LEASES))


async def counted(identity: Identity) -> list[dict[str, Any]]:
    """How many lines there are, how many of them were taken, how many facts were announced, how many people made."""
    return await identity.rows(
        "SELECT (SELECT count(*) FROM enrollment_import_line) AS lines, (SELECT count(*) FROM member) AS members,"
        " (SELECT count(*) FROM enrollment_import_line WHERE status = 'accepted') AS accepted,"
        " (SELECT count(*) FROM outbox WHERE type = 'member.enrolled.v1') AS facts"
    )


@pytest.mark.parametrize("point", ["identity.file_batch_saved:1", "identity.file_batch_saved:3",
                                   "identity.file_batch_taken:2", "identity.file_batch_taken:5"])  # fmt: skip
async def test_killed_between_and_within_commits_each_line_is_taken_once(
    identity: Identity, portal_database: str, tmp_path: Path, point: str
) -> None:
    """kill -9 of a real process; the same command again finds its import and goes on behind the last commit."""
    dsn, file = app_dsn("identity", portal_database), tmp_path / "members.edi"
    file.write_bytes(b"".join(edi.large_file(MEMBERS)))
    status, *_ = await run(dsn, "import-834", str(file), CRASH_AT=point)
    assert status == -9
    await free_leases(identity)
    status, out, errors = await run(dsn, "import-834", str(file))
    assert (status, errors) == (0, "")
    assert out.splitlines()[0].endswith(f": {MEMBERS} accepted, 0 unchanged, 0 rejected, 0 noted")
    assert await counted(identity) == [{"lines": MEMBERS, "members": MEMBERS, "accepted": MEMBERS, "facts": MEMBERS}]
    assert await identity.broken_checks() == {}


async def test_the_command_says_which_lines_need_a_look(portal_database: str, tmp_path: Path) -> None:
    """Segment, policy number, code and words; exit status 1 when something was not taken, 2 when nothing was done."""
    dsn, file = app_dsn("identity", portal_database), tmp_path / "audit.edi"
    file.write_bytes(edi.sample(edi.AUDIT))
    status, out, _ = await run(dsn, "import-834", str(file), "--partner", "Payer 1")
    assert status == 0
    assert "segment 8  accepted  000003409999-00389999  ssn-invalid: The SSN is not a possible one." in out
    assert "999999999" not in out
    file.write_bytes(edi.sample()[:-60])
    status, out, _ = await run(dsn, "import-834", str(file))
    assert (status, "cut-off" in out) == (1, True)
    file.write_bytes(b"name,address\n")
    assert (await run(dsn, "import-834", str(file)))[0] == 2
    assert (await run(dsn, "import-834", str(tmp_path / "none.edi")))[0] == 2


async def test_two_processes_do_not_work_on_one_file(identity: Identity) -> None:
    """While one holds the lease the other finds nothing; when it has run out, the other goes on and the first stops."""
    first, second = identity.parts, another_process(identity)
    await FileDesk(identity).send(b"".join(edi.large_file(MEMBERS)))
    assert await step(first) == 1
    assert await step(second) == 0
    await free_leases(identity)
    assert await step(second) == 1
    assert await step(first) == 1
    assert first.files.held is None
    while await step(second):
        pass
    assert await counted(identity) == [{"lines": MEMBERS, "members": MEMBERS, "accepted": MEMBERS, "facts": MEMBERS}]
    assert await identity.broken_checks() == {}


async def test_two_processes_share_the_files_that_wait(identity: Identity) -> None:
    """Each claims a file of its own, with the same people in both: nobody is made twice, nothing waits in a circle."""
    first, second = identity.parts, another_process(identity)
    desk = FileDesk(identity)
    whole = b"".join(edi.large_file(MEMBERS))
    for number in (1, 2):
        assert (await desk.send(edi.numbered(whole, number))).status == 202
    while await step(first) + await step(second):
        pass
    ((facts),) = await counted(identity)
    assert facts == {"lines": 2 * MEMBERS, "members": MEMBERS, "accepted": MEMBERS, "facts": MEMBERS}
    assert await identity.broken_checks() == {}


async def test_a_line_that_cannot_be_taken_for_a_reason_of_ours_is_named(
    identity: Identity, portal_database: str
) -> None:
    """The database refuses one member's row: that line says so, the other members of its batch are enrolled."""
    operator = await asyncpg.connect(portal_database)
    await operator.execute("ALTER TABLE identity.member ADD CHECK (last_name <> 'MEMBERC')")
    await operator.close()
    lines = (await FileDesk(identity).take(b"".join(edi.large_file(5))))["lines"]
    assert [said(line) for line in lines] == [[], ["not-taken"], [], [], []]
    assert [line["status"] for line in lines] == ["accepted", "rejected", "accepted", "accepted", "accepted"]
    assert len(await identity.said("member.enrolled.v1")) == 4
    assert await identity.broken_checks() == {}


async def test_a_file_that_kills_whoever_reads_it_is_given_up(identity: Identity, meddle: Meddle) -> None:
    """After some claims without a batch in between the import ends with a line that says so; the next one starts."""
    desk = FileDesk(identity)
    sent = await desk.send(edi.sample())
    await meddle("UPDATE enrollment_import_part SET sealed = 'broken'::bytea")
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(SealBroken):
            await step(identity.parts)
    await desk.work()
    shown = (await desk.show(sent.body["import_id"])).body
    assert (shown["status"], [said(line) for line in shown["lines"]]) == ("done", [["given-up"]])
    assert (await desk.take(edi.sample(edi.NEW)))["counts"]["accepted"] == 1
    assert await identity.broken_checks() == {}

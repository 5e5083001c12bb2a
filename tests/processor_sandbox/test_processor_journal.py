"""What the processor keeps: over a kill, over a torn line, and never two charges under one key."""

import asyncio
import json
import resource
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.processor_sandbox.charges import ChargeBook
from deploy.processor_sandbox.errors import JournalDamaged, JournalInUse, JournalUnavailable
from deploy.processor_sandbox.journal import Journal, RecordKind
from deploy.processor_sandbox.restore import restore
from tests.processor_sandbox.sandbox_process import SandboxProcess, StartProcessor, card_details

CARD = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2040, "behavior": "approve"}
TOKEN_LINE = json.dumps({"kind": "token", "token": "tok_a", "card": CARD})
VOID_LINE = json.dumps({"kind": "void", "key": "voided"})


def charge_line(key: str) -> str:
    """A charge as the journal keeps it."""
    charge = {"charge_id": f"ch_{key}", "key": key, "status": "succeeded", "amount_cents": 1, "reference": "R"}
    rest = {"source": "tok_a", "statement_text": "S", "decline_code": None, "created_at": "2026-11-23T00:00:00+00:00"}
    return json.dumps({"kind": "charge", "charge": {**charge, **rest}})


def write_journal(path: Path, text: str) -> None:
    """Leave a journal for a process to start on."""
    path.parent.mkdir()
    path.write_text(text)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """What stands in a journal, line by line."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def charged_keys(path: Path) -> list[str]:
    """The keys of the charges that a fresh start on `path` would know."""
    journal = Journal(path)
    try:
        book: ChargeBook = restore(journal)[1]
        return [charge.key for charge in book.list_after(0, 1000)[0]]
    finally:
        journal.close()


async def test_everything_answered_outlives_a_kill(journal_path: Path, start_processor: StartProcessor) -> None:
    """After kill -9 and a restart the cards, tokens, charges and voids are as they were told."""
    before = await start_processor(journal_path)
    card_id, unused, used = await before.card_id(), await before.token(), await before.token()
    paid = (await before.charge("paid", card_id)).body
    await before.charge("once", used)
    await before.void("never")
    listed = await before.charges()
    await before.kill()

    after = await start_processor(journal_path)
    assert await after.charges() == listed
    assert (await after.charge("paid", card_id)).body == paid
    assert (await after.charge("paid", card_id, amount_cents=1)).code == "key_reused"
    assert (await after.charge("never", card_id)).code == "key_voided"
    assert (await after.charge("other", used)).code == "token_used"
    assert (await after.charge("fresh", unused)).status == 201
    await after.terminate()


async def test_a_kept_token_gives_the_same_card_after_a_kill(
    journal_path: Path, start_processor: StartProcessor
) -> None:
    """A caller who asks again after a crash gets the card it was given before."""
    before = await start_processor(journal_path)
    token = await before.token()
    kept = (await before.call("POST", "/v1/cards", json={"token": token})).body
    await before.kill()
    after = await start_processor(journal_path)
    assert (await after.call("POST", "/v1/cards", json={"token": token})).body == kept
    await after.terminate()


async def test_a_held_charge_outlives_a_kill(journal_path: Path, start_processor: StartProcessor) -> None:
    """A charge whose answer was still held when the process was killed is there afterwards, once."""
    before = await start_processor(journal_path, slow_seconds=60)
    source = await before.card_id("4000000000006975")
    held = asyncio.create_task(before.charge("held", source))
    seen = await before.charge_once_there("held")
    await before.kill()
    with pytest.raises(aiohttp.ClientError):
        await held
    after = await start_processor(journal_path)
    assert (await after.charge("held", source)).body == seen
    assert await after.charges() == [seen]
    await after.terminate()


async def test_kills_under_load_never_charge_a_key_twice(journal_path: Path, start_processor: StartProcessor) -> None:
    """Callers who insist through five kills end with one charge per key, and none that was answered is lost."""
    processor = await start_processor(journal_path)
    source = await processor.card_id()
    answered: dict[str, str] = {}

    async def insist(worker: int, current: SandboxProcess) -> None:
        number = 0
        while True:
            name = f"key-{worker}-{number}"
            try:
                answered[name] = (await current.charge(name, source)).body["charge_id"]
            except (aiohttp.ClientError, RuntimeError):
                return
            number += 1

    for _ in range(5):
        goal = len(answered) + 50
        callers = [asyncio.create_task(insist(worker, processor)) for worker in range(8)]
        while len(answered) < goal:
            await processor.charges(key="nobody")
        await processor.kill()
        await asyncio.gather(*callers)
        processor = await start_processor(journal_path)
    await processor.terminate()

    charges = [line["charge"] for line in read_lines(journal_path) if line["kind"] == "charge"]
    kept = {charge["key"]: charge["charge_id"] for charge in charges}
    assert len(kept) == len(charges)
    assert answered.items() <= kept.items()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut_bytes=st.integers(min_value=1, max_value=900))
def test_a_journal_cut_anywhere_keeps_its_whole_lines(tmp_path: Path, cut_bytes: int) -> None:
    """Wherever a crash tears the file, the whole lines before are kept and the rest is cut off for good."""
    path = tmp_path / "torn.jsonl"
    lines = [TOKEN_LINE, charge_line("a"), VOID_LINE, charge_line("b")]
    whole = "".join(f"{line}\n" for line in lines).encode()[:-cut_bytes]
    path.write_bytes(whole)
    kept_lines = whole.count(b"\n")
    assert charged_keys(path) == [key for key, needed in (("a", 2), ("b", 4)) if kept_lines >= needed]
    assert path.read_bytes() == whole[: whole.rfind(b"\n") + 1]


async def test_after_a_torn_line_the_next_charge_is_readable(
    journal_path: Path, start_processor: StartProcessor
) -> None:
    """A start on a torn journal writes on from the last whole line."""
    write_journal(journal_path, f"{TOKEN_LINE}\n{charge_line('torn')[:60]}")
    processor = await start_processor(journal_path)
    assert (await processor.charge("torn", "tok_a")).status == 201
    await processor.kill()
    assert charged_keys(journal_path) == ["torn"]


@pytest.mark.parametrize(
    "lines",
    [
        [TOKEN_LINE, charge_line("a"), charge_line("a")],
        [VOID_LINE, charge_line("voided")],
        [charge_line("voided"), VOID_LINE],
        [TOKEN_LINE, "no json", charge_line("a")],
        [TOKEN_LINE, "[]"],
        ['{"kind": "refund"}'],
        ['{"kind": "card", "card_id": "card_a", "token": "tok_nobody"}'],
        ['{"kind": "charge", "charge": {"charge_id": "ch_1"}}'],
    ],
    ids=["twice", "after void", "void after", "no json", "list", "kind", "no token", "half"],
)
async def test_a_journal_that_cannot_be_true_stops_the_start(
    journal_path: Path, capfd: pytest.CaptureFixture[str], lines: list[str], start_processor: StartProcessor
) -> None:
    """Two charges under one key, or lines that make no sense, are reported with their line, not repaired."""
    write_journal(journal_path, "".join(f"{line}\n" for line in lines))
    with pytest.raises(JournalDamaged, match=r"line \d"):
        charged_keys(journal_path)
    with pytest.raises(RuntimeError, match="ended with 1"):
        await start_processor(journal_path)
    assert "processor sandbox: line" in capfd.readouterr().err


async def test_two_processes_never_share_a_journal(
    journal_path: Path, capfd: pytest.CaptureFixture[str], start_processor: StartProcessor
) -> None:
    """A second process on the same file does not start, for two could charge one key twice."""
    first = await start_processor(journal_path)
    with pytest.raises(JournalInUse):
        Journal(journal_path)
    with pytest.raises(RuntimeError, match="ended with 1"):
        await start_processor(journal_path)
    assert "in use by another process" in capfd.readouterr().err
    await first.terminate()


async def test_a_taken_port_is_told_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], start_processor: StartProcessor
) -> None:
    """When the port is taken the process ends with a line that says so."""
    first = await start_processor(tmp_path / "first.jsonl")
    with pytest.raises(RuntimeError, match="ended with 1"):
        await start_processor(tmp_path / "second.jsonl", port=int(first.url.rsplit(":", 1)[1]))
    complaint = capfd.readouterr().err
    assert "address already in use" in complaint
    assert "Traceback" not in complaint
    await first.terminate()


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    """A line that does not fit is taken back whole, and the journal goes on once there is room."""
    path = tmp_path / "full.jsonl"
    journal = Journal(path)
    journal.append(RecordKind.VOID, key="first")
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    earlier = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for room_bytes in (0, 5):
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room_bytes, limits[1]))
            with pytest.raises(JournalUnavailable):
                journal.append(RecordKind.VOID, key="second")
            assert path.read_bytes() == before
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, earlier)
    journal.append(RecordKind.VOID, key="third")
    journal.close()
    assert [line["key"] for line in read_lines(path)] == ["first", "third"]


async def test_sigterm_ends_quickly_though_answers_are_held(
    journal_path: Path, start_processor: StartProcessor
) -> None:
    """With slow, silent and waiting charges in hand the process ends within two seconds and drops their answers."""
    processor = await start_processor(journal_path, slow_seconds=60, silence_seconds=60)
    held = [asyncio.create_task(processor.charge("slow", await processor.card_id("4000000000006975")))]
    await processor.charge_once_there("slow")
    await processor.set_faults(charge_then_silence=1)
    held.append(asyncio.create_task(processor.charge("silent", await processor.card_id())))
    await processor.charge_once_there("silent")
    await processor.set_faults(delay_seconds=60)
    held.append(asyncio.create_task(processor.charge("waiting", await processor.card_id())))
    await processor.call("POST", "/v1/tokens", json=card_details())
    exit_code, took_seconds = await processor.terminate()
    outcomes = await asyncio.gather(*held, return_exceptions=True)
    assert exit_code == 0
    assert took_seconds < 2
    assert all(isinstance(outcome, aiohttp.ClientError) for outcome in outcomes)
    assert charged_keys(journal_path) == ["slow", "silent"]

"""The typesetter's processes: how many, how long, and what they are told."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.gateway.providers.typesetter import (
    AT_A_TIME,
    FontsMissing,
    Typesetter,
    TypesetterBusy,
    TypesettingFailed,
)
from services.gateway.usecases.write_receipt import TEMPLATE

WRITTEN_AT = datetime(2026, 11, 24, 18, 4, tzinfo=UTC)


ONE_LINE = '#set document(title: "A line")\n#sys.inputs.line\n'
TAKES_MINUTES = "#for first in range(100000) { for second in range(100000) { } }\n"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A document of one line, outside the gateway's own templates."""
    return written(tmp_path, ONE_LINE)


def written(folder: Path, source: str) -> Path:
    """A template in a folder, in place of what stood there."""
    path = folder / f"template-{len(source)}.typ"
    path.write_text(source, encoding="utf-8")
    return path


def rooted_at(folder: Path, *, wait_seconds: float = 10, set_seconds: float = 10) -> Typesetter:
    """A typesetter with the fonts that were built, for templates in `folder`."""
    return Typesetter(root=folder, wait_seconds=wait_seconds, set_seconds=set_seconds)


async def test_many_at_once_are_all_set(template: Path) -> None:
    """Who asks while others are served waits for a turn, and gets what he asked for."""
    typesetter = rooted_at(template.parent, wait_seconds=60)
    written = await asyncio.gather(*(typesetter.set(template, {"line": f"{it}"}, WRITTEN_AT) for it in range(6)))
    assert len(set(written)) == 6
    assert all(pdf.startswith(b"%PDF-1.7") for pdf in written)


async def test_who_waits_too_long_for_a_turn_is_sent_away(template: Path) -> None:
    """While every turn is taken nobody else is served, and served again once there is a turn."""
    typesetter = rooted_at(template.parent, wait_seconds=0.01)
    for _ in range(AT_A_TIME):
        await typesetter._turns.acquire()
    with pytest.raises(TypesetterBusy):
        await typesetter.set(template, {"line": "late"}, WRITTEN_AT)
    typesetter._turns.release()
    assert await typesetter.set(template, {"line": "in time"}, WRITTEN_AT)


async def test_setting_that_does_not_end_is_ended(tmp_path: Path) -> None:
    """A document that takes too long costs its caller a while, and nobody else a turn."""
    template, typesetter = written(tmp_path, TAKES_MINUTES), rooted_at(tmp_path, set_seconds=0.3)
    for _ in range(AT_A_TIME + 1):
        with pytest.raises(TypesetterBusy):
            await typesetter.set(template, {}, WRITTEN_AT)


async def test_who_goes_away_leaves_no_process_behind(template: Path) -> None:
    """A caller who gives up gives the turn back, and the process ends with him."""
    slow, typesetter = written(template.parent, TAKES_MINUTES), rooted_at(template.parent)
    calls = [asyncio.create_task(typesetter.set(slow, {}, WRITTEN_AT)) for _ in range(AT_A_TIME)]
    while not typesetter._turns.locked():
        await asyncio.sleep(0)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert await typesetter.set(template, {"line": "again"}, WRITTEN_AT)


async def test_a_wrong_template_is_an_error_without_what_was_in_it(tmp_path: Path) -> None:
    """The failure names nothing that a document said: that may be somebody's name."""
    template = written(tmp_path, "#panic(sys.inputs.line)")
    with pytest.raises(TypesettingFailed) as failure:
        await rooted_at(tmp_path).set(template, {"line": "Nora"}, WRITTEN_AT)
    assert "Nora" not in str(failure.value)


async def test_a_template_reads_no_file_outside_its_root(tmp_path: Path) -> None:
    """Even a template that tries gets at nothing else on the machine."""
    template = written(tmp_path, '#read("/../../../../../../etc/hostname")')
    with pytest.raises(TypesettingFailed):
        await rooted_at(tmp_path).set(template, {}, WRITTEN_AT)


async def test_the_portals_templates_are_below_its_root() -> None:
    """As it is wired it sets the receipt: with words missing it fails, it does not miss the file."""
    with pytest.raises(TypesettingFailed):
        await Typesetter().set(TEMPLATE, {}, WRITTEN_AT)


def test_a_gateway_without_its_fonts_says_how_to_build_them(tmp_path: Path) -> None:
    """The machine's own fonts are not taken instead: receipts would look different from place to place."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(FontsMissing, match="make portal"):
            Typesetter(fonts=folder)

"""Looking charges up: by key, by reference, and all of them page by page."""

from pathlib import Path

import pytest

from tests.processor_sandbox.sandbox_process import SandboxProcess, StartProcessor


async def test_charges_are_found_by_key_and_by_reference(processor: SandboxProcess, key: str) -> None:
    """Two charges for one reference are both found, oldest first, and each by its key."""
    source = await processor.card_id()
    made = [(await processor.charge(f"{key}-{number}", source, reference=f"R {key}")).body for number in (1, 2)]
    assert await processor.charges(reference=f"R {key}") == made
    assert await processor.charges(key=f"{key}-2") == made[1:]


@pytest.mark.parametrize("query", [{"key": "nobody"}, {"reference": "nobody"}, {"key": "a\0b"}, {"key": ""}], ids=str)
async def test_what_is_not_there_is_an_empty_list(processor: SandboxProcess, query: dict[str, str]) -> None:
    """A look-up that finds nothing is no error."""
    assert await processor.charges(**query) == []


async def test_all_charges_come_page_by_page(journal_path: Path, start_processor: StartProcessor) -> None:
    """Following the cursor shows every charge once, newest last, and the last page has no cursor."""
    processor = await start_processor(journal_path)
    source = await processor.card_id()
    made = [(await processor.charge(f"key-{number}", source)).body["charge_id"] for number in range(5)]
    seen: list[str] = []
    cursor: int | None = 0
    while cursor is not None:
        page = (await processor.call("GET", "/v1/charges", params={"after": cursor, "limit": 2})).body
        seen += [charge["charge_id"] for charge in page["items"]]
        cursor = page["next_cursor"]
    assert seen == made
    assert (await processor.call("GET", "/v1/charges")).body["next_cursor"] is None
    assert await processor.charges(after=5) == []
    await processor.terminate()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("after=1e3", "after"),
        ("after=99999999999999999999", "after"),
        ("after=%00", "after"),
        ("after=%D9%A1", "after"),
        ("key=a&key=b", "key"),
        ("key=a&reference=b", "key"),
        ("color=red", "color"),
    ],
)
async def test_a_query_that_makes_no_sense_names_its_field(processor: SandboxProcess, query: str, field: str) -> None:
    """A bad page size, a bad cursor, two questions at once or an unknown one: 422 with the name."""
    answer = await processor.call("GET", f"/v1/charges?{query}")
    assert (answer.status, answer.body["error"]["field"]) == (422, field)

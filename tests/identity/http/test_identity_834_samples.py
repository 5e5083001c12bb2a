"""834 files over HTTP: the samples become policies, bad members are named, and the same again changes nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.identity import edi
from tests.identity.conftest import Identity
from tests.identity.edi import FileDesk, said


@pytest.fixture
async def desk(identity: Identity) -> AsyncIterator[FileDesk]:
    """A partner who sends files; afterwards every invariant holds."""
    yield FileDesk(identity)
    assert await identity.broken_checks() == {}


async def test_a_family_of_the_exchange_becomes_a_policy_with_a_dependent(identity: Identity, desk: FileDesk) -> None:
    """Premium 808.31, subsidy 626.66, so the member's share is 181.65; the spouse is covered by the same policy."""
    result = await desk.take(edi.sample())
    (line,) = result["lines"]
    assert (line["status"], line["segment"], line["policy_number"]) == ("accepted", 8, edi.POLICY)
    assert (line["dependents"], said(line)) == (1, [])
    assert result["counts"] == {"accepted": 1, "unchanged": 0, "rejected": 0, "noted": 0}
    (fact,) = await identity.said("member.enrolled.v1")
    policy = fact["policy"]
    assert policy["premium_cents"] - policy["subsidy_cents"] == 18_165
    assert (policy["premium_cents"], policy["subsidy_cents"]) == (80_831, 62_666)
    assert (policy["insurer_id"], policy["kind"], policy["plan"]) == ("71644", "health", "PRIMARYSELECT SILVER DEP25")
    assert (fact["action"], fact["effective_on"], policy["coverage_start_on"]) == ("add", "2027-01-01", "2027-01-01")
    (member,) = await identity.rows("SELECT * FROM member")
    assert (member["first_name"], member["zip_code"], member["language"]) == ("MATEO", "02118", "es")
    assert (member["email"], member["phone"]) == ("mateo.alvarez@example.org", "+16175550142")
    (dependent,) = await identity.rows("SELECT * FROM enrolled_dependent")
    assert (dependent["first_name"], dependent["policy_number"]) == ("MARISOL", edi.POLICY)
    assert "MARISOL" not in str(fact)


@pytest.mark.parametrize(
    ("name", "number", "cents", "warnings"),
    [
        (edi.AUDIT, "000003409999-00389999", 4_534, ["ssn-invalid", "coverage-kind-assumed"]),
        (edi.NEW, "GRP001-M000001", None, ["ssn-invalid", "plan-missing", "premium-missing"]),
    ],
)
async def test_the_other_samples_are_taken_as_far_as_they_say(
    identity: Identity, desk: FileDesk, name: str, number: str, cents: int | None, warnings: list[str]
) -> None:
    """Other separators, trailing blanks, no plan or premium, an SSN that cannot be one: taken, with warnings."""
    (line,) = (await desk.take(edi.sample(name)))["lines"]
    assert (line["status"], line["policy_number"], said(line)) == ("accepted", number, warnings)
    (fact,) = await identity.said("member.enrolled.v1")
    assert fact["policy"]["premium_cents"] == cents


async def test_the_same_file_twice_changes_nothing(identity: Identity, desk: FileDesk) -> None:
    """The same bytes are the same import; the same words in another interchange are lines that change nothing."""
    first, again = await desk.send(edi.sample()), await desk.send(edi.sample())
    assert (first.status, again.status) == (202, 202)
    assert first.body == again.body
    await desk.work()
    assert (await desk.send(edi.sample())).body == first.body
    other = await desk.take(edi.numbered(edi.sample(), 77))
    assert [(line["status"], line["dependents"]) for line in other["lines"]] == [("unchanged", 1)]
    assert len(await identity.said("member.enrolled.v1")) == 1
    assert len(await identity.rows("SELECT DISTINCT import_id FROM enrollment_import_part")) == 2


async def test_an_interchange_number_is_for_one_file(identity: Identity, desk: FileDesk) -> None:
    """Other bytes under a used number are refused and leave nothing; another partner's numbers are its own."""
    await desk.take(edi.sample())
    other = edi.changed({"REF*9X*808.31": "REF*9X*908.31"})
    refused = await desk.send(other)
    assert (refused.status, refused.problem) == (409, "control-number-reused")
    assert len(await identity.rows("SELECT 1 FROM enrollment_import_part")) == 1
    assert (await desk.send(other, partner="other")).status == 202
    await desk.work()


async def test_twenty_times_at_once_is_one_file(identity: Identity, desk: FileDesk) -> None:
    """Twenty copies in the same moment make one import with one set of pieces, one member and one fact."""
    await identity.partner()
    sent = await asyncio.gather(*(desk.send(edi.sample()) for _ in range(20)))
    assert {answer.status for answer in sent} == {202}
    assert len({answer.body["import_id"] for answer in sent}) == 1
    await desk.work()
    assert len(await identity.rows("SELECT 1 FROM enrollment_import_part")) == 1
    assert len(await identity.said("member.enrolled.v1")) == 1


async def test_a_file_is_shown_while_it_waits_and_page_by_page(desk: FileDesk) -> None:
    """Received, then done; the lines come in pages with a cursor, as all lists do."""
    sent = await desk.send(b"".join(edi.large_file(7)))
    waiting = await desk.show(sent.body["import_id"])
    assert (waiting.body["status"], waiting.body["lines"]) == ("received", [])
    await desk.work()
    lines: list[Any] = []
    cursor = ""
    while cursor is not None:
        page = await desk.show(sent.body["import_id"], f"?limit=3{cursor and '&cursor=' + cursor}")
        assert (page.status, page.body["status"]) == (200, "done")
        lines += page.body["lines"]
        cursor = page.body["next_cursor"]
        assert ("Link" in page.headers) == (cursor is not None)
    assert [line["line"] for line in lines] == list(range(1, 8))
    assert page.body["counts"] == {"accepted": 7, "unchanged": 0, "rejected": 0, "noted": 0}
    assert (await desk.show(sent.body["import_id"], "?cursor=x")).pointers == {"?cursor"}


async def test_bad_members_are_named_and_the_good_ones_stay(desk: FileDesk) -> None:
    """Of five members two are bad; each says where it stands and why, the other three are enrolled."""
    header, *_ = [list(edi.segments(part)) for part in edi.large_file(0)]
    members = [edi.member_segments(number) for number in range(1, 6)]
    members[1] = [part for part in members[1] if not part.startswith("DMG")]
    members[3] = [part.replace("REF*9X*350.50", "REF*9X*3x0.50") for part in members[3]]
    body = [part for member in members for part in member]
    file = [*header, *body, f"SE*{len(header) - 2 + len(body) + 1}*0003", "GE*1*35515", "IEA*1*000000007"]
    result = await desk.take(edi.edi(file))
    assert [line["status"] for line in result["lines"]] == ["accepted", "rejected", "accepted", "rejected", "accepted"]
    assert [said(line) for line in result["lines"]] == [[], ["birth-date-missing"], [], ["amount-invalid"], []]
    assert [file[line["segment"] - 1][:3] for line in result["lines"]] == ["INS"] * 5
    assert [line["policy_number"] for line in result["lines"]] == [f"P-{number:010d}" for number in range(1, 6)]


async def test_a_file_that_breaks_off_keeps_whoever_came_whole(desk: FileDesk) -> None:
    """The member in whom the file ends is rejected, those before stay, and the file says that its end is missing."""
    whole = b"".join(edi.large_file(4))
    result = await desk.take(whole[: int(len(whole) * 0.8)])
    assert [line["status"] for line in result["lines"]] == ["accepted"] * 3 + ["rejected", "noted"]
    assert [said(line) for line in result["lines"][3:]] == [["cut-off"], ["cut-off"]]
    again = await desk.take(edi.numbered(whole, 8))
    assert [line["status"] for line in again["lines"]] == ["unchanged"] * 3 + ["accepted"]


async def test_a_key_for_some_insurers_brings_in_no_others(identity: Identity, desk: FileDesk) -> None:
    """A line of an insurer that the key is not for is rejected."""
    (line,) = (await desk.take(edi.sample(), insurers=("blueharbor",)))["lines"]
    assert (line["status"], said(line)) == ("rejected", ["insurer-not-allowed"])
    assert await identity.rows("SELECT 1 FROM member") == []
    (line,) = (await desk.take(edi.numbered(edi.sample(), 9), insurers=("71644",)))["lines"]
    assert line["status"] == "accepted"


async def test_what_is_no_x12_file_is_refused_at_once(identity: Identity, desk: FileDesk) -> None:
    """Empty bodies, JSON, other formats and an ISA that cannot be read are a 422, and nothing is kept of them."""
    for raw in (b"", b"{}", b"   \r\n", b"%PDF-1.7 " * 2_000, b"GS*BE*A*B~", b"ISA*00*", b"ISA" + b"*" * 5_000):
        refused = await desk.send(raw)
        assert (refused.status, refused.problem) == (422, "not-an-interchange"), raw[:20]
    assert await identity.rows("SELECT 1 FROM enrollment_import_part") == []
    assert await identity.rows("SELECT 1 FROM enrollment_import") == []


async def test_a_stranger_does_not_see_an_import(identity: Identity, desk: FileDesk) -> None:
    """Another partner asks for the import and is told that there is none."""
    sent = await desk.send(edi.sample())
    await desk.work()
    path = f"/v1/partner/imports/{sent.body['import_id']}"
    assert (await identity.call("GET", path, token=await desk.key(partner="other"))).status == 404

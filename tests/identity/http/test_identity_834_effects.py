"""What 834 files do to what is known: audits, terminations, dependents, addresses; and what is forgotten of them."""

from services.identity.jobs import next_file_at, run_forget_old
from tests.identity import edi, people
from tests.identity.conftest import Identity, Meddle
from tests.identity.edi import FileDesk, changed, numbered, said


async def test_an_audit_of_what_is_known_changes_nothing(identity: Identity) -> None:
    """A full file after the enrollment: unchanged, though it asks for something else; a difference is a change."""
    desk = FileDesk(identity)
    await desk.take(edi.sample())
    audit = changed({"HD*021": "HD*030**HLT*PRIMARYSELECT SILVER DEP25*ESP", "BGN": "BGN*00*1*20261120*****4"})
    for number in (2, 3):
        assert [it["status"] for it in (await desk.take(numbered(audit, number)))["lines"]] == ["unchanged"]
    assert await identity.rows("SELECT first_name FROM enrolled_dependent") == [{"first_name": "MARISOL"}]
    dearer = changed({"HD*021": "HD*030**HLT*PRIMARYSELECT SILVER DEP25*ESP", "REF*9X*808.31": "REF*9X*900.00"})
    (line,) = (await desk.take(numbered(dearer, 4)))["lines"]
    assert (line["status"], said(line)) == ("accepted", ["share-differs"])
    facts = await identity.said("member.enrolled.v1")
    assert [fact["action"] for fact in facts] == ["add", "change"]
    assert facts[-1]["policy"]["premium_cents"] == 90_000
    assert await identity.broken_checks() == {}


async def test_an_audit_does_not_reinstate_what_has_ended(identity: Identity) -> None:
    """Terminated here and in force in the audit: taken as a change that leaves the end, with a warning."""
    desk = FileDesk(identity)
    await desk.take(edi.sample())
    ended = {"HD*021": "HD*024**HLT*S", "DTP*348": "DTP*348*D8*20270101~DTP*349*D8*20270331"}
    await desk.take(numbered(changed(dict(ended)), 2))
    (line,) = (await desk.take(numbered(changed({"HD*021": "HD*030**HLT*S"}), 3)))["lines"]
    assert (line["status"], said(line)) == ("accepted", ["audit-differs"])
    facts = await identity.said("member.enrolled.v1")
    assert [fact["action"] for fact in facts] == ["add", "terminate", "change"]
    assert facts[1]["effective_on"] == facts[1]["policy"]["coverage_end_on"] == "2027-03-31"


async def test_without_an_address_a_known_member_keeps_theirs(identity: Identity) -> None:
    """A change without N3 and N4 leaves the address; an unknown member without one is refused with the reason."""
    desk = FileDesk(identity)
    without = {"HD*021": "HD*001**HLT*OTHER PLAN*ESP", "N3": None, "N4": None}
    (line,) = (await desk.take(changed(dict(without))))["lines"]
    assert (line["status"], said(line)) == ("rejected", ["address-missing"])
    assert await identity.rows("SELECT 1 FROM member") == []
    await desk.take(numbered(edi.sample(), 2))
    (line,) = (await desk.take(numbered(changed(dict(without)), 3)))["lines"]
    assert (line["status"], said(line)) == ("accepted", ["address-missing"])
    assert await identity.rows("SELECT city, zip_code FROM member") == [{"city": "BOSTON", "zip_code": "02118"}]


async def test_dependents_stay_until_somebody_says_that_they_left(identity: Identity) -> None:
    """A file without the spouse leaves her, a corrected name is the same person, a termination takes her off."""
    desk, names = FileDesk(identity), "SELECT first_name FROM enrolled_dependent"
    await desk.take(edi.sample())
    parts = edi.segments(edi.sample())
    alone = edi.edi(edi.counted([*parts[: parts.index("INS*N*01*021*EC*A*****N")], *parts[-3:]]))
    assert (await desk.take(numbered(alone, 2)))["lines"][0]["dependents"] == 0
    assert await identity.rows(names) == [{"first_name": "MARISOL"}]
    renamed = changed({"NM1*IL*1*ALVAREZ*MARISOL": "NM1*IL*1*ALVAREZ*MARIA SOL"})
    await desk.take(numbered(renamed, 3))
    assert await identity.rows(names) == [{"first_name": "MARIA SOL"}]
    place = max(at for at, part in enumerate(parts) if part.startswith("HD*"))
    parts[place] = "HD*024**HLT*S"
    await desk.take(numbered(edi.edi(parts), 4))
    assert await identity.rows(names) == []


async def test_dependents_of_a_json_enrollment_are_kept_too(identity: Identity) -> None:
    """A list replaces the one before; an enrollment that names none leaves them; an empty list takes all off."""
    children = [
        {"legal_name": {"first": name, "last": "Garcia"}, "date_of_birth": "2015-06-01"} for name in ("Ines", "Leo")
    ]
    names = "SELECT first_name FROM enrolled_dependent ORDER BY 1"
    line = await identity.enroll(dependents=children)
    assert line["dependents"] == 2
    await identity.enroll("C-2", policy__premium_cents=50_000)
    assert await identity.rows(names) == [{"first_name": "Ines"}, {"first_name": "Leo"}]
    await identity.enroll("C-3", dependents=children[1:])
    assert await identity.rows(names) == [{"first_name": "Leo"}]
    await identity.enroll("C-4", dependents=[])
    assert await identity.rows(names) == []


async def test_a_member_of_a_file_can_make_an_account_and_verify(identity: Identity) -> None:
    """The subscriber is found by SSN and birth date; the questions are about what the file said."""
    await FileDesk(identity).take(edi.sample().replace(b"123456789", people.SSN.replace("-", "").encode()))
    name = {"first": "Mateo", "last": "Alvarez"}
    await identity.register(legal_name=name, date_of_birth="1971-11-03")
    right = {"plan": "PRIMARYSELECT SILVER DEP25", "premium": "$808.31", "zip": "02118"}
    asked = (await identity.start(entered := await identity.enter())).body
    answers = {question["question_id"]: right[question["question_id"]] for question in asked["questions"]}
    judged = await identity.answer(entered, asked["verification_id"], answers)
    assert (judged.status, judged.body["status"]) == (200, "verified")


async def test_a_waiting_file_is_due_now_and_a_done_one_is_not(identity: Identity) -> None:
    """The sandbox waits for files: one that is not worked through is due at this moment."""
    desk = FileDesk(identity)
    assert await next_file_at(identity.parts) is None
    await desk.send(edi.sample())
    assert await next_file_at(identity.parts) == identity.parts.clock.now()
    await desk.work()
    assert await next_file_at(identity.parts) is None


async def test_the_file_itself_is_sealed_and_dropped_after_90_days(identity: Identity, meddle: Meddle) -> None:
    """No name or SSN stands in the clear where the file is kept; its pieces go, its result stays."""
    result = await FileDesk(identity).take(edi.sample())
    (part,) = await identity.rows("SELECT sealed FROM enrollment_import_part")
    assert b"ALVAREZ" not in part["sealed"]
    assert b"123456789" not in part["sealed"]
    now = identity.parts.clock.now()
    assert await run_forget_old(identity.parts, now) == 0
    late = "UPDATE enrollment_import_part SET stored_at = stored_at - interval '90 days 1 minute'"
    await meddle(late)
    assert await run_forget_old(identity.parts, now) == 1
    assert (await FileDesk(identity).show(result["import_id"])).body["counts"]["accepted"] == 1


async def test_pieces_of_an_upload_that_broke_off_are_dropped_after_a_day(identity: Identity, meddle: Meddle) -> None:
    """What belongs to no import is not kept for 90 days."""
    await FileDesk(identity).take(edi.sample())
    strays = (
        "UPDATE enrollment_import_part SET import_id = gen_random_uuid(), stored_at = stored_at - interval '25 hours'"
    )
    await meddle(strays)
    assert await run_forget_old(identity.parts, identity.parts.clock.now()) == 1

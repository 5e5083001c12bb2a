"""What an 834 says, read piece by piece: separators, roles, maintenance, amounts, numbers, people."""

from datetime import date
from typing import Any

import pytest

from services.identity.domain.reasons import LineWarning, Rejection
from services.identity.domain.x12.enrollment_834 import Read, Refused
from services.identity.domain.x12.envelope import Note
from services.identity.domain.x12.reader import NotAnInterchange, Segment, SegmentReader, first_interchange
from tests.identity import edi
from tests.identity.domain.test_identity_834_mutations import read
from tests.identity.edi import changed


def one(raw: bytes) -> Any:
    """The enrollment of a file that has one."""
    (line,) = [line for line in read(raw) if isinstance(line, Read)]
    return line.enrollment


def refused(raw: bytes) -> list[str]:
    """Why lines of a file are refused."""
    return [line.rejection.value for line in read(raw) if isinstance(line, Refused)]


def noted(raw: bytes) -> list[str]:
    """What is noted about a file itself."""
    return [line.warning.value for line in read(raw) if isinstance(line, Note)]


@pytest.mark.parametrize(("element", "segment"), [("|", "~"), ("*", "\n"), ("^", "'"), ("\x1d", "\x1c"), (">", "\r")])
def test_separators_come_from_the_interchange(element: str, segment: str) -> None:
    """Whatever separates elements and ends segments, the words are the same."""
    parts = [part.replace("|", ">").replace("^", "!") for part in edi.segments(edi.sample())]
    parts[0] = parts[0][:-1] + ":"
    other = "".join(part.replace("*", element) + segment for part in parts).encode()
    assert one(other).words == one(edi.sample()).words
    assert noted(other) == []


@pytest.mark.parametrize("between", ["", "\r\n", "\n\n   ", " \t", "\x00"])
def test_blanks_between_segments_and_in_elements_are_passed_over(between: str) -> None:
    """No newline at all, several, or padding up to a block: the same file."""
    padded = [part + "   " if part.startswith(("NM1", "REF", "N4")) else part for part in edi.segments(edi.sample())]
    for raw in (
        edi.edi(padded, between),
        b"\xef\xbb\xbf" + edi.edi(padded, between),
        edi.edi(padded, between) + b"\x1a",
    ):
        assert one(raw).words == one(edi.sample()).words
        assert noted(raw) == []


def test_what_is_not_utf_8_is_read_as_windows_wrote_it() -> None:
    """A name in Latin letters of one byte each, and one in UTF-8."""
    for coding in ("cp1252", "utf-8"):
        raw = edi.sample().decode().replace("ALVAREZ*MATEO", "ÁLVAREZ*MATÉO").encode(coding)
        assert (one(raw).enrollee.legal_name.last, one(raw).enrollee.legal_name.first) == ("ÁLVAREZ", "MATÉO")


def test_several_interchanges_with_their_own_separators_are_one_file() -> None:
    """The three samples in one file, one after the other: three enrollments and nothing to note."""
    raw = b"".join(edi.sample(name) for name in (edi.FAMILY, edi.AUDIT, edi.NEW))
    assert [type(line) for line in read(raw)] == [Read] * 3


def test_another_transaction_is_passed_over_and_said() -> None:
    """An 820 between 834s is no error of the 834s."""
    parts = edi.segments(edi.sample())
    other = ["ST*820*0009*005010X218", "BPR*I*0*C*NON", "SE*3*0009"]
    raw = edi.edi([*parts[:2], *other, *parts[2:-2], "GE*2*35515", parts[-1]])
    assert noted(raw) == ["not-834"]
    assert one(raw).words == one(edi.sample()).words


def test_the_interchange_is_known_from_the_first_bytes() -> None:
    """Sender and control number; what has neither is no interchange."""
    found = first_interchange(edi.sample()[:300])
    assert (found.sender_id, found.control_number) == ("HCEXCHANGE", "000035515")
    for raw in (b"", b"ISA", edi.sample()[:50], edi.sample()[106:400], b"ISA" + b"A" * 400):
        with pytest.raises(NotAnInterchange):
            first_interchange(raw)


def test_a_segment_never_prints_what_it_holds() -> None:
    """An error that shows a segment shows no SSN."""
    pieces = [it for it in SegmentReader().feed(edi.sample()) if isinstance(it, Segment)]
    assert "123456789" not in str(pieces)


@pytest.mark.parametrize(
    ("changes", "action", "effective_on"),
    [
        ({}, "add", "2027-01-01"),
        ({"HD*021": "HD*001**HLT*SILVER*ESP"}, "change", "2027-01-01"),
        ({"HD*021": "HD*025**HLT*SILVER*ESP"}, "reinstate", "2027-01-01"),
        ({"HD*": "HD*024**HLT*A", "DTP*348": "DTP*348*D8*20270101~DTP*349*D8*20270331"}, "terminate", "2027-03-31"),
        ({"HD*": "HD*024**HLT*A", "DTP*348": "DTP*348*D8*20270101~DTP*349*D8*20270101"}, "cancel", "2027-01-01"),
        ({"HD*": "HD*024**HLT*A", "DTP*348": "DTP*348*D8*20270101~DTP*349*D8*20261231"}, "cancel", "2027-01-01"),
        ({"HD*021": "HD***HLT*SILVER", "INS*Y": "INS*Y*18*025*41*A"}, "reinstate", "2027-01-01"),
    ],
)  # fmt: skip
def test_maintenance_says_what_is_asked(changes: dict[str, str | None], action: str, effective_on: str) -> None:
    """The coverage's code, else the member's; an end at or before the start is a cancellation."""
    enrollment = one(changed(changes))
    assert (enrollment.action, str(enrollment.effective_on)) == (action, effective_on)
    end_on = enrollment.policy.coverage_end_on
    assert end_on is None or end_on >= enrollment.policy.coverage_start_on


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"INS*Y": "INS*Y*18*099*EC*A", "HD*021": "HD*099**HLT*SILVER"}, "maintenance-unknown"),
        ({"INS*Y": "INS**18*021*EC*A"}, "role-unknown"),
        ({"REF*0F": None}, "subscriber-id-missing"),
        ({"NM1*IL": None}, "name-missing"),
        ({"NM1*IL": "NM1*IL*1*12345678*MATEO"}, "name-invalid"),
        ({"DMG": None}, "birth-date-missing"),
        ({"DMG": "DMG*D8*20391103*M"}, "birth-date-invalid"),
        ({"DMG": "DMG*D8*19710231*M"}, "birth-date-invalid"),
        ({"N4": "N4*BOSTON*MASSACHUSETTS*02118"}, "address-invalid"),
        ({"N4": None}, "address-invalid"),
        ({"N4": "N4*BOSTON*MA*2118"}, "address-invalid"),
        ({"HD*": None}, "coverage-missing"),
        ({"HD*": "HD*021**VIS*EYES"}, "coverage-not-offered"),
        ({"DTP*348": None}, "start-missing"),
        ({"DTP*348": "DTP*348*D8*20271301"}, "start-invalid"),
        ({"HD*": "HD*024**HLT*SILVER"}, "end-missing"),
        ({"DTP*348": "DTP*348*D8*20270101~DTP*349*D8*20261231"}, "end-invalid"),
        ({"REF*9V*626.66": "REF*9V*1.2.3"}, "amount-invalid"),
        ({"REF*9V*626.66": "REF*9V*-626.66"}, "amount-invalid"),
        ({"REF*9V*626.66": "REF*9V*908.31"}, "subsidy-above-premium"),
        ({"REF*1L": None}, "policy-number-missing"),
        ({"REF*1L": f"REF*1L*{'9' * 51}"}, "policy-number-invalid"),
        ({"N1*IN": None}, "insurer-missing"),
        ({"REF*CE": None}, "plan-id-missing"),
    ],
)
def test_what_a_policy_cannot_do_without_is_named(changes: dict[str, str | None], reason: str) -> None:
    """One missing or impossible thing, one reason in plain words."""
    assert reason in refused(changed(changes))
    assert Rejection(reason).text.endswith(".")


@pytest.mark.parametrize(
    ("changes", "warning", "premium_cents", "subsidy_cents"),
    [
        ({"REF*9V*181.65": "REF*9V*181.66"}, "share-differs", 80_831, 62_666),
        ({"N1*75*APTC": "N1*75*SOMETHING ELSE"}, "subsidy-computed", 80_831, 62_666),
        ({"N1*75*PRE AMT": "N1*75*SOMETHING ELSE"}, "premium-missing", None, 62_666),
        ({"N1*75*CSR AMT": "N1*75*OTH PAY AMT 1", "REF*9V*181.65": "REF*9V*81.65", "REF*9V*250.58": "REF*9V*100"},
         "", 80_831, 72_666),
        ({"NM1*IL": "NM1*IL*1*ALVAREZ*MATEO****34*000123456"}, "ssn-invalid", 80_831, 62_666),
        ({"NM1*IL": "NM1*IL*1*ALVAREZ*MATEO****ZZ*123456789"}, "ssn-missing", 80_831, 62_666),
        ({"PER": "PER*IP**TE*123*EM*nobody"}, "contact-invalid", 80_831, 62_666),
        ({"N3": None, "N4": None}, "address-missing", 80_831, 62_666),
        ({"HD*021": "HD*021**HLT"}, "plan-missing", 80_831, 62_666),
        ({"HD*021": "HD*021**AK*MIND"}, "coverage-kind-assumed", 80_831, 62_666),
    ],
)  # fmt: skip
def test_what_is_odd_and_can_be_taken_is_a_warning(
    changes: dict[str, str | None], warning: str, premium_cents: int | None, subsidy_cents: int
) -> None:
    """The amounts that are billed by, and what the partner is told."""
    enrollment = one(changed(changes))
    assert [it.value for it in enrollment.warnings] == ([warning] if warning else [])
    assert (enrollment.policy.premium_cents, enrollment.policy.subsidy_cents) == (premium_cents, subsidy_cents)
    assert not warning or LineWarning(warning).text.endswith(".")


def test_a_change_takes_the_newest_amounts_from_their_day() -> None:
    """Two premiums, of January and of April: a change holds from April, an addition from January and says so."""
    both = "REF*9X*808.31~DTP*007*D8*20270101~LX*8~N1*75*PRE AMT TOT~REF*9X*900.00~DTP*007*D8*20270401"
    added = one(changed({"REF*9X*808.31": both}))
    assert (added.policy.premium_cents, str(added.effective_on)) == (80_831, "2027-01-01")
    assert added.warnings == (LineWarning.AMOUNTS_LATER,)
    later = one(changed({"REF*9X*808.31": both, "HD*021": "HD*001**HLT*SILVER*ESP"}))
    assert (later.policy.premium_cents, str(later.effective_on)) == (90_000, "2027-04-01")


def test_health_and_dental_of_one_member_are_two_policies() -> None:
    """Without numbers of their own they share the member's, told apart by the ending; shared amounts are not used."""
    second = "DTP*348*D8*20260401~AMT*P3*300.00~HD*021**DEN*TEETH~DTP*348*D8*20260401~AMT*P3*31.5"
    lines = [line.enrollment for line in read(changed({"DTP*348": second}, edi.NEW)) if isinstance(line, Read)]
    assert [(it.policy.policy_number, it.policy.kind, it.policy.premium_cents) for it in lines] == [
        ("GRP001-M000001", "health", 30_000),
        ("GRP001-M000001-DEN", "dental", 3_150),
    ]
    own = "DTP*348*D8*20270101~REF*1L*D-1~HD*021**DEN*TEETH~DTP*348*D8*20270101"
    doubled = [line for line in read(changed({"DTP*348": own})) if isinstance(line, Read)]
    assert {LineWarning.AMOUNTS_SHARED, LineWarning.PREMIUM_MISSING} <= set(doubled[0].enrollment.warnings)


def test_a_subscriber_without_any_number_is_known_by_their_id() -> None:
    """The subscriber's id stands for the policy number, with a warning."""
    enrollment = one(changed({"REF*1L": None}, edi.NEW))
    assert enrollment.policy.policy_number == "M000001"
    assert LineWarning.NUMBER_MADE in enrollment.warnings


def test_two_members_behind_one_ins_are_never_mixed() -> None:
    """The dependent's INS is lost: neither name, SSN nor birth date of the spouse becomes the subscriber's."""
    assert refused(changed({"INS*N": None})) == ["loop-broken"]


def test_a_dependent_alone_or_of_somebody_else_is_named() -> None:
    """Without the subscriber right before, or with another subscriber's id; the subscriber's policy stays."""
    assert refused(changed({"INS*Y": None})) == ["subscriber-unknown"]
    parts = edi.segments(edi.sample())
    at = max(place for place, part in enumerate(parts) if part.startswith("REF*0F"))
    parts[at] = "REF*0F*0000999999"
    assert refused(edi.edi(parts)) == ["subscriber-unknown"]
    assert one(edi.edi(parts)).dependents.covered == ()


def test_a_dependent_who_leaves_or_is_bad_does_not_stop_the_policy() -> None:
    """Terminated dependents are told as ended; one without a birth date is refused by itself."""
    left = one(changed({"INS*N": "INS*N*01*024*EC*A", "HD*021": "HD*001**HLT*S"}))
    parts = edi.segments(edi.sample())
    at = max(place for place, part in enumerate(parts) if part.startswith("HD*"))
    parts[at] = "HD*024**HLT*S"
    ended = one(edi.edi(parts)).dependents
    assert (len(ended.covered), len(ended.ended), ended.is_complete) == (0, 1, False)
    assert left.action == "change"
    at = max(place for place, part in enumerate(parts) if part.startswith("DMG*"))
    assert refused(edi.edi([*parts[:at], *parts[at + 1 :]])) == ["birth-date-missing"]


def test_other_peoples_loops_are_not_the_members() -> None:
    """A mailing address, an employer and a responsible person between the member's own segments change nothing."""
    more = (
        "LUI*LE*SPA**6~NM1*31*1~N3*PO BOX 9~N4*ELSEWHERE*NY*10001~NM1*QD*1*OTHER*PERSON~N3*1 OTHER ST~"
        "N4*OTHER*NJ*07001~DSB*4~DTP*360*D8*20200101"
    )
    assert one(changed({"LUI": more})).words == one(edi.sample()).words


def test_every_code_has_words() -> None:
    """No warning and no reason without a sentence, and none that repeats a value."""
    for told in (*LineWarning, *Rejection):
        assert told.text.endswith(".")
        assert "{" not in told.text


def test_days_too_far_away_cannot_be_reckoned_with() -> None:
    """A start in the year 9998 is refused; 9999-12-31 is an end that is open."""
    assert refused(changed({"DTP*348": "DTP*348*D8*99980101"})) == ["start-invalid"]
    assert one(changed({"DTP*348": "DTP*348*D8*20270101~DTP*349*D8*99991231"})).policy.coverage_end_on == date(
        9999, 12, 31
    )

"""Enrollments over HTTP: taken once, in order, announced in the same commit; each bad field named."""

import asyncio
from typing import Any
from uuid import uuid4

from services.identity.domain.sealed import Sealed
from services.identity.providers.keyring import KeyRing
from services.identity.wiring import partner_key
from shared.testing.http import token
from tests.identity import people
from tests.identity.conftest import Identity


async def test_an_enrollment_makes_a_member_and_is_announced(identity: Identity) -> None:
    """payments hears of the policy with the member's id and names, and neither SSN nor birth date nor address."""
    line = await identity.enroll()
    assert line == {"line": 1, "status": "accepted", "policy_number": "BH-77001", "warnings": [], "rejection": None,
                    "segment": None, "dependents": 0}  # fmt: skip
    (fact,) = await identity.said("member.enrolled.v1")
    (member,) = await identity.rows("SELECT member_id FROM member")
    assert fact["member_id"] == str(member["member_id"])
    assert (fact["version"], fact["action"], fact["insurer_id"]) == (1, "add", "blueharbor")
    assert fact["policy"] == {
        "policy_number": "BH-77001",
        "exchange_policy_id": None,
        "insurer_id": "blueharbor",
        "insurer_name": "Blue Harbor Health",
        "plan": "Silver Harbor 3000",
        "kind": "health",
        "premium_cents": 41255,
        "subsidy_cents": 20000,
        "coverage_start_on": "2027-01-01",
        "coverage_end_on": None,
    }
    made_up_by_us = {"member_id", "occurred_at"}  # their digits may hold anything
    told = str({name: value for name, value in fact.items() if name not in made_up_by_us})
    for secret in ("4399", "1984", "12 Elm St", "12345", "mail.test"):
        assert secret not in told
    assert await identity.broken_checks() == {}


async def test_the_same_enrollment_again_is_the_same_import(identity: Identity) -> None:
    """A partner that sends again after a lost answer gets the same import, and nothing is announced again."""
    first = await identity.send(people.enrollment())
    second = await identity.send(people.enrollment())
    assert (first.status, second.status) == (202, 202)
    assert first.body == second.body
    assert len(await identity.said("member.enrolled.v1")) == 1


async def test_twenty_times_at_once_is_one_import(identity: Identity) -> None:
    """Twenty copies of one enrollment in the same moment make one import, one member and one fact."""
    await identity.partner()
    sent = await asyncio.gather(*(identity.send(people.enrollment()) for _ in range(20)))
    assert {answer.status for answer in sent} == {202}
    assert len({answer.body["import_id"] for answer in sent}) == 1
    assert len(await identity.said("member.enrolled.v1")) == 1
    assert len(await identity.rows("SELECT member_id FROM member")) == 1
    assert await identity.broken_checks() == {}


async def test_a_control_number_is_for_one_enrollment(identity: Identity) -> None:
    """Another enrollment under a used control number is refused; another partner's numbers are its own."""
    await identity.enroll()
    changed = people.enrollment(policy__premium_cents=50_000)
    refused = await identity.send(changed)
    assert (refused.status, refused.problem, refused.pointers) == (409, "control-number-reused", {"/control_number"})
    assert (await identity.send(changed, partner="other")).status == 202


async def test_versions_count_the_enrollments_of_a_policy_by_arrival(identity: Identity) -> None:
    """Changes of one policy are numbered as they came, also at once; another policy counts for itself."""
    await identity.enroll()
    changes = [
        people.enrollment(f"C-{number}", action="change", policy__premium_cents=40_000 + number)
        for number in range(2, 10)
    ]
    await asyncio.gather(*(identity.send(body) for body in changes))
    facts = await identity.said("member.enrolled.v1")
    assert [fact["version"] for fact in facts] == list(range(1, 10))
    await identity.enroll("C-20", policy__policy_number="BH-D1", policy__kind="dental", policy__plan="Dental Plus")
    assert (await identity.said("member.enrolled.v1"))[-1]["version"] == 1
    assert len({fact["member_id"] for fact in await identity.said("member.enrolled.v1")}) == 1
    assert await identity.broken_checks() == {}


async def test_ten_policies_of_a_new_person_at_once_make_one_record(identity: Identity) -> None:
    """Whatever they are matched by, enrollments that come in the same moment find or make the same member."""
    await identity.partner()
    ways: list[dict[str, Any]] = [
        {"member__ssn": None},
        {"member__exchange_member_id": None},
        {"member__exchange_member_id": None, "member__ssn": None},
    ]
    for place, way in enumerate(ways):
        born = {"member__date_of_birth": f"1970-01-0{place + 1}"}
        ids = {name: f"X-{place}" for name in ("member__exchange_member_id",) if name not in way}
        bodies = [
            people.enrollment(f"C-{place}{number}", **born, **ids, **way, policy__policy_number=f"N-{place}{number}")
            for number in range(10)
        ]
        sent = await asyncio.gather(*(identity.send(body) for body in bodies))
        assert {answer.status for answer in sent} == {202}, way
        assert len(await identity.rows("SELECT member_id FROM member")) == place + 1, way
    assert {fact["version"] for fact in await identity.said("member.enrolled.v1")} == {1}
    assert await identity.broken_checks() == {}


async def test_the_first_versions_of_a_policy_at_once_are_numbered(identity: Identity) -> None:
    """The very first enrollments of one policy, sent in the same moment, get 1, 2, 3 … and no two the same."""
    await identity.partner()
    bodies = [people.enrollment(f"C-{number}", policy__premium_cents=40_000 + number) for number in range(8)]
    assert {answer.status for answer in await asyncio.gather(*(identity.send(body) for body in bodies))} == {202}
    assert [fact["version"] for fact in await identity.said("member.enrolled.v1")] == list(range(1, 9))


async def test_the_same_words_under_a_new_number_change_nothing(identity: Identity) -> None:
    """A repeated full file does not announce what is known, but a return to earlier facts is a change."""
    await identity.enroll()
    assert (await identity.enroll("C-0002"))["status"] == "unchanged"
    await identity.enroll("C-0003", action="terminate")
    assert (await identity.enroll("C-0004"))["status"] == "accepted"
    assert [fact["action"] for fact in await identity.said("member.enrolled.v1")] == ["add", "terminate", "add"]


async def test_an_impossible_ssn_is_a_warning(identity: Identity) -> None:
    """A member is enrolled although the feed's SSN cannot be one; the partner is told, without the number."""
    line = await identity.enroll(member__ssn="000-00-0000")
    assert line["status"] == "accepted"
    assert [warning["code"] for warning in line["warnings"]] == ["ssn-invalid"]
    assert "000" not in str(line["warnings"])
    assert await identity.rows("SELECT ssn_index FROM member") == [{"ssn_index": None}]


async def test_what_the_feed_leaves_out_is_a_warning(identity: Identity) -> None:
    """No SSN and no premium do not stop an enrollment; payments hears that the premium is not known."""
    line = await identity.enroll(member__ssn=None, policy__premium_cents=None, policy__subsidy_cents=None)
    assert [warning["code"] for warning in line["warnings"]] == ["ssn-missing", "premium-missing"]
    (fact,) = await identity.said("member.enrolled.v1")
    assert (fact["policy"]["premium_cents"], fact["policy"]["subsidy_cents"]) == (None, 0)


async def test_a_member_is_found_again_in_three_ways(identity: Identity) -> None:
    """By the marketplace's id, by SSN and birth date, by name, birth date and ZIP: the same person, one record."""
    await identity.enroll()
    ways: list[dict[str, Any]] = [
        {"member__ssn": None, "member__legal_name": {"first": "Maria", "last": "Smith"}},
        {"member__exchange_member_id": None, "member__legal_name": {"first": "M.", "last": "Other"}},
        {
            "member__exchange_member_id": None,
            "member__ssn": None,
            "member__legal_name": {"first": "m", "last": "OTHER"},
        },
    ]
    for place, way in enumerate(ways):
        line = await identity.enroll(f"C-1{place}", policy__policy_number=f"N-{place}", **way)
        assert line["status"] == "accepted", way
        assert len(await identity.rows("SELECT member_id FROM member")) == 1, way


async def test_twins_and_namesakes_are_different_people(identity: Identity) -> None:
    """Another first name, another SSN or another marketplace id at the same address is another person."""
    await identity.enroll(member__exchange_member_id=None)
    others: list[dict[str, Any]] = [
        {"member__ssn": None, "member__legal_name": {"first": "Marta", "last": "Garcia Lopez"}},
        {"member__ssn": "219098765"},
    ]
    for place, other in enumerate(others):
        await identity.enroll(
            f"C-1{place}", policy__policy_number=f"N-{place}", member__exchange_member_id=None, **other
        )
        assert len(await identity.rows("SELECT member_id FROM member")) == 2 + place, other


async def test_ids_that_contradict_each_other_are_rejected(identity: Identity) -> None:
    """A wrong marketplace id or policy number never hands one member's record or bills to another."""
    await identity.enroll()
    stranger: dict[str, Any] = {
        "member__legal_name": {"first": "Otto", "last": "Stone"},
        "member__date_of_birth": "1990-01-01",
        "member__ssn": "219098765",
    }
    taken_id = await identity.enroll("C-10", policy__policy_number="N-1", **stranger)
    assert (taken_id["status"], taken_id["rejection"]["code"]) == ("rejected", "member-conflict")
    taken_policy = await identity.enroll("C-11", member__exchange_member_id="X-2", **stranger)
    assert (taken_policy["status"], taken_policy["rejection"]["code"]) == ("rejected", "policy-conflict")
    assert len(await identity.said("member.enrolled.v1")) == 1
    assert await identity.rows("SELECT last_name FROM member") == [{"last_name": "GARCIA LOPEZ"}]
    assert await identity.broken_checks() == {}


async def test_a_correction_cannot_make_two_records_of_one_person(identity: Identity) -> None:
    """A corrected birth date that would double another record is rejected by line, not by an error."""
    await identity.enroll()
    await identity.enroll("C-2", member__exchange_member_id="X-2", member__date_of_birth="1984-05-18",
                          policy__policy_number="N-2")  # fmt: skip
    assert len(await identity.rows("SELECT member_id FROM member")) == 2
    line = await identity.enroll("C-3", member__date_of_birth="1984-05-18", member__ssn=None, action="change")
    assert (line["status"], line["rejection"]["code"]) == ("rejected", "member-conflict")
    fixed = await identity.enroll("C-4", member__date_of_birth="1984-05-19", member__ssn=None, action="change")
    assert fixed["status"] == "accepted"
    assert await identity.broken_checks() == {}


async def test_a_key_is_for_its_insurers(identity: Identity) -> None:
    """A partner's key that names insurers takes enrollments of these only; the refusal names the insurer."""
    refused = await identity.send(people.enrollment(), insurers=("redwood",))
    assert (refused.status, refused.problem, refused.pointers) == (403, "insurer-not-allowed", {"/insurer/id"})
    assert "blueharbor" in refused.body["detail"]
    assert (await identity.send(people.enrollment(), insurers=("redwood", "blueharbor"))).status == 202
    assert await identity.rows("SELECT count(*) AS refusals FROM audit_entry WHERE act = 'enrollment_refused'") == [
        {"refusals": 1}
    ]


async def test_an_import_is_its_partners_own(identity: Identity) -> None:
    """Another partner's import answers as one that never was; a person's token is not taken."""
    sent = await identity.send(people.enrollment())
    path = f"/v1/partner/imports/{sent.body['import_id']}"
    other = token("partner", account_id=await identity.partner("other"))
    assert (await identity.call("GET", path, token=other)).status == 404
    assert (await identity.call("GET", f"/v1/partner/imports/{uuid4()}", token=other)).status == 404
    assert (await identity.call("GET", "/v1/partner/imports/x", token=other)).status == 404
    assert (await identity.call("GET", path, token=token("member"))).problem == "not-allowed"
    body = people.enrollment("C-9")
    assert (await identity.call("POST", "/v1/partner/enrollments", token=token("member"), body=body)).status == 403
    assert (await identity.call("POST", "/v1/partner/enrollments", body=body)).status == 401


async def test_the_raw_body_is_kept_sealed_and_bound_to_its_import(identity: Identity, keys: KeyRing) -> None:
    """What the partner sent can be opened by us for 90 days, and by nobody with the database alone."""
    await identity.send(people.enrollment())
    (row,) = await identity.rows("SELECT import_id, body_key_id, body_sealed FROM enrollment_import")
    assert b"536904399" not in row["body_sealed"]
    raw = keys.open(Sealed(row["body_key_id"], row["body_sealed"]), f"import:{row['import_id']}")
    assert b"536904399" in raw


async def test_an_operator_gives_a_partner_a_key(identity: Identity, capsys: object) -> None:
    """The key is printed once, works for its insurers, and only its hash is kept."""
    assert await partner_key(identity.parts, ["add", "Blue Harbor", "--insurer", "blueharbor"]) == 0
    key = capsys.readouterr().out.strip()  # type: ignore[attr-defined] # pytest's capture has no public type
    resolved = await identity.call("POST", "/internal/partner-keys/resolve", body={"key": key})
    assert (resolved.status, resolved.body["audience"]) == (200, "partner")
    service_token = resolved.body["service_token"]
    body = people.enrollment()
    sent = await identity.call("POST", "/v1/partner/enrollments", token=service_token, body=body)
    assert sent.status == 202
    stored = await identity.rows("SELECT encode(key_hash, 'escape') AS key_hash, insurers FROM partner_key")
    assert (stored[0]["insurers"], key in stored[0]["key_hash"]) == (["blueharbor"], False)
    assert await partner_key(identity.parts, ["add", "Blue Harbor", "--insurer", "no.dots"]) == 2

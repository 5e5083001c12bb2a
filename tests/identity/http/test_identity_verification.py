"""Verification by questions over HTTP: who is linked, who waits, and what a stranger can learn (nothing)."""

import asyncio
from typing import Any
from uuid import uuid4

from services.identity.domain.choices import NONE_OF_THESE
from shared.http.tokens import TokenVerifier
from shared.testing.http import PUBLIC_KEY
from tests.identity import people
from tests.identity.conftest import Identity, first_choices, wrong_choices


async def test_right_answers_link_the_account_to_its_record(identity: Identity) -> None:
    """Maria answers from her enrollment letter; from then on her tokens carry her member record, and notify is told."""
    account_id = await identity.register()
    await identity.enroll()
    session_token = await identity.log_in()
    service_token = (await identity.resolve(session_token)).body["service_token"]
    assert await identity.verify(service_token) == {"status": "verified", "account_status": "verified"}
    resolved = (await identity.resolve(session_token)).body
    (member,) = await identity.rows("SELECT member_id FROM member")
    assert resolved["member_id"] == str(member["member_id"])
    assert TokenVerifier(PUBLIC_KEY).verify(resolved["service_token"]).member_id == member["member_id"]
    (fact,) = await identity.said("account.verified.v1")
    assert (fact["account_id"], fact["member_id"]) == (str(account_id), str(member["member_id"]))
    assert (fact["status"], fact["version"]) == ("verified", 2)
    shown = (await identity.call("GET", "/v1/account", token=service_token)).body
    assert shown["mailing_address"] == {"line1": "12 Elm St", "city": "Springfield", "state": "NY", "zip": "12345"}
    assert await identity.broken_checks() == {}


async def test_three_questions_are_asked_with_choices_that_could_all_be_right(identity: Identity) -> None:
    """Plan, premium and ZIP, each with five values and "None of these"; the right one is among them."""
    await identity.register()
    await identity.enroll()
    asked = (await identity.start(await identity.enter())).body
    assert asked["method"] == "questions"
    choices = {question["question_id"]: question["choices"] for question in asked["questions"]}
    assert set(choices) == {"plan", "premium", "zip"}
    for name, right in people.RIGHT_ANSWERS.items():
        assert right in choices[name]
        assert len(set(choices[name])) == 6
        assert choices[name][-1] == NONE_OF_THESE
    assert all(choice[:3] == "123" for choice in choices["zip"][:-1])


async def test_asking_again_shows_the_same_questions(identity: Identity) -> None:
    """Nobody finds the right choice by asking until only it stays: not again, not after a failure, not as another."""
    await identity.register()
    await identity.enroll()
    service_token = await identity.enter()
    first = (await identity.start(service_token)).body
    assert (await identity.start(service_token)).body == first
    for number in range(2, 6):
        await identity.enroll(f"C-{number}", policy__policy_number=f"N-{number}", policy__plan=f"Other Plan {number}",
                              member__exchange_member_id=f"X-{number}", member__ssn=f"21909876{number}",
                              member__legal_name={"first": f"Person{chr(64 + number)}", "last": "Other"})  # fmt: skip
    await identity.answer(service_token, first["verification_id"], wrong_choices(first))
    second = (await identity.start(service_token)).body
    assert second["verification_id"] != first["verification_id"]
    assert second["questions"] == first["questions"]
    await identity.register(username="impostor", password=people.OTHER_PASSWORD)
    third = (await identity.start(await identity.enter("impostor", people.OTHER_PASSWORD))).body
    assert third["questions"] == first["questions"]


async def test_a_mistyped_number_is_told_as_what_may_be_wrong(identity: Identity) -> None:
    """Whose SSN has a wrong digit reads the same as who was never enrolled: what to check, not what is there."""
    await identity.enroll()
    details = []
    for username, ssn in (("mistyped", "536-90-4398"), ("unknown", "531-88-1142")):
        await identity.register(username=username, ssn=ssn)
        service_token = await identity.enter(username)
        asked = (await identity.start(service_token)).body
        await identity.answer(service_token, asked["verification_id"], first_choices(asked, {}))
        told = await identity.start(service_token)
        assert (told.status, told.problem) == (409, "waiting-for-record")
        details.append((told.body["title"], told.body["detail"]))
    assert details[0] == details[1]
    for part in ("may not have reached us", "name, date of birth and Social Security Number", "create a new account"):
        assert part in details[0][1]


async def test_decoys_look_like_questions_and_lead_to_waiting(identity: Identity) -> None:
    """Who registers before the record has come answers questions too, and only then reads that it is still to come."""
    await identity.register()
    service_token = await identity.enter()
    asked = (await identity.start(service_token)).body
    assert {question["question_id"] for question in asked["questions"]} == {"plan", "premium", "zip"}
    assert all(len(set(question["choices"])) == 6 for question in asked["questions"])
    judged = await identity.answer(service_token, asked["verification_id"], first_choices(asked, {}))
    assert judged.body == {"status": "failed", "account_status": "waiting_for_record"}
    again = await identity.start(service_token)
    assert (again.status, again.problem) == (409, "waiting-for-record")
    assert (await identity.call("GET", "/v1/account", token=service_token)).body["status"] == "waiting_for_record"
    assert await identity.said("account.verified.v1") == []


async def test_the_record_that_comes_later_wakes_the_account(identity: Identity) -> None:
    """The enrollment arrives: the waiting account can verify, its owner is told once, and the decoys cost no try."""
    account_id = await identity.register()
    service_token = await identity.enter()
    assert (await identity.verify(service_token))["status"] == "failed"
    await identity.enroll()
    (fact,) = await identity.said("account.record_arrived.v1")
    assert (fact["account_id"], fact["status"], fact["version"]) == (str(account_id), "unverified", 3)
    asked = (await identity.start(service_token)).body
    await identity.answer(service_token, asked["verification_id"], wrong_choices(asked))
    assert (await identity.verify(service_token))["status"] == "verified"
    await identity.enroll("C-0002", action="change", policy__premium_cents=42_000)
    assert len(await identity.said("account.record_arrived.v1")) == 1
    assert await identity.broken_checks() == {}


async def test_an_account_of_somebody_else_stays_waiting(identity: Identity) -> None:
    """Another birth date or another name beside the same SSN is another person's claim: no match, no hint."""
    people_like_maria: list[dict[str, Any]] = [
        {"date_of_birth": "1984-05-18"},
        {"legal_name": {"first": "Mario", "last": "García-López"}},
        {"ssn": "219-09-8765"},
    ]
    await identity.enroll()
    for place, changes in enumerate(people_like_maria):
        await identity.register(username=f"other-{place}", password=people.OTHER_PASSWORD, **changes)
        result = await identity.verify(await identity.enter(f"other-{place}", people.OTHER_PASSWORD))
        assert result == {"status": "failed", "account_status": "waiting_for_record"}, changes


async def test_two_wrong_tries_are_all_in_24_hours(identity: Identity) -> None:
    """After two wrong tries the questions rest for a day of machine time, for a second account too."""
    await identity.register()
    await identity.enroll()
    service_token = await identity.enter()
    for _ in range(2):
        asked = (await identity.start(service_token)).body
        judged = await identity.answer(service_token, asked["verification_id"], wrong_choices(asked))
        assert judged.body == {"status": "failed", "account_status": "unverified"}
    refused = await identity.start(service_token)
    assert (refused.status, refused.problem) == (429, "no-attempt-left")
    assert 86_000 < int(refused.headers["Retry-After"]) <= 86_400
    await identity.register(username="second", password=people.OTHER_PASSWORD)
    assert (await identity.start(await identity.enter("second", people.OTHER_PASSWORD))).status == 429
    await identity.parts.db.write(
        lambda tx: tx.execute("UPDATE verification SET answered_at = answered_at - interval '24 hours'")
    )
    assert (await identity.verify(service_token))["status"] == "verified"


async def test_questions_begun_before_the_tries_ran_out_cannot_be_answered(identity: Identity) -> None:
    """Keeping questions open in several accounts buys no further guess."""
    await identity.enroll()
    tokens = []
    for number in range(3):
        await identity.register(username=f"account-{number}", password=people.OTHER_PASSWORD)
        tokens.append(await identity.enter(f"account-{number}", people.OTHER_PASSWORD))
    asked = [(await identity.start(token)).body for token in tokens]
    answers = [
        await identity.answer(token, body["verification_id"], wrong_choices(body))
        for token, body in zip(tokens, asked, strict=True)
    ]
    assert [answer.status for answer in answers] == [200, 200, 429]


async def test_a_record_belongs_to_one_account(identity: Identity) -> None:
    """A second account with all the right answers fails in the same words as one with wrong answers."""
    await identity.register()
    await identity.enroll()
    assert (await identity.verify(await identity.enter()))["status"] == "verified"
    await identity.register(username="second", password=people.OTHER_PASSWORD)
    second = await identity.enter("second", people.OTHER_PASSWORD)
    assert await identity.verify(second) == {"status": "failed", "account_status": "unverified"}
    assert len(await identity.said("account.verified.v1")) == 1


async def test_two_accounts_answering_at_once_link_one(identity: Identity) -> None:
    """A race for one record has one winner."""
    await identity.enroll()
    tokens = []
    for number in range(2):
        await identity.register(username=f"account-{number}", password=people.OTHER_PASSWORD)
        tokens.append(await identity.enter(f"account-{number}", people.OTHER_PASSWORD))
    results = await asyncio.gather(*(identity.verify(token) for token in tokens))
    assert sorted(result["status"] for result in results) == ["failed", "verified"]
    assert await identity.broken_checks() == {}


async def test_an_answer_sent_again_has_the_same_result(identity: Identity) -> None:
    """A lost answer can be asked for again; other answers change nothing any more."""
    await identity.register()
    await identity.enroll()
    service_token = await identity.enter()
    asked = (await identity.start(service_token)).body
    right = first_choices(asked, people.RIGHT_ANSWERS)
    for answers in (right, right, wrong_choices(asked)):
        judged = await identity.answer(service_token, asked["verification_id"], answers)
        assert judged.body == {"status": "verified", "account_status": "verified"}
    assert len(await identity.said("account.verified.v1")) == 1
    assert (await identity.start(service_token)).problem == "already-verified"


async def test_a_premium_that_is_not_known_yet_is_none_of_these(identity: Identity) -> None:
    """Where the feed did not say the premium, "None of these" is the right answer, and decoys look no different."""
    await identity.register()
    await identity.enroll(policy__premium_cents=None, policy__subsidy_cents=None)
    service_token = await identity.enter()
    result = await identity.verify(service_token, {**people.RIGHT_ANSWERS, "premium": NONE_OF_THESE})
    assert result["status"] == "verified"


async def test_bad_answers_are_named_and_cost_no_try(identity: Identity) -> None:
    """A missing answer, one that is no choice and one that was not asked are named; the questions stay open."""
    await identity.register()
    await identity.enroll()
    service_token = await identity.enter()
    asked = (await identity.start(service_token)).body
    right = first_choices(asked, people.RIGHT_ANSWERS)
    cases: list[tuple[object, set[str]]] = [
        ({"answers": {**right, "plan": "Some Other Plan"}}, {"/answers/plan"}),
        ({"answers": {name: right[name] for name in ("plan", "zip")}}, {"/answers/premium"}),
        ({"answers": {**right, "pet": "Rex"}}, {"/answers/pet"}),
        ({"answers": {**right, "zip": 12345}}, {"/answers/zip"}),
        ({"answers": []}, {"/answers"}),
        ({}, {"/answers"}),
        ({"answers": right, "code": "123456"}, {"/code"}),
        ({"answers": {str(number): "x" for number in range(50)}}, {"/answers"}),
    ]
    for body, pointers in cases:
        path = f"/v1/account/verifications/{asked['verification_id']}"
        refused = await identity.call("POST", path, token=service_token, body=body)
        assert (refused.status, refused.pointers) == (422, pointers), body
    judged = await identity.answer(service_token, asked["verification_id"], right)
    assert judged.body["status"] == "verified"


async def test_a_code_is_not_offered_yet(identity: Identity) -> None:
    """Who asks for a code reads that questions are the way; other words are named as wrong."""
    await identity.register()
    service_token = await identity.enter()
    path = "/v1/account/verifications"
    refused = await identity.call("POST", path, token=service_token, body={"method": "code"})
    assert (refused.status, refused.problem, refused.pointers) == (422, "method-not-offered", {"/method"})
    for body in ({"method": "fax"}, {}, {"method": 1}):
        assert (await identity.call("POST", path, token=service_token, body=body)).pointers == {"/method"}


async def test_anothers_verification_is_not_found(identity: Identity) -> None:
    """Questions can only be answered by the account that was asked."""
    await identity.register()
    await identity.enroll()
    asked = (await identity.start(await identity.enter())).body
    await identity.register(username="stranger", password=people.OTHER_PASSWORD, ssn="219-09-8765")
    stranger = await identity.enter("stranger", people.OTHER_PASSWORD)
    for verification_id in (asked["verification_id"], str(uuid4()), "x"):
        refused = await identity.answer(stranger, verification_id, people.RIGHT_ANSWERS)
        assert (refused.status, refused.problem) == (404, "not-found")

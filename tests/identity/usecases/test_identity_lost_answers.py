"""Commits whose answer is lost: the transaction happened, is run again, and still everything is there exactly once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from services.identity.jobs import run_send_password_resets
from services.identity.store.locks import lock_names, person_lock
from services.identity.usecases.parts import Parts
from services.identity.wiring import SERVICE
from shared.db import Database, Tx
from shared.one_time import open_sealed
from shared.testing.clock import FixedClock
from shared.testing.http import Answered, serving
from tests.identity import people
from tests.identity.conftest import Identity, identity_settings, wrong_choices

T = TypeVar("T")


class LosesAnswers(Database):
    """A database whose connection breaks right after each first commit of a piece of work."""

    lost = 0
    _told: bool = False

    async def _once(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        result = await super()._once(work)
        self._told = not self._told
        if self._told:
            self.lost += 1
            raise ConnectionResetError
        return result


@pytest.fixture
async def unlucky(parts: Parts, clock: FixedClock) -> AsyncIterator[Identity]:
    """identity, served, on a database that loses the answer of every first commit."""
    db = LosesAnswers(parts.db._pool, parts.db._dsn)
    async with serving(SERVICE, replace(parts, db=db), identity_settings(), db, clock) as served:
        yield Identity(replace(parts, db=db), served)


async def test_a_first_visit_is_whole_though_every_answer_of_a_commit_is_lost(unlucky: Identity) -> None:
    """Enroll, register, log in, fail, verify, change the password, log out: each thing exists once."""
    await unlucky.enroll()
    await unlucky.register()
    service_token = await unlucky.enter()
    asked = (await unlucky.start(service_token)).body
    await unlucky.answer(service_token, asked["verification_id"], wrong_choices(asked))
    assert (await unlucky.verify(service_token))["status"] == "verified"
    await unlucky.log_in()
    body = {"old_password": people.PASSWORD, "new_password": people.OTHER_PASSWORD}
    assert (await unlucky.call("PUT", "/v1/account/password", token=service_token, body=body)).status == 204
    assert (await unlucky.call("DELETE", "/v1/sessions/current", token=service_token)).status == 204
    said = await unlucky.rows("SELECT type, count(*) AS times FROM outbox GROUP BY type ORDER BY type")
    assert {row["type"]: row["times"] for row in said} == {
        "account.registered.v1": 1,
        "account.verified.v1": 1,
        "member.enrolled.v1": 1,
        "security.changed.v1": 1,
        "session.ended.v1": 2,
    }
    acts = await unlucky.rows("SELECT act, count(*) AS times FROM audit_entry GROUP BY act")
    doubled = {row["act"] for row in acts if row["times"] > 1}
    assert doubled == {"verification_started", "logged_in"}
    assert isinstance(unlucky.parts.db, LosesAnswers)
    assert unlucky.parts.db.lost >= 8
    assert await unlucky.broken_checks() == {}


async def test_a_link_and_a_case_are_there_once_though_every_answer_of_a_commit_is_lost(unlucky: Identity) -> None:
    """Ask for a link, use it, ask support, write on: one link, one change, one case with two messages."""
    await unlucky.register()
    await unlucky.call("POST", "/v1/password-resets", body={"username": "maria.garcia"})
    while await unlucky.rows("SELECT 1 FROM password_reset_request"):
        await run_send_password_resets(unlucky.parts, unlucky.parts.clock.now())
    (fact,) = await unlucky.said("account.link_requested.v1")
    link = open_sealed(unlucky.parts.link_key, fact["sealed_link"], fact["account_id"])
    used = await unlucky.call("PUT", f"/v1/password-resets/{link}", body={"password": people.OTHER_PASSWORD})
    assert used.status == 204
    service_token = await unlucky.enter(password=people.OTHER_PASSWORD)
    question = {"topic": "other", "message": "Is it paid?"}
    case = (await unlucky.call("POST", "/v1/cases", token=service_token, body=question)).body
    path = f"/v1/cases/{case['case_id']}/messages"
    continued = await unlucky.call("POST", path, token=service_token, body={"message": "Hello?"})
    assert [message["text"] for message in continued.body["messages"]] == ["Is it paid?", "Hello?"]
    for kind in ("security.changed.v1", "case.opened.v1"):
        assert len(await unlucky.said(kind)) == 1
    assert await unlucky.broken_checks() == {}


async def test_an_enrollment_and_an_answer_at_the_same_moment_leave_nobody_waiting_for_ever(identity: Identity) -> None:
    """Whichever comes first, the account is woken or was never put to wait: it can verify afterwards."""
    for number in range(6):
        ssn = f"53690{4400 + number}"
        await identity.register(username=f"person-{number}", ssn=ssn, password=people.OTHER_PASSWORD)
        service_token = await identity.enter(f"person-{number}", people.OTHER_PASSWORD)
        changes = {
            "member__ssn": ssn,
            "member__exchange_member_id": f"Y-{number}",
            "policy__policy_number": f"P-{number}",
        }
        asked = (await identity.start(service_token)).body
        await asyncio.gather(
            identity.answer(service_token, asked["verification_id"], wrong_choices(asked)),
            identity.enroll(f"R-{number}", **changes),
        )
        assert (await identity.verify(service_token))["account_status"] == "verified"
    assert await identity.broken_checks() == {}


async def test_an_answer_waits_for_an_enrollment_of_the_same_person_that_is_being_taken(identity: Identity) -> None:
    """While the record is being written the answer is not judged yet; afterwards nobody is put to wait for it."""
    await identity.register()
    service_token = await identity.enter()
    asked = (await identity.start(service_token)).body
    (account,) = await identity.rows("SELECT ssn_index FROM account")
    blocked = (
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
        "WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
    )

    async def take_and_hold(tx: Tx) -> asyncio.Task[Answered]:
        await lock_names(tx, [person_lock(account["ssn_index"])])
        answering = asyncio.create_task(identity.answer(service_token, asked["verification_id"], wrong_choices(asked)))
        while not answering.done() and not await tx.fetchval(blocked):
            await asyncio.sleep(0)
        assert not answering.done()
        return answering

    answering = await identity.parts.db.write(take_and_hold)
    assert (await answering).body["account_status"] == "waiting_for_record"


async def test_the_same_user_name_wanted_by_ten_at_once_is_ones(identity: Identity) -> None:
    """Of ten people who choose one user name in the same moment one gets it."""
    answers = await asyncio.gather(*(identity.call("POST", "/v1/accounts", body=people.account()) for _ in range(10)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 9
    assert len(await identity.said("account.registered.v1")) == 1


async def test_logging_in_with_the_old_password_cannot_outlive_its_change(identity: Identity) -> None:
    """Sessions begun while the password changes either ended with the change or did not begin."""
    await identity.register()
    service_token = await identity.enter()
    body = {"old_password": people.PASSWORD, "new_password": people.OTHER_PASSWORD}
    _, *begun = await asyncio.gather(
        identity.call("PUT", "/v1/account/password", token=service_token, body=body),
        *(identity.try_log_in("maria.garcia", people.PASSWORD) for _ in range(8)),
    )
    tokens = [answer.body["token"] for answer in begun if answer.status == 201]
    assert [(await identity.resolve(token)).status for token in tokens] == [401] * len(tokens)

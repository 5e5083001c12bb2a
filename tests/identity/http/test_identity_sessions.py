"""Sessions over HTTP: in by user name or e-mail, out here or everywhere. Guessing: `test_identity_guessing.py`."""

import time
from hashlib import sha256
from uuid import uuid4

from shared.http.tokens import TokenVerifier
from shared.testing.http import PUBLIC_KEY
from tests.identity import people
from tests.identity.conftest import Identity

ANDROID_CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
)


async def test_a_session_says_who_is_calling(identity: Identity) -> None:
    """A token from logging in resolves to a service token that every service can verify by itself."""
    account_id = await identity.register()
    begun = await identity.try_log_in("maria.garcia", people.PASSWORD)
    resolved = await identity.resolve(begun.body["token"])
    assert resolved.status == 200
    assert resolved.body["session_id"] == begun.body["session_id"]
    assert (resolved.body["member_id"], resolved.body["audience"]) == (None, "member")
    caller = TokenVerifier(PUBLIC_KEY).verify(resolved.body["service_token"])
    assert (caller.account_id, caller.member_id) == (account_id, None)
    assert 0 < caller.expires_at - time.time() <= 60


async def test_a_user_name_of_any_case_or_the_email_logs_in(identity: Identity) -> None:
    """People may type their user name in capitals, or their e-mail address instead."""
    await identity.register()
    for name in ("maria.garcia", "MARIA.GARCIA", "maria@mail.test", "Maria@MAIL.test"):
        assert (await identity.try_log_in(name, people.PASSWORD)).status == 201, name


async def test_an_email_of_two_accounts_names_neither_until_one_is_verified(identity: Identity) -> None:
    """A stranger who registers with somebody's address gets nothing by it; the owner's works once verified."""
    await identity.register()
    await identity.register(username="stranger", password=people.OTHER_PASSWORD, ssn="219-09-8765")
    assert (await identity.try_log_in("maria@mail.test", people.PASSWORD)).status == 401
    assert (await identity.try_log_in("maria@mail.test", people.OTHER_PASSWORD)).status == 401
    await identity.enroll()
    assert (await identity.verify(await identity.enter()))["status"] == "verified"
    assert (await identity.try_log_in("maria@mail.test", people.PASSWORD)).status == 201
    assert (await identity.try_log_in("maria@mail.test", people.OTHER_PASSWORD)).status == 401


async def test_logging_out_ends_the_session_and_gateways_are_told(identity: Identity) -> None:
    """After logging out the token is worth nothing; the fact names the token by its hash only."""
    await identity.register()
    session_token = await identity.log_in()
    service_token = (await identity.resolve(session_token)).body["service_token"]
    assert (await identity.call("DELETE", "/v1/sessions/current", token=service_token)).status == 204
    assert (await identity.resolve(session_token)).problem == "session-ended"
    (fact,) = await identity.said("session.ended.v1")
    assert (fact["token_hash"], fact["reason"]) == (sha256(session_token.encode()).hexdigest(), "logged_out")
    again = await identity.call("DELETE", "/v1/sessions/current", token=service_token)
    assert again.status == 204
    assert len(await identity.said("session.ended.v1")) == 1


async def test_sessions_are_listed_and_ended_one_by_one(identity: Identity) -> None:
    """A person sees each device by a name they know, with its last use, and can log it out from another."""
    await identity.register()
    phone = await identity.call(
        "POST", "/v1/sessions", headers={"User-Agent": ANDROID_CHROME},
        body={"username": "maria.garcia", "password": people.PASSWORD},
    )  # fmt: skip
    service_token = await identity.enter()
    listed = (await identity.call("GET", "/v1/sessions", token=service_token)).body
    assert listed["next_cursor"] is None
    assert {(item["device"], item["current"]) for item in listed["items"]} == {
        ("Chrome on Android", False),
        ("Unknown device", True),
    }
    assert not any("token" in item for item in listed["items"])
    ended = await identity.call("DELETE", f"/v1/sessions/{phone.body['session_id']}", token=service_token)
    assert ended.status == 204
    assert (await identity.resolve(phone.body["token"])).status == 401
    assert len((await identity.call("GET", "/v1/sessions", token=service_token)).body["items"]) == 1


async def test_a_strangers_session_is_not_found(identity: Identity) -> None:
    """Somebody else's session id answers as one that never was, and the session goes on."""
    await identity.register()
    hers = await identity.try_log_in("maria.garcia", people.PASSWORD)
    await identity.register(username="stranger", password=people.OTHER_PASSWORD, ssn="219-09-8765")
    stranger = await identity.enter("stranger", people.OTHER_PASSWORD)
    for session_id in (hers.body["session_id"], str(uuid4()), "x", "%00"):
        refused = await identity.call("DELETE", f"/v1/sessions/{session_id}", token=stranger)
        assert (refused.status, refused.problem) == (404, "not-found"), session_id
    assert (await identity.resolve(hers.body["token"])).status == 200


async def test_logging_out_everywhere_ends_every_session(identity: Identity) -> None:
    """One call ends all sessions, this one too; each is announced once."""
    await identity.register()
    tokens = [await identity.log_in() for _ in range(3)]
    service_token = (await identity.resolve(tokens[0])).body["service_token"]
    assert (await identity.call("DELETE", "/v1/sessions", token=service_token)).status == 204
    assert [(await identity.resolve(token)).status for token in tokens] == [401, 401, 401]
    facts = await identity.said("session.ended.v1")
    assert {fact["reason"] for fact in facts} == {"logged_out_everywhere"}
    assert len({fact["token_hash"] for fact in facts}) == 3


async def test_a_session_ends_when_idle_and_after_its_last_hour(identity: Identity) -> None:
    """15 idle minutes or 12 hours end a session, by the time of the machine, whatever the sandbox's clock says."""
    await identity.register()
    for column, passed in (("last_used_at", "15 minutes 1 second"), ("expires_at", "12 hours 1 second")):
        session_token = await identity.log_in()
        assert (await identity.resolve(session_token)).status == 200
        sql = f"UPDATE session SET {column} = {column} - $1::text::interval"  # noqa: S608 - the test's own words
        await identity.parts.db.write(lambda tx, sql=sql, passed=passed: tx.execute(sql, passed))  # type: ignore[misc]
        assert (await identity.resolve(session_token)).problem == "session-ended", column


async def test_the_last_use_is_written_down_every_30_seconds_at_most(identity: Identity) -> None:
    """A busy session costs no write per request, and a long visit still counts as in use."""
    await identity.register()
    session_token = await identity.log_in()
    (before,) = await identity.rows("SELECT last_used_at FROM session")
    await identity.resolve(session_token)
    assert await identity.rows("SELECT last_used_at FROM session") == [before]
    await identity.parts.db.write(
        lambda tx: tx.execute("UPDATE session SET last_used_at = last_used_at - interval '31 seconds'")
    )
    await identity.resolve(session_token)
    (after,) = await identity.rows("SELECT last_used_at FROM session")
    assert after["last_used_at"] > before["last_used_at"]


async def test_a_new_password_ends_the_other_sessions(identity: Identity) -> None:
    """After a change the old password and every other session are worth nothing; the person is told; this one lives."""
    account_id = await identity.register()
    elsewhere, here = await identity.log_in(), await identity.log_in()
    service_token = (await identity.resolve(here)).body["service_token"]
    body = {"old_password": people.PASSWORD, "new_password": people.OTHER_PASSWORD}
    assert (await identity.call("PUT", "/v1/account/password", token=service_token, body=body)).status == 204
    assert ((await identity.resolve(elsewhere)).status, (await identity.resolve(here)).status) == (401, 200)
    assert (await identity.try_log_in("maria.garcia", people.PASSWORD)).status == 401
    assert (await identity.try_log_in("maria.garcia", people.OTHER_PASSWORD)).status == 201
    assert len(await identity.said("session.ended.v1")) == 1
    (told,) = await identity.said("security.changed.v1")
    assert (told["what"], told["account_id"]) == ("password_changed", str(account_id))


async def test_a_new_password_is_judged_and_the_old_one_asked_for(identity: Identity) -> None:
    """Whoever finds an open session cannot take the account over, nor make the password weak."""
    await identity.register()
    service_token = await identity.enter()
    cases = [
        (
            {"old_password": "Wrong-Heron-42-Lake", "new_password": people.OTHER_PASSWORD},
            "wrong-password",
            "/old_password",
        ),
        ({"old_password": people.PASSWORD, "new_password": "Password123!"}, "weak-password", "/new_password"),
        ({"old_password": people.PASSWORD, "new_password": "Garcia-Heron-42-x"}, "weak-password", "/new_password"),
        ({"old_password": people.PASSWORD}, "invalid-fields", "/new_password"),
        ({"old_password": people.PASSWORD, "new_password": 7}, "invalid-fields", "/new_password"),
    ]
    for body, problem, pointer in cases:
        refused = await identity.call("PUT", "/v1/account/password", token=service_token, body=body)
        assert (refused.status, refused.problem, refused.pointers) == (422, problem, {pointer}), body
    assert (await identity.try_log_in("maria.garcia", people.PASSWORD)).status == 201


async def test_bad_log_ins_are_named(identity: Identity) -> None:
    """Fields of other types, too long, with NUL or unknown are 422 by name; nothing answers 500."""
    right = {"username": "maria.garcia", "password": people.PASSWORD}
    cases: list[tuple[object, set[str]]] = [
        ({**right, "username": 5}, {"/username"}),
        ({**right, "username": ""}, {"/username"}),
        ({**right, "username": "x" * 255}, {"/username"}),
        ({**right, "username": "ma\u0000ria"}, {"/username"}),
        ({**right, "password": None}, {"/password"}),
        ({**right, "password": ["x"]}, {"/password"}),
        ({**right, "password": "x\u0000"}, {"/password"}),
        ({**right, "remember": True}, {"/remember"}),
        ({}, {"/username", "/password"}),
    ]
    for body, pointers in cases:
        refused = await identity.call("POST", "/v1/sessions", body=body)
        assert (refused.status, refused.pointers) == (422, pointers), body
    assert (await identity.try_log_in("Νίκη 黄 \u202e", "x" * 1000)).status == 401


async def test_only_the_gateway_may_ask_who_is_behind_a_token(identity: Identity) -> None:
    """Internal URLs do not exist for anybody else, and no token or key is told to be nearly right."""
    for path, body in (("sessions", {"token": "x"}), ("partner-keys", {"key": "x"})):
        outside = await identity.http.call("POST", f"/internal/{path}/resolve", body=body)
        assert outside.status == 404
    assert (await identity.resolve("x")).problem == "session-ended"
    refused = await identity.call("POST", "/internal/partner-keys/resolve", body={"key": "x"})
    assert (refused.status, refused.problem) == (401, "invalid-partner-key")
    assert (await identity.call("POST", "/internal/sessions/resolve", body={"token": ""})).status == 422

"""Forgot Password over HTTP: a link by e-mail, used once within 30 minutes; then every session ends."""

import re
from typing import Any
from uuid import uuid4

import pytest

from services.identity.jobs import run_send_password_resets
from shared.one_time import open_sealed
from shared.testing.http import Answered
from tests.identity import people
from tests.identity.conftest import Identity

STRANGER = "203.0.113.66"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1"
)


async def ask(identity: Identity, **more: Any) -> Answered:
    """Ask for a link, by Maria's user name unless told otherwise, and let the timer take the request."""
    address = more.pop("address", "198.51.100.7")
    body = more or {"username": "maria.garcia"}
    asked = await identity.call("POST", "/v1/password-resets", body=body, address=address)
    while await run_send_password_resets(identity.parts, identity.parts.clock.now()):
        pass
    return asked


async def links(identity: Identity) -> list[str]:
    """The tokens of the links that notify was given to mail, the oldest first."""
    facts = await identity.said("account.link_requested.v1")
    return [open_sealed(identity.parts.link_key, fact["sealed_link"], fact["account_id"]) for fact in facts]


async def use(identity: Identity, link: str, password: str = people.OTHER_PASSWORD, **more: Any) -> Answered:
    """Set a new password by a link."""
    return await identity.call("PUT", f"/v1/password-resets/{link}", body={"password": password}, **more)


async def test_a_forgotten_password_is_set_by_the_link(identity: Identity) -> None:
    """Ask, follow the link, choose a new password: the old one is worth nothing, the new one logs in."""
    await identity.register()
    assert (await ask(identity)).status == 202
    (link,) = await links(identity)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", link)
    assert (await identity.call("GET", f"/v1/password-resets/{link}")).status == 204
    assert (await use(identity, link)).status == 204
    assert (await identity.try_log_in("maria.garcia", people.PASSWORD)).status == 401
    assert (await identity.try_log_in("maria.garcia", people.OTHER_PASSWORD)).status == 201
    assert await identity.broken_checks() == {}


@pytest.mark.parametrize(
    "name",
    [{"username": "MARIA.garcia"}, {"username": "Maria@MAIL.test"}, {"email": "maria@mail.test"}],
)
async def test_the_account_is_found_as_at_log_in(identity: Identity, name: dict[str, str]) -> None:
    """User name in any case, or the e-mail address in either field."""
    account_id = await identity.register()
    await ask(identity, **name)
    (fact,) = await identity.said("account.link_requested.v1")
    assert (fact["account_id"], fact["purpose"]) == (str(account_id), "password_reset")
    assert len(await links(identity)) == 1


async def test_an_address_of_two_accounts_opens_neither(identity: Identity) -> None:
    """Who registers with somebody's address is sent no link to their account, nor they to the stranger's."""
    await identity.register()
    await identity.register(username="stranger", password=people.OTHER_PASSWORD, ssn="219-09-8765")
    await ask(identity, email="maria@mail.test")
    assert await links(identity) == []


async def test_every_session_ends_and_gateways_and_the_person_are_told(identity: Identity) -> None:
    """Whoever had got in is out; the person hears from which kind of device and roughly where it was done."""
    account_id = await identity.register()
    tokens = [await identity.log_in() for _ in range(3)]
    await ask(identity)
    (link,) = await links(identity)
    await use(identity, link, address=STRANGER, headers={"User-Agent": IPHONE})
    assert [(await identity.resolve(token)).status for token in tokens] == [401] * 3
    assert len(await identity.said("session.ended.v1")) == 3
    (told,) = await identity.said("security.changed.v1")
    assert {name: told[name] for name in ("account_id", "what", "device", "network_hint")} == {
        "account_id": str(account_id),
        "what": "password_reset",
        "device": "Safari on iPhone",
        "network_hint": "203.0.113.0/24",
    }


async def test_a_link_works_once(identity: Identity) -> None:
    """The second time it is gone, for looking and for setting, and the password of the first time stays."""
    await identity.register()
    await ask(identity)
    (link,) = await links(identity)
    assert (await use(identity, link)).status == 204
    again = await use(identity, link, "Third-Walnut-11-Fox")
    assert (again.status, again.problem) == (410, "link-expired")
    assert (await identity.call("GET", f"/v1/password-resets/{link}")).status == 410
    assert (await identity.try_log_in("maria.garcia", people.OTHER_PASSWORD)).status == 201


async def test_a_link_is_over_after_30_minutes_of_machine_time(identity: Identity) -> None:
    """Not a second earlier, and the sandbox's clock has no say in it."""
    await identity.register()
    await ask(identity)
    (link,) = await links(identity)
    (row,) = await identity.rows("SELECT expires_at - created_at AS lasts FROM password_reset")
    assert row["lasts"].total_seconds() == 1_800
    sql = "UPDATE password_reset SET expires_at = expires_at - $1::text::interval"
    await identity.parts.db.write(lambda tx: tx.execute(sql, "29 minutes"))
    assert (await identity.call("GET", f"/v1/password-resets/{link}")).status == 204
    await identity.parts.db.write(lambda tx: tx.execute(sql, "1 minute"))
    assert (await identity.call("GET", f"/v1/password-resets/{link}")).problem == "link-expired"
    assert (await use(identity, link)).problem == "link-expired"
    assert (await identity.try_log_in("maria.garcia", people.PASSWORD)).status == 201


async def test_an_unknown_link_is_answered_like_one_that_is_over(identity: Identity) -> None:
    """Nobody learns whether a link ever was; what is no link at all is not told apart either."""
    answers = [
        await identity.call(method, f"/v1/password-resets/{link}", body=body)
        for link in (str(uuid4()), "x", "a" * 5_000, "%D9%85")
        for method, body in (("GET", None), ("PUT", {"password": people.OTHER_PASSWORD}))
    ]
    assert {(answer.status, answer.problem) for answer in answers} == {(410, "link-expired")}


async def test_a_weak_password_does_not_use_the_link_up(identity: Identity) -> None:
    """It is judged as at registration, with every reason; the person tries again with the same link."""
    await identity.register()
    await ask(identity)
    (link,) = await links(identity)
    for weak in ("short", "Password123!", "Garcia-Heron-42-x", "maria.garcia-2027!"):
        refused = await use(identity, link, weak)
        assert (refused.status, refused.problem, refused.pointers) == (422, "weak-password", {"/password"}), weak
    assert (await use(identity, link, "")).problem == "invalid-fields"
    assert (await use(identity, link)).status == 204


async def test_a_new_link_ends_the_older(identity: Identity) -> None:
    """Of several mails the newest counts."""
    await identity.register()
    await ask(identity)
    await ask(identity)
    older, newer = await links(identity)
    assert (await use(identity, older)).problem == "link-expired"
    assert (await use(identity, newer)).status == 204


async def test_changing_the_password_ends_an_open_link(identity: Identity) -> None:
    """Who changes the password since a stranger got at the mailbox is not undone by the stranger's link."""
    await identity.register()
    service_token = await identity.enter()
    await ask(identity)
    (link,) = await links(identity)
    body = {"old_password": people.PASSWORD, "new_password": people.OTHER_PASSWORD}
    changed = await identity.call("PUT", "/v1/account/password", token=service_token, body=body)
    assert changed.status == 204
    assert (await use(identity, link, "Third-Walnut-11-Fox")).problem == "link-expired"
    assert [fact["what"] for fact in await identity.said("security.changed.v1")] == ["password_changed"]


async def test_the_link_ends_the_waits_of_logging_in(identity: Identity) -> None:
    """Who guessed too often at home and on the phone logs in at once with the new password, on both."""
    await identity.register()
    for address in ("198.51.100.7", "192.0.2.9"):
        while (await identity.try_log_in("maria.garcia", "Wrong-Heron-42-Lake", address)).status != 429:
            pass
    await ask(identity)
    (link,) = await links(identity)
    assert (await use(identity, link)).status == 204
    for address in ("198.51.100.7", "192.0.2.9"):
        assert (await identity.try_log_in("maria.garcia", people.OTHER_PASSWORD, address)).status == 201


async def test_everything_is_in_the_audit_log(identity: Identity) -> None:
    """Links sent, used and refused can be read afterwards, by ids and networks."""
    account_id = await identity.register()
    await ask(identity)
    await ask(identity, username="nobody.here", address=STRANGER)
    (link,) = await links(identity)
    await use(identity, link)
    await use(identity, link, address=STRANGER)
    kept = await identity.rows(
        "SELECT act, account_id, network FROM audit_entry WHERE act LIKE 'password_reset%' ORDER BY audit_id"
    )
    assert [tuple(row.values()) for row in kept] == [
        ("password_reset_sent", account_id, "198.51.100.7"),
        ("password_reset_refused", None, STRANGER),
        ("password_reset_used", account_id, "198.51.100.7"),
        ("password_reset_refused", None, STRANGER),
    ]


async def test_a_request_that_names_nobody_or_two_is_refused(identity: Identity) -> None:
    """Exactly one of user name and e-mail address, each in its form."""
    cases: list[tuple[object, set[str]]] = [
        ({}, {"/email"}),
        ({"username": None, "email": None}, {"/email"}),
        ({"username": "maria.garcia", "email": "maria@mail.test"}, {"/email"}),
        ({"email": "no address"}, {"/email"}),
        ({"username": ""}, {"/username"}),
        ({"username": "x" * 255}, {"/username"}),
        ({"username": "a\u0000"}, {"/username"}),
        ({"username": "maria.garcia", "language": "en"}, {"/language"}),
    ]
    for body, pointers in cases:
        refused = await identity.call("POST", "/v1/password-resets", body=body)
        assert (refused.status, refused.pointers) == (422, pointers), body
    assert await identity.rows("SELECT 1 FROM password_reset_request") == []

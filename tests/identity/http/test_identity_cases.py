"""Support cases over HTTP: open one, with or without log-in, read it, write on; nobody sees another's."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

from structlog.testing import capture_logs

from shared.testing.clock import FixedClock
from shared.testing.http import Answered
from tests.identity import people
from tests.identity.conftest import Identity

QUESTION = {"topic": "payment_missing", "message": "I paid on Monday.\r\n\r\n¿Dónde está mi pago? 😀"}
REFERENCE = re.compile(r"CS-[0-9A-HJKMNP-TV-Z]{8}")
WITHOUT_LOG_IN = {"email": "visitor@mail.test", "message": "I cannot log in."}


async def logged_in(identity: Identity) -> str:
    """Maria's service token."""
    await identity.register()
    return await identity.enter()


async def stranger(identity: Identity) -> str:
    """Another person's service token."""
    await identity.register(username="stranger", password=people.OTHER_PASSWORD, ssn="219-09-8765")
    return await identity.enter("stranger", people.OTHER_PASSWORD)


async def open_case(identity: Identity, service_token: str, **changes: Any) -> Answered:
    """Ask support."""
    return await identity.call("POST", "/v1/cases", token=service_token, body={**QUESTION, **changes})


async def write(identity: Identity, service_token: str, case_id: str, message: str) -> Answered:
    """Write on in a case."""
    path = f"/v1/cases/{case_id}/messages"
    return await identity.call("POST", path, token=service_token, body={"message": message})


async def ask_outside(identity: Identity, **changes: Any) -> Answered:
    """Ask support without logging in."""
    address = changes.pop("address", "198.51.100.7")
    return await identity.call("POST", "/v1/support-requests", body={**WITHOUT_LOG_IN, **changes}, address=address)


async def test_a_case_has_one_number_and_one_history(identity: Identity, clock: FixedClock) -> None:
    """Opened, read again and continued: the same reference, the messages in their order with their times."""
    service_token = await logged_in(identity)
    opened = await open_case(identity, service_token, payment_reference="hc7k2m9qxa4")
    assert opened.status == 201
    case = opened.body
    assert REFERENCE.fullmatch(case["reference"])
    assert {name: case[name] for name in ("topic", "status", "payment_reference")} == {
        "topic": "payment_missing",
        "status": "open",
        "payment_reference": "HC-7K2M-9QXA-4",
    }
    assert [(it["author"], it["text"]) for it in case["messages"]] == [
        ("member", "I paid on Monday.\n\n¿Dónde está mi pago? 😀")
    ]
    clock.move_to(clock.now() + timedelta(hours=1))
    continued = await write(identity, service_token, case["case_id"], "It was from my savings account.")
    assert continued.status == 201
    shown = await identity.call("GET", f"/v1/cases/{case['case_id']}", token=service_token)
    assert shown.body == continued.body
    assert [it["text"] for it in shown.body["messages"]][1:] == ["It was from my savings account."]
    assert shown.body["messages"][0]["at"] == case["opened_at"] < shown.body["messages"][1]["at"]
    assert await identity.broken_checks() == {}


async def test_others_are_told_of_a_case_and_not_what_it_says(identity: Identity) -> None:
    """The fact has what a confirmation by mail needs; the words stay here, out of events and logs."""
    with capture_logs() as logs:
        case = (await open_case(identity, await logged_in(identity))).body
        await ask_outside(identity, name="Zoë", language="es", payment_reference="HC-7K2M-9QXA-4")
    mine, outside = await identity.said("case.opened.v1")
    (account,) = await identity.rows("SELECT account_id::text FROM account")
    wanted = ("case_id", "reference", "account_id", "email", "first_name", "language", "topic")
    assert [mine[name] for name in wanted] == [
        case["case_id"], case["reference"], account["account_id"], "maria@mail.test", "Maria", "es", "payment_missing",
    ]  # fmt: skip
    assert [outside[name] for name in (*wanted[2:], "payment_reference")] == [
        None, "visitor@mail.test", "Zoë", "es", "other", "HC-7K2M-9QXA-4",
    ]  # fmt: skip
    said = str(await identity.rows("SELECT body FROM outbox")) + str(logs)
    assert "Monday" not in said
    assert "cannot log in" not in said


async def test_a_double_click_opens_one_case(identity: Identity) -> None:
    """The same words within 10 minutes are the same case, ten at once too; later, or other words, are another."""
    service_token = await logged_in(identity)
    answers = await asyncio.gather(*(open_case(identity, service_token) for _ in range(10)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["case_id"] for answer in answers}) == 1
    assert len(await identity.said("case.opened.v1")) == 1
    other = await open_case(identity, service_token, message="And another thing.")
    await identity.parts.db.write(
        lambda tx: tx.execute("UPDATE support_case SET created_at = created_at - interval '10 minutes'")
    )
    later = await open_case(identity, service_token)
    assert len({answer.body["case_id"] for answer in (answers[0], other, later)}) == 3


async def test_a_double_click_writes_one_message(identity: Identity) -> None:
    """The same words in the same case within 10 minutes are there once."""
    service_token = await logged_in(identity)
    case_id = (await open_case(identity, service_token)).body["case_id"]
    answers = await asyncio.gather(*(write(identity, service_token, case_id, "Any news?") for _ in range(5)))
    assert [len(answer.body["messages"]) for answer in answers] == [2] * 5
    assert len((await write(identity, service_token, case_id, "Hello?")).body["messages"]) == 3


async def test_cases_are_listed_newest_first_page_by_page(identity: Identity, clock: FixedClock) -> None:
    """Each case once, none of anybody else's; the link to the next page leads there."""
    service_token = await logged_in(identity)
    await open_case(identity, await stranger(identity))
    opened = []
    for number in range(5):
        clock.move_to(clock.now() + timedelta(minutes=number % 2))
        opened.append((await open_case(identity, service_token, message=f"Question {number}")).body["case_id"])
    seen: list[dict[str, Any]] = []
    path = "/v1/cases?limit=2"
    while path:
        page = await identity.call("GET", path, token=service_token)
        seen += page.body["items"]
        link = re.fullmatch(r'<(.*)>; rel="next"', page.headers.get("Link", ""))
        assert bool(link) == (page.body["next_cursor"] is not None)
        path = link[1] if link else ""
    assert sorted(item["case_id"] for item in seen) == sorted(opened)
    times = [item["opened_at"] for item in seen]
    assert times == sorted(times, reverse=True)
    assert "messages" not in seen[0]
    wrong = await identity.call("GET", "/v1/cases?cursor=x", token=service_token)
    assert (wrong.status, wrong.pointers) == (422, {"?cursor"})


async def test_another_persons_case_is_not_found(identity: Identity) -> None:
    """Reading it or writing into it answers as if it never was; nor does a case without log-in belong to anybody."""
    hers = (await open_case(identity, await logged_in(identity))).body["case_id"]
    await ask_outside(identity, email="maria@mail.test")
    (outside,) = await identity.rows("SELECT case_id FROM support_case WHERE account_id IS NULL")
    other = await stranger(identity)
    for case_id in (hers, str(outside["case_id"]), str(uuid4()), "x", "%00"):
        shown = await identity.call("GET", f"/v1/cases/{case_id}", token=other)
        written = await write(identity, other, case_id, "Hello")
        assert (shown.status, written.status) == (404, 404), case_id
    mine = await identity.call("GET", "/v1/cases", token=await identity.enter())
    assert [item["case_id"] for item in mine.body["items"]] == [hers]
    assert len(await identity.rows("SELECT 1 FROM support_case_message")) == 2


async def test_somebody_who_cannot_log_in_gets_a_number(identity: Identity) -> None:
    """A reference and nothing else; the same request again is the same case."""
    first, again = await ask_outside(identity), await ask_outside(identity)
    assert first.status == 201
    assert set(first.body) == {"reference"}
    assert first.body == again.body
    assert REFERENCE.fullmatch(first.body["reference"])
    assert len(await identity.said("case.opened.v1")) == 1
    assert (await ask_outside(identity, email="other@mail.test")).body != first.body


async def test_numbers_that_must_not_be_kept_are_refused_in_plain_words(identity: Identity) -> None:
    """An SSN or a card number in a message: it says to take it out, and nothing of it is kept or logged."""
    service_token = await logged_in(identity)
    case_id = (await open_case(identity, service_token)).body["case_id"]
    with capture_logs() as logs:
        answers = [
            answer
            for text in ("My SSN is 536-90-4399", "I used 4242 4242 4242 4242")
            for answer in (
                await open_case(identity, service_token, message=text),
                await write(identity, service_token, case_id, text),
                await ask_outside(identity, message=text),
            )
        ]
    for answer in answers:
        assert (answer.status, answer.problem, answer.pointers) == (422, "number-not-kept", {"/message"})
        assert "Take the number out" in answer.body["errors"][0]["message"]
        assert "536" not in str(answer.body)
        assert "4242" not in str(answer.body)
    kept = str(await identity.rows("SELECT text FROM support_case_message")) + str(logs)
    assert "536-90" not in kept
    assert "4242" not in kept


async def test_bad_cases_are_named(identity: Identity) -> None:
    """Unknown topics, empty or endless messages, control characters and mistyped references: each by its field."""
    service_token = await logged_in(identity)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"topic": "weather"}, "/topic"),
        ({"topic": None}, "/topic"),
        ({"message": ""}, "/message"),
        ({"message": " \n "}, "/message"),
        ({"message": "x" * 4_001}, "/message"),
        ({"message": "a\u0000b"}, "/message"),
        ({"message": "a\u001b[31m"}, "/message"),
        ({"message": ["x"]}, "/message"),
        ({"payment_reference": "HC-7K2M"}, "/payment_reference"),
        ({"case_id": str(uuid4())}, "/case_id"),
    ]
    for changes, pointer in cases:
        refused = await open_case(identity, service_token, **changes)
        assert (refused.status, refused.pointers) == (422, {pointer}), changes
    outside: list[tuple[dict[str, Any], str]] = [
        ({"email": "nobody"}, "/email"),
        ({"email": None}, "/email"),
        ({"name": "123456"}, "/name"),
        ({"language": "fr"}, "/language"),
        ({"account_id": str(uuid4())}, "/account_id"),
    ]
    for changes, pointer in outside:
        refused = await ask_outside(identity, **changes)
        assert (refused.status, refused.pointers) == (422, {pointer}), changes
    assert await identity.rows("SELECT 1 FROM support_case") == []


async def test_a_message_may_have_4000_characters_whatever_they_are(identity: Identity) -> None:
    """Line breaks count once, as a person counts them, though forms send two characters."""
    service_token = await logged_in(identity)
    opened = await open_case(identity, service_token, message="x\r\n" * 1_999 + "é😀")
    assert opened.status == 201
    assert len(opened.body["messages"][0]["text"]) == 4_000


async def test_a_flood_of_cases_has_to_wait(identity: Identity) -> None:
    """An account that writes without end, and a network without log-in, are asked to wait; others go on."""
    service_token = await logged_in(identity)
    answers = [await open_case(identity, service_token, message=f"Question {number}") for number in range(22)]
    assert [answer.status for answer in answers] == [201] * 21 + [429]
    assert answers[-1].problem == "too-many-attempts"
    case_id = answers[0].body["case_id"]
    assert (await write(identity, service_token, case_id, "More")).status == 429
    outside = [await ask_outside(identity, message=f"Question {number}") for number in range(12)]
    assert [answer.status for answer in outside] == [201] * 11 + [429]
    assert (await ask_outside(identity, address="203.0.113.9", message="Another home")).status == 201


async def test_a_case_does_not_grow_without_end(identity: Identity) -> None:
    """After 100 messages a new case is asked for, and what is there can still be read."""
    service_token = await logged_in(identity)
    case_id = (await open_case(identity, service_token)).body["case_id"]
    await identity.parts.db.write(
        lambda tx: tx.execute(
            "INSERT INTO support_case_message (case_id, message_number, author, text, written_at) "
            "SELECT case_id, number, 'staff', number::text, now() FROM support_case, generate_series(2, 100) AS number"
        )
    )
    refused = await write(identity, service_token, case_id, "One more")
    assert (refused.status, refused.problem) == (409, "case-full")
    shown = await identity.call("GET", f"/v1/cases/{case_id}", token=service_token)
    assert len(shown.body["messages"]) == 100


async def test_an_account_opens_cases_under_its_own_name_only(identity: Identity) -> None:
    """Without log-in there is no list and no case to read; the log says who opened what."""
    for method, path in (("POST", "/v1/cases"), ("GET", "/v1/cases"), ("GET", f"/v1/cases/{uuid4()}")):
        assert (await identity.call(method, path, body=QUESTION if method == "POST" else None)).status == 401
    case = (await open_case(identity, await logged_in(identity))).body
    kept = await identity.rows("SELECT subject_id, network FROM audit_entry WHERE act = 'case_opened'")
    assert [(str(row["subject_id"]), row["network"]) for row in kept] == [(case["case_id"], "198.51.100.7")]

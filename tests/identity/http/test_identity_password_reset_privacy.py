"""Forgot Password gives nothing away: same answer, same time, no flood of mail, no link where it could be read."""

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any

from structlog.testing import capture_logs

from services.identity.jobs import JOBS, run_forget_old, run_send_password_resets
from services.identity.wiring import SERVICE
from shared.http.routes import Who
from shared.testing.http import Answered
from tests.identity import people
from tests.identity.conftest import Identity
from tests.identity.http.test_identity_password_reset import ask, links, use

SAMPLES = 200
MOST_GAP_MS = 5
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"


async def request(identity: Identity, name: str, number: int) -> Answered:
    """Ask for a link from one of many networks, and leave the request to the timer."""
    address = f"10.9.{number // 200}.{number % 200}"
    return await identity.call("POST", "/v1/password-resets", body={"username": name}, address=address)


def told(answer: Answered) -> tuple[int, Any, dict[str, str]]:
    """Everything that a caller sees, but for the id and the second of the answer itself."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return answer.status, answer.body, {it: headers[it] for it in headers.keys() - {"x-request-id", "date"}}


async def test_known_and_unknown_names_are_answered_alike(identity: Identity) -> None:
    """Status, body and headers say nothing about whether such a person has an account."""
    await identity.register()
    names = ("maria.garcia", "maria@mail.test", "nobody.here", "nobody@mail.test", "no name at all")
    answers = [told(await request(identity, name, number)) for number, name in enumerate(names)]
    assert answers[0][0] == 202
    assert all(answer == answers[0] for answer in answers)


async def test_known_and_unknown_names_take_the_same_time(
    identity: Identity, record_property: Callable[[str, object], None]
) -> None:
    """200 requests for a name that is there and 200 for one that is not: the gap of the medians is below 5 ms."""
    await identity.register()
    seconds: dict[str, list[float]] = {"maria.garcia": [], "nobody.here1": []}
    for number in range(SAMPLES):
        for name, found in seconds.items():
            started = time.perf_counter()
            assert (await request(identity, name, number)).status == 202
            found.append(time.perf_counter() - started)
    medians = [statistics.median(found) * 1000 for found in seconds.values()]
    record_property("medians_ms", [round(median, 3) for median in medians])
    record_property("gap_of_medians_ms", round(abs(medians[0] - medians[1]), 3))
    assert abs(medians[0] - medians[1]) < MOST_GAP_MS
    waiting = await identity.rows("SELECT count(*) AS rows FROM password_reset_request")
    assert waiting == [{"rows": 2 * SAMPLES}]


def test_the_timer_keeps_its_own_time() -> None:
    """Links are not made when somebody asks, or how busy that makes us could be measured by the next request."""
    (job,) = (job for job in JOBS if job.name == "send_password_resets")
    assert (job.every_seconds, job.wake_on_commit) == (1.0, False)


async def test_a_settled_portal_has_sent_its_links(identity: Identity) -> None:
    """While a request waits, the sandbox is told that something is due."""
    (job,) = (job for job in JOBS if job.name == "send_password_resets")
    await request(identity, "maria.garcia", 1)
    due_at = await job.next_due_at(identity.parts)
    assert due_at is not None
    assert due_at <= identity.parts.clock.now()
    assert await run_send_password_resets(identity.parts, due_at) == 1
    assert await job.next_due_at(identity.parts) is None


async def test_one_network_gets_few_links_and_is_told_nothing(identity: Identity) -> None:
    """The fourth request in a row makes it wait; the answer stays the same."""
    await identity.register()
    answers = [told(await ask(identity)) for _ in range(8)]
    assert all(answer == answers[0] for answer in answers)
    assert len(await links(identity)) == 4


async def test_nobodys_mailbox_is_flooded_and_the_last_link_works(identity: Identity) -> None:
    """From however many networks: 5 links in 30 minutes; the owner still has one that can be used."""
    await identity.register()
    for number in range(12):
        await ask(identity, username="maria.garcia", address=f"10.8.0.{number}")
    sent = await links(identity)
    assert len(sent) == 5
    assert (await use(identity, sent[-1])).status == 204
    await identity.parts.db.write(
        lambda tx: tx.execute("UPDATE password_reset SET created_at = created_at - interval '30 minutes'")
    )
    await ask(identity, username="maria.garcia", address="10.8.0.99")
    assert len(await links(identity)) == 6


async def test_the_network_of_a_flood_waits_and_the_owner_does_not(identity: Identity) -> None:
    """Who asks for everybody's link is dropped after a while; the owner elsewhere is sent theirs."""
    await identity.register()
    for number in range(55):
        await ask(identity, username=f"guess-{number}", address="203.0.113.66")
    await ask(identity, username="maria.garcia", address="203.0.113.66")
    assert await links(identity) == []
    await ask(identity)
    assert len(await links(identity)) == 1


async def test_ten_requests_at_once_leave_one_open_link(identity: Identity) -> None:
    """Several timers at the same time take each request once, and never open two links."""
    await identity.register()
    await asyncio.gather(*(request(identity, "maria.garcia", number) for number in range(4)))
    done = await asyncio.gather(
        *(run_send_password_resets(identity.parts, identity.parts.clock.now()) for _ in range(8))
    )
    assert sum(done) == 4
    opened = await identity.rows("SELECT reset_id FROM password_reset WHERE ended_at IS NULL")
    assert len(opened) == 1
    assert [(await use(identity, link)).status for link in await links(identity)].count(204) == 1


async def test_the_same_link_used_ten_times_at_once_sets_one_password(identity: Identity) -> None:
    """A double click is one change; everybody else is told that the link is over."""
    await identity.register()
    await ask(identity)
    (link,) = await links(identity)
    answers = await asyncio.gather(*(use(identity, link, f"Walnut-{number}-Otter-Sky") for number in range(10)))
    assert sorted(answer.status for answer in answers) == [204] + [410] * 9
    assert len(await identity.said("security.changed.v1")) == 1


async def test_logging_in_with_the_old_password_cannot_outlive_the_reset(identity: Identity) -> None:
    """Sessions begun at the moment of the reset either ended with it or did not begin."""
    await identity.register()
    await ask(identity)
    (link,) = await links(identity)
    _, *begun = await asyncio.gather(
        use(identity, link), *(identity.try_log_in("maria.garcia", people.PASSWORD) for _ in range(8))
    )
    tokens = [answer.body["token"] for answer in begun if answer.status == 201]
    assert [(await identity.resolve(token)).status for token in tokens] == [401] * len(tokens)
    assert await identity.broken_checks() == {}


async def test_no_link_name_or_password_is_in_tables_events_or_logs(identity: Identity) -> None:
    """The token exists in the mail alone, a mistyped name is not kept: it may have been a password."""
    await identity.register()
    with capture_logs() as logs:
        await identity.call("POST", "/v1/password-resets", body={"username": "My-Secret-Typed-Here-1"})
        found = [str(await identity.rows("SELECT * FROM password_reset_request"))]
        await ask(identity)
        (link,) = await links(identity)
        await use(identity, link, "weak")
        await use(identity, link)
        await use(identity, link)
    found.append(str(logs))
    for table in await identity.rows(TABLES):
        rows = await identity.rows(f"SELECT * FROM {table['table_name']}")  # noqa: S608 - names come from the catalog
        found.append(f"{table['table_name']}: {rows}")
    for secret in (link, "My-Secret-Typed-Here-1", people.OTHER_PASSWORD):
        assert [place[:60] for place in found if secret in place] == []


async def test_old_links_and_stuck_requests_are_forgotten(identity: Identity) -> None:
    """Links go after 30 days, requests that nobody could take after one."""
    await identity.register()
    await ask(identity)
    await request(identity, "maria.garcia", 1)
    assert await run_forget_old(identity.parts, identity.parts.clock.now()) == 0
    for statement in (
        "UPDATE password_reset SET created_at = created_at - interval '31 days'",
        "UPDATE password_reset_request SET requested_at = requested_at - interval '25 hours'",
    ):
        await identity.parts.db.write(lambda tx, statement=statement: tx.execute(statement))  # type: ignore[misc]
    assert await run_forget_old(identity.parts, identity.parts.clock.now()) == 2


async def test_a_request_whose_seal_is_broken_holds_up_nobody(identity: Identity) -> None:
    """A row that does not open is dropped, and the next person is sent their link."""
    await identity.register()
    await request(identity, "nobody.here", 1)
    await identity.parts.db.write(lambda tx: tx.execute("UPDATE password_reset_request SET name_key_id = 'gone'"))
    await ask(identity)
    assert len(await links(identity)) == 1


def test_looking_at_a_link_is_open_to_anybody_and_writes_nothing() -> None:
    """Mail programs open links by themselves: a GET must not use one up."""
    rows = {(it.method, it.path): it for it in SERVICE.routes}
    looking = rows["GET", "/v1/password-resets/{token}"]
    assert (looking.who, looking.body) == (Who.ANYONE, None)

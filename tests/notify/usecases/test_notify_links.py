"""Letters with a one-time link: whole in the mail, masked in what is kept, forgotten when it is over."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from services.notify.domain.link import MASK
from services.notify.jobs import send_deliveries
from services.notify.wiring import SERVICE, resend
from shared.contracts.identity import AccountLinkRequestedV1
from shared.one_time import parse_key, seal
from shared.testing.http import ServiceUnderTest, serving, token
from tests.conftest import app_dsn
from tests.notify import facts
from tests.notify.conftest import LINK_KEY, Notify
from tests.notify.mail_server import MailServer, html_of, text_of
from tests.notify.process import start_notify

TOKEN = "Wd3-8xSn_Qk2VbT7yLm0aZ"
EVERYTHING = """
SELECT (SELECT json_agg(notification) FROM notification)::text AS notifications,
       (SELECT json_agg(kept_copy) FROM kept_copy)::text AS copies,
       (SELECT json_agg(delivery) FROM delivery)::text AS deliveries,
       (SELECT json_agg(outbox) FROM outbox)::text AS said,
       (SELECT json_agg(inbox) FROM inbox)::text AS heard
"""


def asked(minutes: float = 30, key: str = LINK_KEY, **more: Any) -> AccountLinkRequestedV1:
    """Zoë asks for a link that lasts so many minutes (machine time)."""
    return facts.link_requested(
        sealed_link=seal(parse_key(key), TOKEN, str(facts.ACCOUNT_ID)),
        expires_at=datetime.now(UTC) + timedelta(minutes=minutes),
        **more,
    )


async def sealed_links(notify: Notify) -> list[str]:
    """What is left of the links, by notification."""
    found = await notify.rows("SELECT fact->>'sealed_link' AS sealed FROM notification WHERE kind = 'password_link'")
    return [row["sealed"] for row in found]


async def last_word(notify: Notify) -> list[tuple[str, str | None]]:
    """How each delivery of a link stands, and why."""
    rows = await notify.rows(
        "SELECT status, last_problem FROM delivery JOIN notification USING (notification_id) "
        "WHERE kind = 'password_link' ORDER BY noted_at"
    )
    return [(row["status"], row["last_problem"]) for row in rows]


@pytest.fixture
async def zoe(notify: Notify) -> Notify:
    """A notify that knows Zoë's address."""
    await notify.hear(facts.registered())
    return notify


@pytest.fixture
async def http(zoe: Notify) -> AsyncIterator[ServiceUnderTest]:
    """notify behind HTTP."""
    async with serving(SERVICE, zoe.parts, zoe.parts.settings, zoe.parts.db, zoe.parts.clock) as service:
        yield service


async def test_the_mail_carries_the_link_and_nothing_that_is_kept_does(zoe: Notify, mail_server: MailServer) -> None:
    """Text and HTML lead to the page; after that no table of ours holds the link, sealed or open."""
    link = asked()
    await zoe.hear(link)
    await zoe.send_due()
    [mail] = mail_server.mails
    whole = f"https://portal.example/forgot-password/{TOKEN}"
    assert re.search(re.escape(whole) + r"\s", text_of(mail))
    assert f'href="{whole}"' in html_of(mail)
    assert TOKEN not in str(mail["Subject"])
    [kept] = await zoe.rows(EVERYTHING)
    assert not [name for name, rows in kept.items() if TOKEN in str(rows) or link.sealed_link in str(rows)]
    assert MASK in str(kept["copies"])
    assert await zoe.broken_checks() == {}


async def test_what_is_kept_is_the_mail_but_for_the_link(zoe: Notify, mail_server: MailServer) -> None:
    """The copy is word for word what was sent, with the link masked."""
    await zoe.hear(asked())
    await zoe.send_due()
    [copy] = await zoe.rows("SELECT body, html FROM kept_copy")
    [mail] = mail_server.mails
    assert copy["body"] == text_of(mail).replace(TOKEN, MASK)
    assert copy["html"] == html_of(mail).replace(TOKEN, MASK)


async def test_each_request_is_a_letter_of_its_own(zoe: Notify, mail_server: MailServer) -> None:
    """Who asks twice gets two letters; the same event twice is one."""
    again = asked()
    await zoe.hear(asked(), again)
    await zoe.send_due()
    assert len(mail_server.mails) == 2


async def test_no_list_shows_a_link(http: ServiceUnderTest, zoe: Notify) -> None:
    """The account sees that a letter was sent, and neither its link nor what is left of it."""
    await zoe.hear(asked())
    before = await http.call("GET", "/v1/notifications", token=token(account_id=facts.ACCOUNT_ID))
    await zoe.send_due()
    after = await http.call("GET", "/v1/notifications", token=token(account_id=facts.ACCOUNT_ID))
    assert [item["kind"] for item in after.body["items"]] == ["password_link"]
    assert "forgot-password" not in str(before.body) + str(after.body)


async def test_a_link_that_is_over_is_not_sent(zoe: Notify, mail_server: MailServer) -> None:
    """A letter that could only disappoint is skipped, which is recorded; nothing stays of its link."""
    await zoe.hear(asked(minutes=-1))
    await zoe.send_due()
    assert mail_server.mails == []
    assert await last_word(zoe) == [("skipped", "its link was over")]
    assert await sealed_links(zoe) == [""]
    assert await zoe.rows("SELECT 1 FROM outbox") == []
    assert await zoe.broken_checks() == {}


async def test_a_link_that_ends_while_the_mail_server_is_busy_is_not_sent(
    zoe: Notify, mail_server: MailServer, portal_database: str
) -> None:
    """The first try comes too early for the server, the second too late for the link."""
    mail_server.data_answers.append("451 later")
    await zoe.hear(asked())
    await send_deliveries(zoe.parts, zoe.parts.clock.now())
    assert [status for status, _ in await last_word(zoe)] == ["queued"]
    assert await sealed_links(zoe) != [""]
    operator = await asyncpg.connect(portal_database)
    await operator.execute("UPDATE notify.delivery SET next_try_at = now()")
    await operator.execute(
        """UPDATE notify.notification SET fact = jsonb_set(fact, '{expires_at}', '"2020-01-01T00:00:00Z"')"""
    )
    await operator.close()
    await zoe.send_due()
    assert mail_server.mails == []
    assert await last_word(zoe) == [("skipped", "its link was over")]
    assert await sealed_links(zoe) == [""]


async def test_a_refused_letter_forgets_its_link(
    zoe: Notify, mail_server: MailServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given up means given up: when an operator has it sent again, it is skipped."""
    mail_server.rcpt_answers.append("550 no such user")
    await zoe.hear(asked())
    await zoe.send_due()
    assert await last_word(zoe) == [("failed", "550")]
    assert await sealed_links(zoe) == [""]
    await resend(zoe.parts, ())
    await zoe.send_due()
    assert "1 refused" in capsys.readouterr().out
    assert await last_word(zoe) == [("skipped", "its link was over")]
    assert mail_server.mails == []
    assert await zoe.broken_checks() == {}


@pytest.mark.parametrize("sealed", ["c2VhbGVk", "not sealed at all", "other key"])
async def test_a_link_that_does_not_open_fails_alone(zoe: Notify, mail_server: MailServer, sealed: str) -> None:
    """Under another key there is nothing to send; `verify` shows it, and other letters leave."""
    other = asked(key="b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXkgb3Q=").sealed_link
    bad = asked().model_copy(update={"sealed_link": other if sealed == "other key" else sealed})
    await zoe.hear(bad, facts.security_changed())
    await zoe.send_due()
    assert [str(mail["Subject"]) for mail in mail_server.mails] == ["Your password was changed"]
    assert await last_word(zoe) == [("failed", "its link does not open")]
    assert await sealed_links(zoe) == [""]
    assert [name.split(":")[0] for name in await zoe.broken_checks()] == ["notice-refused"]


async def test_a_link_of_another_account_does_not_open(zoe: Notify, mail_server: MailServer) -> None:
    """A sealed link that was moved to another person's request leads nobody anywhere."""
    stolen = asked(account_id=facts.ACCOUNT_ID).model_copy(
        update={"sealed_link": seal(parse_key(LINK_KEY), TOKEN, "another account")}
    )
    await zoe.hear(stolen)
    await zoe.send_due()
    assert mail_server.mails == []


async def test_the_movable_clock_does_not_end_a_link(zoe: Notify, mail_server: MailServer) -> None:
    """Links last by machine time, as sessions do: a year ahead in business time the letter still leaves."""
    link = asked()
    await zoe.hear(link)
    ahead = zoe.parts.clock.now() + timedelta(days=365)
    assert await send_deliveries(zoe.parts, ahead) == 1
    assert len(mail_server.mails) == 1


async def test_killed_after_the_server_took_it_the_same_letter_leaves_again(
    zoe: Notify, mail_server: MailServer, portal_database: str
) -> None:
    """The one allowed duplicate carries the same link under the same Message-ID, and then the link is forgotten."""
    await zoe.hear(asked())
    process = await start_notify(
        "jobs", postgres_dsn=app_dsn("notify", portal_database), mail_port=mail_server.port, CRASH_AT="notify.sent"
    )
    async with asyncio.timeout(30):
        assert await process.wait() == -signal.SIGKILL
    operator = await asyncpg.connect(portal_database)
    await operator.execute("UPDATE notify.delivery SET leased_until = NULL, next_try_at = now()")
    await operator.close()
    await zoe.send_due()
    assert len(mail_server.mails) == 2
    assert len({(mail["Message-ID"], text_of(mail)) for mail in mail_server.mails}) == 1
    assert await sealed_links(zoe) == [""]

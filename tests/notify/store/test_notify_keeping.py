"""The database as second line: what notify's own role may not do, and what `verify` would find."""

import asyncpg
import pytest

from tests.notify import facts
from tests.notify.conftest import Notify
from tests.notify.mail_server import MailServer


@pytest.fixture
async def told(notify: Notify, mail_server: MailServer) -> Notify:
    """A notify that has told one thing."""
    await notify.hear(facts.verified())
    await notify.send_due()
    assert len(mail_server.mails) == 1
    return notify


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kept_copy SET body = 'something else'",
        "DELETE FROM kept_copy",
        "UPDATE delivery_transition SET status = 'failed'",
        "DELETE FROM delivery_transition",
        "DELETE FROM delivery",
        "DELETE FROM notification",
        "UPDATE contact_change SET version = 1",
        "DELETE FROM contact_change",
        "CREATE TABLE mine (a integer)",
    ],
)
async def test_what_was_said_cannot_be_altered(told: Notify, statement: str) -> None:
    """The service's role may not change or delete what it has said, nor its history."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await told.parts.db.write(lambda tx: tx.execute(statement))


@pytest.mark.parametrize(
    ("check", "damage"),
    [
        ("notice-lost", "DELETE FROM notify.kept_copy; DELETE FROM notify.delivery_transition; "
                        "DELETE FROM notify.outbox; DELETE FROM notify.delivery"),
        ("notice-twice", "INSERT INTO notify.delivery_transition SELECT delivery_id, 9, status, at "
                         "FROM notify.delivery_transition WHERE status = 'sent'"),
        ("notice-announced", "DELETE FROM notify.outbox"),
        ("notice-late", "UPDATE notify.delivery SET status = 'queued', sent_at = NULL, "
                        "queued_at = now() - interval '2 hours'; DELETE FROM notify.outbox"),
        ("notice-refused", "UPDATE notify.delivery SET status = 'failed', sent_at = NULL; DELETE FROM notify.outbox"),
        ("link-kept", "UPDATE notify.notification SET fact = jsonb_set(fact, '{sealed_link}', '\"still here\"')"),
        ("I10", "INSERT INTO notify.contact_change (account_id, version, applied_at) "
                "SELECT account_id, 2, now() FROM notify.contact"),
    ],
)  # fmt: skip
async def test_each_check_finds_its_damage(told: Notify, portal_database: str, check: str, damage: str) -> None:
    """A check that never fails would prove nothing: damage of its kind is found, and by no other check."""
    assert await told.broken_checks() == {}
    operator = await asyncpg.connect(portal_database)
    await operator.execute(damage)
    await operator.close()
    assert [title.split(":")[0] for title in await told.broken_checks()] == [check]


async def test_no_secret_and_no_contact_leaves_by_the_outbox(told: Notify) -> None:
    """What notify says to others names neither the address nor the person."""
    [row] = await told.rows("SELECT body FROM outbox")
    assert "zoe" not in row["body"].lower()
    assert "6175550123" not in row["body"]

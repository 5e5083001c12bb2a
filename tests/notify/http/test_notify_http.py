"""What an account was told, over HTTP."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from services.notify.wiring import SERVICE
from shared.testing.http import ServiceUnderTest, serving, token
from tests.notify import facts
from tests.notify.conftest import Notify
from tests.notify.mail_server import MailServer


@pytest.fixture
async def http(notify: Notify) -> AsyncIterator[ServiceUnderTest]:
    """notify behind HTTP."""
    async with serving(SERVICE, notify.parts, notify.parts.settings, notify.parts.db, notify.parts.clock) as service:
        yield service


async def test_an_account_sees_what_it_was_told(
    http: ServiceUnderTest, notify: Notify, mail_server: MailServer
) -> None:
    """Kind, subject, channel, status and time of each notice, newest first; nothing else."""
    mail_server.rcpt_answers.append("550 no such user")
    await notify.hear(facts.verified())
    await notify.send_due()
    await notify.hear(facts.payment_succeeded())
    await notify.send_due()
    await notify.hear(facts.bill_issued())
    answer = await http.call("GET", "/v1/notifications", token=token(account_id=facts.ACCOUNT_ID))
    assert answer.status == 200
    assert answer.body["next_cursor"] is None
    shown = {item.pop("kind"): item for item in answer.body["items"]}
    assert all(UUID(item.pop("notification_id")) for item in shown.values())
    assert shown == {
        "account_verified": {
            "subject": "Welcome: your account is verified",
            "channel": "email",
            "status": "failed",
            "sent_at": None,
        },
        "payment_succeeded": {
            "subject": "Payment received: $354.00, reference HC-7K2M-9QXT-4",
            "channel": "email",
            "status": "sent",
            "sent_at": "2026-12-01T15:00:00Z",
        },
        "bill_issued": {"subject": None, "channel": "email", "status": "queued", "sent_at": None},
    }


async def test_pages_follow_one_another_without_gap_or_repeat(http: ServiceUnderTest, notify: Notify) -> None:
    """Seven notices of the same instant come in pages of three, each once."""
    await notify.hear(facts.verified(), *(facts.payment_succeeded(payment_id=uuid4()) for _ in range(6)))
    seen: list[str] = []
    path = "/v1/notifications?limit=3"
    sizes = []
    while path:
        answer = await http.call("GET", path, token=token(account_id=facts.ACCOUNT_ID))
        sizes.append(len(answer.body["items"]))
        seen += [item["notification_id"] for item in answer.body["items"]]
        cursor = answer.body["next_cursor"]
        path = f"/v1/notifications?limit=3&cursor={cursor}" if cursor else ""
    assert sizes == [3, 3, 1]
    assert len(set(seen)) == 7


async def test_nobody_sees_what_others_were_told(http: ServiceUnderTest, notify: Notify) -> None:
    """Another account gets an empty list, even one that claims the same member."""
    await notify.hear(facts.verified(), facts.payment_succeeded())
    answer = await http.call("GET", "/v1/notifications", token=token(account_id=uuid4(), member_id=facts.MEMBER_ID))
    assert answer.body == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "?limit"),
        ("limit=101", "?limit"),
        ("limit=many", "?limit"),
        ("limit=", "?limit"),
        ("cursor=", "?cursor"),
        ("cursor=%00", "?cursor"),
        ("cursor=b3VycyBpdCBpcyBub3Q=", "?cursor"),
        ("cursor=MjAyNi0xMi0wMVQxNTowMDowMHwxMTExMTExMS0xMTExLTQxMTEtODExMS0xMTExMTExMTExMTE=", "?cursor"),
        ("cursor=%F0%9F%92%B8", "?cursor"),
        ("page=2", "?page"),
        ("limit=1&limit=2", "?limit"),
    ],
)
async def test_a_bad_query_is_named(http: ServiceUnderTest, query: str, pointer: str) -> None:
    """What cannot be understood is a 422 that names the parameter."""
    answer = await http.call("GET", f"/v1/notifications?{query}", token=token(account_id=facts.ACCOUNT_ID))
    assert (answer.status, answer.problem) == (422, "invalid-fields")
    assert answer.pointers == {pointer}


async def test_it_takes_a_persons_session(http: ServiceUnderTest) -> None:
    """Without a session it is 401; a partner's key does not open it."""
    assert (await http.call("GET", "/v1/notifications")).status == 401
    partner = await http.call("GET", "/v1/notifications", token=token("partner"))
    assert (partner.status, partner.problem) == (403, "not-allowed")

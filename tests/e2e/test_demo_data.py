"""The demo data of a first start: everybody is where the table of log-ins says, in the present, also after a kill."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.local.demo_people import PASSWORD, PEOPLE, Person, Progress
from deploy.local.memory import Memory
from tests.e2e.portal import Visitor
from tests.e2e.stack_process import StackProcess

pytestmark = pytest.mark.timeout(400)
INTERRUPTED_AFTER_DAYS = 9
PERSON = {person.progress: person for person in PEOPLE}


@pytest.fixture(scope="module")
async def demo_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StackProcess]:
    """A first start that is killed while it makes the demo data, and started again."""
    root = tmp_path_factory.mktemp("demo") / "local"
    killed, again = (StackProcess(root, "--any-ports") for _ in range(2))
    try:
        await killed.start()
        await _until_lived(killed)
        killed.process.kill()
        await killed.process.wait()
        await again.start()
        await again.until_ready()
        yield again
    finally:
        await killed.discard()
        await again.discard()


async def _until_lived(stack: StackProcess) -> None:
    give_up_at = time.monotonic() + 120
    while int(Memory(stack.folder.memory).find("demo_days") or 0) < INTERRUPTED_AFTER_DAYS:
        assert time.monotonic() < give_up_at, "\n".join(stack.said)
        assert stack.process.returncode is None, "\n".join(stack.said)
        await asyncio.sleep(0.05)


@pytest.fixture
async def visitor(demo_stack: StackProcess) -> AsyncIterator[Visitor]:
    """Somebody at the portal with the demo data."""
    async with Visitor(demo_stack) as visitor:
        yield visitor


async def log_in(visitor: Visitor, person: Person) -> None:
    """As the table of log-ins says."""
    visitor.token = None
    session = await visitor.done("POST", "/v1/sessions", {"username": person.username, "password": PASSWORD})
    visitor.token = session["token"]


async def seen_by(visitor: Visitor, progress: Progress) -> tuple[Any, list[Any], list[Any]]:
    """What a person sees: balance, bills and payments."""
    await log_in(visitor, PERSON[progress])
    bills = (await visitor.done("GET", "/v1/bills"))["items"]
    payments = (await visitor.done("GET", "/v1/payments"))["items"]
    return await visitor.done("GET", "/v1/balance"), bills, payments


async def test_demo_data_ends_in_the_present_and_everybody_can_log_in(
    demo_stack: StackProcess, visitor: Visitor
) -> None:
    """Months have passed in the portal, its clock is right again, and each log-in of the table works."""
    machine_time = datetime.now(UTC)
    assert timedelta(0) <= await visitor.now() - machine_time < timedelta(seconds=20)
    told = demo_stack.told()["demo_logins"]
    assert [login["username"] for login in told] == [person.username for person in PEOPLE[1:]]
    for login in told:
        assert login["state"] == next(person.progress for person in PEOPLE if person.username == login["username"])
        assert any(login["username"] in line and login["state"] in line for line in demo_stack.said)
        visitor.token = None
        await visitor.done("POST", "/v1/sessions", {"username": login["username"], "password": login["password"]})
    assert any(line.startswith("Open http://localhost:") for line in demo_stack.said)


async def test_newcomers_owe_their_first_bill(visitor: Visitor) -> None:
    """Omar has not paid yet; Denise's card was declined; Priya owes for health and dental."""
    for progress, count in ((Progress.BILL_DUE, 1), (Progress.DECLINED, 1), (Progress.TWO_POLICIES, 2)):
        balance, bills, payments = await seen_by(visitor, progress)
        assert [bill["status"] for bill in bills] == ["open"] * count, progress
        assert balance["due_now_cents"] == sum(bill["total_cents"] for bill in bills) > 0
        assert balance["past_due_cents"] == 0
        assert [payment["status"] for payment in payments] == (["declined"] if progress is Progress.DECLINED else [])


async def test_two_policies_are_with_two_insurers_who_can_be_called(visitor: Visitor) -> None:
    """Priya's health and dental policies each say how to reach their insurer."""
    await log_in(visitor, PERSON[Progress.TWO_POLICIES])
    policies = (await visitor.done("GET", "/v1/policies"))["items"]
    assert {policy["kind"]: policy["insurer"]["phone"] for policy in policies} == {
        "health": "(800) 555-0142",
        "dental": "(800) 555-0167",
    }
    assert all(policy["insurer"]["website"].startswith("https://") for policy in policies)


async def test_who_has_paid_owes_nothing(visitor: Visitor) -> None:
    """Lucia, Grace and Walter have paid every bill, and once each: the kill in between took nothing twice."""
    for progress, count in ((Progress.PAID, 1), (Progress.NOTHING_DUE, 4), (Progress.LONG_HISTORY, 8)):
        balance, bills, payments = await seen_by(visitor, progress)
        assert (balance["due_now_cents"], balance["credit_cents"]) == (0, 0), progress
        assert [bill["status"] for bill in bills] == ["paid"] * count
        succeeded = [payment for payment in payments if payment["status"] == "succeeded"]
        assert len(succeeded) == count
        assert sum(payment["amount_cents"] for payment in succeeded) == sum(bill["total_cents"] for bill in bills)


async def test_a_long_history_shows_several_cards_and_a_decline(visitor: Visitor) -> None:
    """Walter's payments tell a story, with dates in the past."""
    _, bills, payments = await seen_by(visitor, Progress.LONG_HISTORY)
    assert [payment["status"] for payment in payments].count("declined") == 1
    assert len({payment["method"]["brand"] for payment in payments}) == 3
    assert any(payment["credit_cents"] > 0 for payment in payments)
    accepted = [datetime.fromisoformat(payment["accepted_at"]) for payment in payments]
    assert accepted == sorted(accepted, reverse=True)
    assert accepted[0] - accepted[-1] > timedelta(days=150)
    assert len({bill["issued_on"] for bill in bills}) == 8


async def test_who_is_past_due_owes_two_months(visitor: Visitor) -> None:
    """Marcus has paid at first, and then no more."""
    balance, bills, _ = await seen_by(visitor, Progress.PAST_DUE)
    assert balance["past_due_cents"] >= bills[0]["total_cents"]
    assert [bill["status"] for bill in bills[1:]] == ["past_due", "paid", "paid", "paid"]
    assert bills[0]["status"] in ("open", "past_due")


async def test_who_is_not_verified_sees_no_bill(visitor: Visitor) -> None:
    """Theo can log in and is asked to verify; Nora can still make her account."""
    await log_in(visitor, PERSON[Progress.UNVERIFIED])
    assert (await visitor.done("GET", "/v1/account"))["status"] == "unverified"
    assert (await visitor.call("GET", "/v1/balance")).code == "not-verified"
    nora = PERSON[Progress.ENROLLED]
    visitor.token = None
    await visitor.register(nora)
    assert (await visitor.verify(nora))["status"] == "verified"
    assert (await visitor.done("GET", "/v1/balance"))["due_now_cents"] == nora.premium_cents - nora.subsidy_cents


async def test_the_next_start_makes_nothing_again(demo_stack: StackProcess) -> None:
    """Ctrl-C and another start: the data is as it was, and its log-ins are shown as of the first start."""
    assert await demo_stack.interrupt() == 0
    heard = len(demo_stack.said)
    await demo_stack.start()
    assert (await demo_stack.line_with("demo data", after=heard)).endswith("as it was")
    await demo_stack.line_with("Who that was after the first start", after=heard)
    await demo_stack.line_with("Ctrl-C stops everything.", after=heard)

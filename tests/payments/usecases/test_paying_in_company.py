"""Trouble among those who pay at the same moment: it is nobody's but its own, and all the others have paid."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from services.payments.store import new_payments
from services.payments.store.refusals import HeldByOthers
from shared.db import Tx
from shared.together import Together
from tests.payments.paying_desk import CHANGE, WAITING, LosesAnswers, Statements, accept, members_of, request_of
from tests.payments.paying_world import Member, World


async def test_a_bill_that_changed_stops_none_of_those_who_pay_together(world: World) -> None:
    """One pays on what was read a moment too early: the statement fails, each goes alone, and all have paid."""
    members = await members_of(world, 4)
    overtaken = members[2].member_id
    statements = Statements(world, wait_for=4)

    async def read_and_be_overtaken(tx: Tx, them: Sequence[new_payments.Asked]) -> Sequence[new_payments.BeforeNew]:
        before = await new_payments.read_before(tx, them, most_declines=5, lock=False)
        if any(it.member_id == overtaken for it in them):
            await world.rows(CHANGE, overtaken)
        return before

    statements.desk = replace(statements.desk, reading=Together("read", read_and_be_overtaken, world.parts.db.read))
    answers = await statements.pay(*((member, 1_000, uuid4().hex) for member in members))
    assert [(it.status, it.body["status"]) for it in answers] == [(201, "succeeded")] * 4
    assert await world.rows("SELECT paid_cents, in_flight_cents FROM bill") == [(1_000, 0)] * 4
    assert sorted(await world.told("payment")) == ["payment.accepted.v1"] * 4 + ["payment.succeeded.v1"] * 4


async def test_one_key_twice_in_a_statement_is_one_payment(world: World) -> None:
    """A member who sends twice in one moment is shown the same payment twice; who paid beside them has theirs."""
    [twice, other] = await members_of(world, 2)
    statements = Statements(world, wait_for=3)
    method_ids = [await world.save_card(member=member) for member in (twice, other)]
    first, beside, second = await statements.pay(
        (twice, 1_000, "one-key"),
        (other, 2_000, "other"),
        (twice, 1_000, "one-key"),
        method_ids=[*method_ids, method_ids[0]],
    )
    assert (first.status, second.status, beside.status) == (201, 201, 201)
    assert first.body["payment_id"] == second.body["payment_id"] != beside.body["payment_id"]
    assert await world.value("SELECT count(*) FROM payment WHERE member_id = $1", twice.member_id) == 1
    assert len(await world.charges_of(first.body["payment_id"])) == 1


async def test_two_payments_on_one_bill_in_a_statement_are_both_made(world: World) -> None:
    """Neither overwrites what the other holds or has paid."""
    [member] = await members_of(world, 1)
    statements = Statements(world, wait_for=2)
    answers = await statements.pay((member, 10_000, "first"), (member, 5_000, "second"))
    assert [it.body["status"] for it in answers] == ["succeeded"] * 2
    assert await world.rows("SELECT paid_cents, in_flight_cents FROM bill") == [(15_000, 0)]


async def test_a_card_that_is_removed_at_the_last_moment_is_not_charged(world: World) -> None:
    """Between reading and writing the member takes the card away: the payment is refused in plain words."""
    [member] = await members_of(world, 1)
    method_id = await world.save_card(member=member)
    statements = Statements(world, wait_for=1)

    async def read_and_remove(tx: Tx, them: Sequence[new_payments.Asked]) -> Sequence[new_payments.BeforeNew]:
        before = await new_payments.read_before(tx, them, most_declines=5, lock=False)
        assert (await world.call("DELETE", f"/v1/payment-methods/{method_id}", member=member)).status == 204
        return before

    statements.desk = replace(statements.desk, reading=Together("read", read_and_remove, world.parts.db.read))
    [answer] = await statements.pay((member, 1_000, "key"), method_ids=[method_id])
    gone = await world.call(
        "POST", "/v1/payments", body={"amount_cents": 1_000, "method_id": method_id}, key="other", member=member
    )
    assert (answer.status, answer.problem) == (gone.status, gone.problem)
    assert gone.status in (404, 422)
    assert await world.value("SELECT count(*) FROM payment") == 0


@pytest.mark.parametrize("lane", ["accepting", "settling"])
async def test_commits_whose_answers_are_lost_are_found_again(world: World, lane: str) -> None:
    """Six pay together, and the answer to their common commit is lost: each has one payment, charged once."""
    members = await members_of(world, 6)
    lossy = LosesAnswers(world.parts.db._pool, world.parts.db._dsn)
    statements = Statements(world, wait_for=6, **{lane: lossy})
    answers = await statements.pay(*((member, 1_000, uuid4().hex) for member in members))
    assert [(it.status, it.body["status"]) for it in answers] == [(201, "succeeded")] * 6
    assert max(statements.accepted) > 1, "they went together"
    assert lossy.lost >= 1
    assert await world.rows("SELECT paid_cents, in_flight_cents FROM bill") == [(1_000, 0)] * 6
    assert await world.value("SELECT count(*) FROM payment") == 6
    for answer in answers:
        assert len(await world.charges_of(answer.body["payment_id"])) == 1
    assert sorted(await world.told("payment")) == ["payment.accepted.v1"] * 6 + ["payment.succeeded.v1"] * 6


async def test_nobody_waits_for_bills_that_somebody_else_holds(world: World) -> None:
    """While an import is at the bills of five the others pay; the payments of those wait for its end, and are made."""
    *held, free, later = await members_of(world, 7)
    method_ids = {member.member_id: await world.save_card(member=member) for member in (*held, free, later)}

    async def pay(member: Member) -> str:
        body = {"amount_cents": 30_000, "method_id": method_ids[member.member_id]}
        answer = await world.call("POST", "/v1/payments", body=body, key=uuid4().hex, member=member)
        return str(answer.body["status"])

    async def at_work(tx: Tx) -> tuple[list["asyncio.Task[str]"], list[str]]:
        lock = "SELECT 1 FROM bill JOIN policy USING (policy_id) WHERE member_id = ANY ($1) FOR UPDATE OF bill"
        await tx.fetch(lock, [member.member_id for member in held])
        waits = [asyncio.create_task(pay(member)) for member in held]
        paid = [await pay(free), await pay(later)]
        assert not any(it.done() for it in waits)
        return waits, paid

    waits, paid = await world.parts.db.write(at_work)
    assert paid == ["succeeded"] * 2
    assert await asyncio.gather(*waits) == ["succeeded"] * 5


@pytest.mark.parametrize("table", ["payment_method", "idempotency_key", "outbox"])
async def test_a_table_that_is_being_changed_makes_members_wait_and_no_error(world: World, table: str) -> None:
    """A migration has a table for itself for a moment: a payment is made when it is done."""
    [member] = await members_of(world, 1)
    method_id = await world.save_card(member=member)
    body = {"amount_cents": 1_000, "method_id": method_id}
    waited: list[asyncio.Task[Any]] = []

    async def at_work(tx: Tx) -> None:
        await tx.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        paying = world.call("POST", "/v1/payments", body=body, key=uuid4().hex, member=member)
        waited.append(asyncio.create_task(paying))
        async with asyncio.timeout(5):
            while not await tx.fetchval(WAITING):
                await asyncio.sleep(0.01)

    await world.parts.db.write(at_work)
    answer = await waited[0]
    assert (answer.status, answer.body["status"]) == (201, "succeeded")


async def test_a_key_that_was_used_is_answered_while_its_bill_is_held(world: World) -> None:
    """A replay needs no bill: it is shown its payment at once."""
    [member] = await members_of(world, 1)
    method_id = await world.save_card(member=member)
    body = {"amount_cents": 1_000, "method_id": method_id}

    async def pay() -> Any:
        return (await world.call("POST", "/v1/payments", body=body, key="one-key", member=member)).body

    made = await pay()

    async def at_work(tx: Tx) -> Any:
        await tx.fetch("SELECT 1 FROM bill FOR UPDATE")
        async with asyncio.timeout(2):
            return await pay()

    assert (await world.parts.db.write(at_work))["payment_id"] == made["payment_id"]


async def test_a_held_bill_is_told_apart_from_a_changed_one(world: World) -> None:
    """At the desk it is refused within a fraction of a second, and nothing of the payment is kept."""
    [member] = await members_of(world, 1)
    request = await request_of(world, member, 1_000)

    async def at_work(tx: Tx) -> None:
        await tx.fetch("SELECT 1 FROM bill FOR UPDATE")
        with pytest.raises(HeldByOthers):
            await accept(world, request)

    await world.parts.db.write(at_work)
    assert await world.rows("SELECT (SELECT count(*) FROM payment), (SELECT count(*) FROM idempotency_key)") == [(0, 0)]
    await accept(world, request)

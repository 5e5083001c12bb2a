"""Idempotency keys: one request, one thing, however often and however closely together it is sent."""

import asyncio
from uuid import UUID, uuid4

import pytest

from shared import idempotency, outbox
from shared.db import Database, Tx
from shared.http.models import Input
from shared.idempotency import Claim, KeyReused


class Order(Input):
    """A request body for these tests."""

    amount_cents: int
    note: str = ""


PAY_10 = idempotency.body_hash(Order(amount_cents=1000))
PAY_20 = idempotency.body_hash(Order(amount_cents=2000))


async def claim(
    tx: Tx,
    body_hash: bytes = PAY_10,
    subject_id: UUID | None = None,
    principal: str = "m-1",
    route: str = "POST /v1/payments",
) -> UUID:
    """Claim the key of these tests; returns the subject that it stands for from now on."""
    wanted = Claim(principal, route, "key-1", body_hash, subject_id or uuid4())
    statement = f"WITH said AS ({outbox.INSERT}), claimed AS ({idempotency.CLAIM}) SELECT count(*) FROM claimed"  # noqa: S608 - parts of ours
    if await tx.fetchval(statement, outbox.packed([]), *idempotency.columns([wanted])) == 1:
        return wanted.subject_id
    found = await idempotency.find(tx, principal, route, "key-1", body_hash)
    assert found is not None
    return found


def test_spacing_and_order_do_not_make_another_body() -> None:
    """What counts is what the fields say, not how the JSON was written."""
    written = [b'{"amount_cents": 1000, "note": "a"}', b'{"note":"a","amount_cents":1000}']
    assert len({idempotency.body_hash(Order.model_validate_json(body)) for body in written}) == 1
    assert PAY_10 != PAY_20


async def test_fifty_at_once_make_one_thing(payments_db: Database) -> None:
    """Fifty requests with one key at the same moment all get the same subject."""
    subjects = await asyncio.gather(*(payments_db.write(claim) for _ in range(50)))
    assert len(set(subjects)) == 1


async def test_another_body_under_the_same_key_is_refused(payments_db: Database) -> None:
    """A key that stands for 10 dollars can not be used to pay 20."""
    await payments_db.write(claim)
    with pytest.raises(KeyReused):
        await payments_db.write(lambda tx: claim(tx, PAY_20))


async def test_keys_of_others_are_other_keys(payments_db: Database) -> None:
    """Two people, or two routes, may use the same key without seeing each other's things."""
    first = await payments_db.write(claim)
    second = await payments_db.write(lambda tx: claim(tx, PAY_20, principal="m-2"))
    assert first != second
    other = await payments_db.write(lambda tx: claim(tx, PAY_20, route="POST /v1/methods"))
    assert other not in (first, second)


async def begin(db: Database, *, fail: bool) -> tuple["asyncio.Task[UUID]", asyncio.Event]:
    """A first request that has claimed the key and waits; setting the event ends it, by commit or by rollback."""
    claimed, go_on = asyncio.Event(), asyncio.Event()

    async def work(tx: Tx) -> UUID:
        subject_id = await claim(tx)
        claimed.set()
        await go_on.wait()
        if fail:
            raise RuntimeError("told to fail")
        return subject_id

    first = asyncio.create_task(db.write(work))
    await claimed.wait()
    return first, go_on


async def until_one_waits(db: Database) -> None:
    """Return when a session waits for another's transaction."""
    async with asyncio.timeout(5):
        while not await db.read(
            lambda tx: tx.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'transactionid'"
                " AND datname = current_database() AND usename = current_user"
            )
        ):
            await asyncio.sleep(0.01)


async def test_a_second_request_waits_for_the_firsts_commit(payments_db: Database) -> None:
    """While the first is under way the second waits, and then gets the first's subject."""
    first, go_on = await begin(payments_db, fail=False)
    second = asyncio.create_task(payments_db.write(claim))
    await until_one_waits(payments_db)
    assert not second.done()
    go_on.set()
    assert await first == await second


async def test_a_second_request_takes_over_when_the_first_is_rolled_back(payments_db: Database) -> None:
    """When the first fails nothing of it remains, and the second makes its own thing, with its own body."""
    first, go_on = await begin(payments_db, fail=True)
    mine = uuid4()
    second = asyncio.create_task(payments_db.write(lambda tx: claim(tx, PAY_20, mine)))
    await until_one_waits(payments_db)
    go_on.set()
    with pytest.raises(RuntimeError):
        await first
    assert await second == mine


async def test_finding_without_claiming(payments_db: Database) -> None:
    """Looking a key up takes nothing: unknown is None, known is its subject, another body is refused."""

    async def find(tx: Tx, body_hash: bytes) -> UUID | None:
        return await idempotency.find(tx, "m-1", "POST /v1/payments", "key-1", body_hash)

    assert await payments_db.read(lambda tx: find(tx, PAY_10)) is None
    subject_id = await payments_db.write(claim)
    assert await payments_db.read(lambda tx: find(tx, PAY_10)) == subject_id
    with pytest.raises(KeyReused):
        await payments_db.read(lambda tx: find(tx, PAY_20))

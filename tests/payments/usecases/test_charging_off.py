"""Charging is switched off: nothing new is taken down or charged, nothing is lost, and all of it goes on afterwards."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.payments.providers.watched_processor import CHARGING
from services.payments.wiring import unanswered
from shared import switches
from tests.payments.paying_world import World
from tests.payments.scheduling import BEFORE, RUN_AT, schedule, until

REASON = "the processor charges twice"


async def switch(world: World, state: str) -> None:
    """What the operator's command does, and the look that every process takes once a second."""
    await world.parts.db.write(
        lambda tx: switches.insert(tx, CHARGING, is_on=state == "on", reason=REASON, changed_by="an operator")
    )
    await world.parts.switches.read(world.parts.db)


async def test_a_new_payment_is_refused_before_anything_is_written(world: World) -> None:
    """503 in plain words with a time to come back; the key, the card and the bill are free for a later try."""
    await world.enroll()
    card, key = {"type": "card", "token": await world.sandbox.token()}, uuid4().hex
    await switch(world, "off")
    answer = await world.pay(30_000, key=key, method=card)
    assert (answer.status, answer.problem) == (503, "payments-paused")
    assert answer.headers["Retry-After"] == "300"
    assert "Nothing was charged" in answer.body["detail"]
    assert await world.rows("SELECT payment_id FROM payment UNION ALL SELECT subject_id FROM idempotency_key") == []
    assert await world.rows("SELECT in_flight_cents FROM bill") == [(0,)]
    await switch(world, "on")
    assert (await world.pay(30_000, key=key, method=card)).body["status"] == "succeeded"


@pytest.mark.parametrize("with_card", [False, True])
async def test_a_known_key_still_shows_its_payment(world: World, *, with_card: bool) -> None:
    """Whoever did not hear the answer of a payment made before gets it, and another body is refused as always."""
    await world.enroll()
    key = uuid4().hex
    body = {"method": {"type": "card", "token": await world.sandbox.token()}} if with_card else {}
    method_id = None if with_card else await world.save_card()
    first = await world.pay(10_000, method_id, key=key, **body)
    await switch(world, "off")
    again = await world.pay(10_000, method_id, key=key, **body)
    assert (again.status, again.body["payment_id"]) == (201, first.body["payment_id"])
    other = await world.pay(10_001, method_id, key=key, **body)
    assert (other.status, other.problem) == (422, "idempotency-key-reused")


async def test_everything_else_goes_on(world: World) -> None:
    """Bills, previews, saved cards and earlier payments are there as before."""
    await world.enroll()
    await switch(world, "off")
    await world.save_card()
    for path in ("/v1/bills", "/v1/balance", "/v1/payments", "/v1/payment-methods"):
        assert await world.get(path)
    assert (await world.call("POST", "/v1/payments/preview", body={"amount_cents": 30_000})).status == 200


async def test_a_payment_whose_day_has_come_waits(world: World) -> None:
    """It is not run, the clock can move on without it, and once charging is on it is made, once."""
    await world.enroll()
    payment = await schedule(world)
    await until(world, BEFORE)
    await switch(world, "off")
    await until(world, RUN_AT + timedelta(days=1))
    assert await world.status_of(payment["payment_id"]) == "scheduled"
    assert await world.charges_of(payment["payment_id"]) == []
    await switch(world, "on")
    await world.run_jobs()
    assert await world.status_of(payment["payment_id"]) == "succeeded"
    assert len(await world.charges_of(payment["payment_id"])) == 1


async def test_the_resolver_asks_on_and_posts_no_charge(world: World) -> None:
    """A payment that no process has charged stays open while charging is off; afterwards it is charged, once."""
    await world.enroll()
    payment = await world.take_down(30_000)
    await switch(world, "off")
    await world.move_clock(minutes=10)
    assert await world.charges_of(str(payment.payment_id)) == []
    assert await world.status_of(payment.payment_id) == "processing"
    await switch(world, "on")
    assert await unanswered(world.parts, ("--ask-again",)) == 0
    await world.run_jobs()
    assert await world.status_of(payment.payment_id) == "succeeded"
    assert len(await world.charges_of(str(payment.payment_id))) == 1


async def test_what_the_processor_knows_is_still_found_out(world: World) -> None:
    """A charge that was made before is heard of while charging is off: asking takes no money."""
    await world.enroll()
    payment = await world.take_down(30_000)
    order = payment.charge_order
    await world.sandbox.charge(
        str(payment.payment_id), order.card_id, amount_cents=order.amount_cents, reference=order.reference
    )
    await switch(world, "off")
    await world.move_clock(minutes=1)
    assert await world.status_of(payment.payment_id) == "succeeded"


async def test_off_for_more_than_an_hour_an_open_payment_is_called_off(world: World) -> None:
    """After an hour nobody posts the same charge again: declined, the bill is free, and nothing was taken."""
    await world.enroll()
    payment = await world.take_down(30_000)
    await switch(world, "off")
    await world.move_clock(hours=3)
    assert await world.status_of(payment.payment_id) == "declined"
    assert await world.charges_of(str(payment.payment_id)) == []
    assert await world.rows("SELECT in_flight_cents FROM bill") == [(0,)]


async def test_who_stopped_it_and_why_stays_on_record(world: World) -> None:
    """Every change is a row; the service itself can neither change nor delete one."""
    await switch(world, "off")
    await switch(world, "on")
    changes = await world.rows("SELECT name, is_on, reason, changed_by FROM switch ORDER BY change_number")
    assert changes == [(CHARGING, False, REASON, "an operator"), (CHARGING, True, REASON, "an operator")]
    for sql in ("UPDATE switch SET reason = 'x'", "DELETE FROM switch"):
        with pytest.raises(Exception, match="permission denied"):
            await world.parts.db.write(lambda tx, sql=sql: tx.execute(sql))  # type: ignore[misc]

"""What a member sees of methods, previews, history and references over HTTP."""

import asyncio
from uuid import uuid4

import orjson

from tests.payments.paying_world import DECLINED, Member, World


async def test_a_saved_card_is_listed_and_removed(world: World) -> None:
    """A card is saved with what may be shown of it; once removed it cannot pay, and old payments still show it."""
    await world.enroll()
    body = {"type": "card", "token": await world.sandbox.token(), "label": "Groceries card"}
    saved = await world.call("POST", "/v1/payment-methods", body=body)
    method_id = saved.body["method_id"]
    assert saved.status == 201
    assert saved.body == {
        "method_id": method_id,
        "type": "card",
        "brand": "visa",
        "last4": "4242",
        "expires": "2040-12",
        "label": "Groceries card",
        "status": "active",
    }
    paid = await world.pay(10_000, method_id)
    assert (await world.get("/v1/payment-methods"))["items"] == [saved.body]

    assert (await world.call("DELETE", f"/v1/payment-methods/{method_id}")).status == 204
    assert (await world.call("DELETE", f"/v1/payment-methods/{method_id}")).status == 404
    assert (await world.get("/v1/payment-methods"))["items"] == []
    refused = await world.pay(100, method_id)
    assert (refused.status, refused.pointers) == (404, {"/method_id"})
    shown = await world.get(f"/v1/payments/{paid.body['payment_id']}")
    assert shown["method"] == {"type": "card", "method_id": method_id, "brand": "visa", "last4": "4242"}
    assert await world.told("method.") == ["method.added.v1", "method.removed.v1"]


async def test_the_same_token_twice_is_one_method(world: World) -> None:
    """A double click on Save keeps one card and tells it once."""
    body = {"type": "card", "token": await world.sandbox.token()}
    answers = await asyncio.gather(*(world.call("POST", "/v1/payment-methods", body=body) for _ in range(4)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["method_id"] for answer in answers}) == 1
    assert await world.told("method.") == ["method.added.v1"]


async def test_one_card_of_two_members_is_two_methods(world: World) -> None:
    """A couple may share a card; each has a method of their own."""
    await world.save_card()
    await world.save_card(member=Member())
    assert await world.value("SELECT count(*) FROM payment_method") == 2


async def test_a_preview_says_what_the_payment_will_do(world: World) -> None:
    """Preview, then pay with its quote: the allocations are those that were shown."""
    await world.enroll()
    method_id = await world.save_card()
    body = {"amount_cents": 40_000, "method_id": method_id}
    preview = await world.call("POST", "/v1/payments/preview", body=body)
    assert preview.status == 200
    assert (preview.body["credit_cents"], preview.body["counts_on"]) == (10_000, "2026-12-01")
    assert await world.value("SELECT count(*) FROM payment") == 0
    paid = await world.pay(40_000, method_id, quote_id=preview.body["quote_id"])
    assert paid.status == 201
    assert paid.body["allocations"] == preview.body["allocations"]
    assert paid.body["credit_cents"] == 10_000


async def test_a_declined_payment_shows_no_effect(world: World) -> None:
    """It paid no bill and left no credit, wherever it is shown; the fact alone tells what it was meant for."""
    await world.enroll()
    made = await world.pay(31_000, await world.save_card(DECLINED))
    (listed,) = (await world.get("/v1/payments"))["items"]
    for shown in (made.body, listed, await world.get(f"/v1/payments/{made.body['reference']}")):
        assert (shown["status"], shown["amount_cents"]) == ("declined", 31_000)
        assert (shown["allocations"], shown["credit_cents"]) == ([], 0)
    told = orjson.loads(await world.value("SELECT body FROM outbox WHERE type = 'payment.declined.v1'"))
    assert ([part["amount_cents"] for part in told["allocations"]], told["credit_cents"]) == ([30_000], 1_000)


async def test_a_stale_quote_takes_nothing_and_shows_a_fresh_preview(world: World) -> None:
    """Two tabs: the second one's quote is stale, and its answer holds what paying would do by now."""
    await world.enroll()
    method_id, key = await world.save_card(), uuid4().hex
    preview = await world.call("POST", "/v1/payments/preview", body={"amount_cents": 30_000})
    quote_id = preview.body["quote_id"]
    first = await world.pay(30_000, method_id, quote_id=quote_id, key=key)
    second = await world.pay(30_000, method_id, quote_id=quote_id)
    assert (second.status, second.problem) == (409, "quote-stale")
    assert second.body["preview"]["allocations"] == []
    assert second.body["preview"]["credit_cents"] == 30_000
    assert second.body["preview"]["quote_id"] != quote_id
    assert (await world.pay(30_000, method_id, quote_id=quote_id, key=key)).body == first.body
    assert await world.value("SELECT count(*) FROM payment") == 1


async def test_a_quote_is_for_the_policies_it_was_made_for(world: World) -> None:
    """The quote of one policy does not pay for another."""
    health, dental = await world.enroll(), await world.enroll(kind="dental", premium_cents=4_000)
    body = {"amount_cents": 100, "policy_ids": [str(health)]}
    preview = await world.call("POST", "/v1/payments/preview", body=body)
    answer = await world.pay(100, policy_ids=[str(dental)], quote_id=preview.body["quote_id"])
    assert (answer.status, answer.problem) == (409, "quote-stale")


async def test_the_history_is_paged_and_filtered(world: World) -> None:
    """Newest first, page by page, by status, day, policy and method."""
    health = await world.enroll()
    dental = await world.enroll(kind="dental", premium_cents=4_000)
    good, bad = await world.save_card(), await world.save_card(DECLINED)
    references = []
    for n, policy_id in enumerate([health, health, dental, health]):
        paid = await world.pay(100 + n, bad if n == 1 else good, policy_ids=[str(policy_id)])
        references.append(paid.body["reference"])
        await world.move_clock(days=1)

    first = await world.call("GET", "/v1/payments?limit=3")
    assert [item["reference"] for item in first.body["items"]] == references[:0:-1]
    assert f"cursor={first.body['next_cursor'].replace('=', '%3D')}" in first.headers["Link"]
    rest = await world.get(f"/v1/payments?limit=3&cursor={first.body['next_cursor']}")
    assert [item["reference"] for item in rest["items"]] == references[:1]
    assert rest["next_cursor"] is None

    async def found(query: str) -> list[str]:
        return [item["reference"] for item in (await world.get(f"/v1/payments?{query}"))["items"]]

    assert await found("status=declined") == references[1:2]
    assert await found("from=2026-12-02&to=2026-12-03") == references[2:0:-1]
    assert await found(f"policy_id={dental}") == references[2:3]
    assert await found(f"method_id={bad}&policy_id={health}") == references[1:2]


async def test_a_payment_is_found_as_people_write_its_reference(world: World) -> None:
    """By id, by reference, and by a reference typed carelessly; with everything that happened to it."""
    await world.enroll()
    paid = (await world.pay(30_000)).body
    careless = paid["reference"].lower().replace("-", "").replace("0", "o")
    for wanted in (paid["payment_id"], paid["reference"], careless):
        shown = await world.get(f"/v1/payments/{wanted}")
        assert [moment["status"] for moment in shown.pop("timeline")] == ["accepted", "succeeded"]
        assert shown == paid


async def test_tracking_shows_status_amount_and_day_only(world: World) -> None:
    """Who has the reference number sees these three, without logging in; no name, card, policy or bill."""
    await world.enroll()
    paid = (await world.pay(30_000)).body
    answer = await world.api.call("GET", f"/v1/track/{paid['reference'].lower()}")
    assert answer.status == 200
    assert answer.body == {
        "reference": paid["reference"],
        "status": "succeeded",
        "amount_cents": 30_000,
        "accepted_on": "2026-12-01",
        "scheduled_on": None,
    }


async def test_tracking_is_throttled_per_address(world: World) -> None:
    """After ten tries an address waits; another address does not."""

    async def track(address: str) -> int:
        headers = {"Portal-Client-Address": address}
        answer = await world.api.call("GET", "/v1/track/HC-0000-0000-0", internal=True, headers=headers)
        if answer.status == 429:
            assert answer.problem == "too-many-lookups"
            assert 0 < int(answer.headers["Retry-After"]) <= 60
        return answer.status

    assert [await track("192.0.2.1") for _ in range(12)] == [404] * 10 + [429] * 2
    assert await track("192.0.2.2") == 404


async def test_without_the_processor_no_card_is_saved(world: World) -> None:
    """When the processor is away, saving a card and paying with a one-time card say so and ask to come back."""
    await world.enroll()
    token = await world.sandbox.token()
    world.parts.processor._processor._url = "http://127.0.0.1:1"  # type: ignore[attr-defined] # the processor moved away
    for path, body in (
        ("/v1/payment-methods", {"type": "card", "token": token}),
        ("/v1/payments", {"amount_cents": 100, "method": {"type": "card", "token": token}}),
    ):
        answer = await world.call("POST", path, body=body, key=uuid4().hex)
        assert (answer.status, answer.problem) == (503, "processor-unavailable")
        assert "Retry-After" in answer.headers
    assert await world.value("SELECT count(*) FROM payment") == 0

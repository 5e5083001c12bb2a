"""The least that a durable payment costs in asyncio Python: what the portal's throughput is compared with.

    python -m tests.bench.ceiling processor|payments|gateway PORT [NEXT_URL]      (payments reads BENCH_DSN)

Three processes as in the portal, two commits of one statement each, one call to a processor that does nothing. No
log-in, no validation, no bill, no bus. Next: `__main__.py` starts it on the portal's own database server.
"""

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import orjson
import uvloop
from aiohttp import ClientSession, TCPConnector, web

SCHEMA = """
DROP SCHEMA IF EXISTS ceiling CASCADE;
CREATE SCHEMA ceiling;
CREATE TABLE ceiling.payment (
    payment_id  uuid PRIMARY KEY,
    reference   text NOT NULL UNIQUE,
    member_id   uuid NOT NULL,
    amount_cents bigint NOT NULL,
    status      text NOT NULL,
    key         text NOT NULL UNIQUE,
    accepted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON ceiling.payment (member_id, accepted_at DESC);
CREATE TABLE ceiling.ledger_entry (
    entry_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payment_id  uuid NOT NULL,
    account     text NOT NULL,
    amount_cents bigint NOT NULL
);
CREATE TABLE ceiling.outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type        text NOT NULL,
    body        jsonb NOT NULL
);
"""
ACCEPT = """
WITH accepted AS (
    INSERT INTO ceiling.payment (payment_id, reference, member_id, amount_cents, status, key)
    VALUES ($1, $2, $3, $4, 'accepted', $5)
        ON CONFLICT (key) DO NOTHING
    RETURNING payment_id
)
INSERT INTO ceiling.outbox (type, body) SELECT 'payment.accepted', $6 FROM accepted RETURNING id
"""
SUCCEED = """
WITH succeeded AS (
    UPDATE ceiling.payment SET status = 'succeeded' WHERE payment_id = $1 AND status = 'accepted' RETURNING payment_id
), posted AS (
    INSERT INTO ceiling.ledger_entry (payment_id, account, amount_cents)
    SELECT payment_id, account, amount_cents
      FROM succeeded, (VALUES ('clearing', $2::bigint), ('receivable', -$2::bigint)) AS entry (account, amount_cents)
)
INSERT INTO ceiling.outbox (type, body) SELECT 'payment.succeeded', $3 FROM succeeded RETURNING id
"""
POOL_SIZE = 16

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Ceiling:
    """One of the three processes: where it passes on to, and its database."""

    next_url: str
    pool: "asyncpg.Pool[asyncpg.Record] | None" = None
    http: ClientSession | None = None

    async def open(self, _app: web.Application) -> AsyncIterator[None]:
        """The connections, while it serves."""
        self.http = ClientSession(connector=TCPConnector(limit=0))
        dsn = os.environ.get("BENCH_DSN")
        if dsn:
            self.pool = await asyncpg.create_pool(dsn, min_size=POOL_SIZE, max_size=POOL_SIZE)
            await self.pool.execute(SCHEMA)
        yield
        await self.http.close()

    async def forward(self, request: web.Request) -> web.Response:
        """The gateway: pass it on."""
        status, body = await self._ask(await request.read(), {"Idempotency-Key": request.headers["Idempotency-Key"]})
        return web.Response(status=status, body=body, content_type="application/json")

    async def pay(self, request: web.Request) -> web.Response:
        """Payments: accept, charge, succeed."""
        assert self.pool is not None
        asked = orjson.loads(await request.read())
        payment_id, member_id = uuid4(), UUID(asked["member_id"])
        amount_cents: int = asked["amount_cents"]
        body = orjson.dumps({"payment_id": str(payment_id), "amount_cents": amount_cents, "member_id": str(member_id)})
        fact, key, reference = body.decode(), request.headers["Idempotency-Key"], payment_id.hex[:14].upper()
        if await self.pool.fetchval(ACCEPT, payment_id, reference, member_id, amount_cents, key, fact) is None:
            return web.Response(status=409)
        await self._ask(body, {})
        await self.pool.fetchval(SUCCEED, payment_id, amount_cents, fact)
        return web.Response(status=201, body=body, content_type="application/json")

    async def _ask(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        assert self.http is not None
        async with self.http.post(self.next_url, data=body, headers=headers) as answer:
            return answer.status, await answer.read()


async def charge(request: web.Request) -> web.Response:
    """The processor: yes."""
    asked = orjson.loads(await request.read())
    answer = orjson.dumps({"status": "succeeded", "payment_id": asked["payment_id"]})
    return web.Response(body=answer, content_type="application/json")


async def healthz(_request: web.Request) -> web.Response:
    """Whether it serves."""
    return web.Response()


def main(role: str, port: int, next_url: str) -> None:
    """Serve one role until it is killed."""
    parts = Ceiling(next_url)
    handlers: dict[str, Handler] = {"payments": parts.pay, "gateway": parts.forward, "processor": charge}
    app = web.Application()
    app.cleanup_ctx.append(parts.open)
    app.router.add_post("/v1/payments", handlers[role])
    app.router.add_get("/healthz", healthz)
    uvloop.install()
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")

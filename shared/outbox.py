"""Announce: write facts down in the transaction of the change. `shared/relay.py` sends them after the commit."""

from functools import cache
from uuid import uuid4

from prometheus_client import Counter

from shared.context import causation_id, correlation_id
from shared.db import Tx
from shared.fact import Fact
from shared.telemetry import traceparent

ANNOUNCED = Counter("portal_facts_announced", "Facts written down; a repeated transaction counts again", ["type"])
_announced = cache(ANNOUNCED.labels)  # looking a label up costs more than counting
INSERT = """
INSERT INTO outbox (event_id, type, exchange, routing_key, subject, sequence, occurred_at, source,
                    correlation_id, causation_id, traceparent, body)
SELECT event_id, type, exchange, routing_key, subject, sequence, occurred_at, source, $10, $11, $12, body
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[],
              $8::text[], $9::text[])
       AS fact (event_id, type, exchange, routing_key, subject, sequence, occurred_at, source, body)
"""


async def add(tx: Tx, *facts: Fact) -> None:
    """Write the facts into the outbox, in the order given, in one statement; they leave after the commit."""
    if not facts:
        return
    await tx.execute(
        INSERT,
        [uuid4() for _ in facts],
        [fact.TYPE for fact in facts],
        [fact.EXCHANGE.value for fact in facts],
        [fact.routing_key for fact in facts],
        [fact.subject for fact in facts],
        [fact.version for fact in facts],
        [fact.occurred_at for fact in facts],
        [fact.SOURCE for fact in facts],
        [fact.model_dump_json() for fact in facts],
        correlation_id.get(),
        causation_id.get(),
        traceparent(),
    )
    for fact in facts:
        _announced(fact.TYPE).inc()

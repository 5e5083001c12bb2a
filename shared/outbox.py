"""Announce: write facts down in the transaction of the change. `shared/relay.py` sends them after the commit.

`add` is a statement of its own. Where round trips count, the statement that saves the change announces as well: it has
`INSERT` as one of its parts, with the facts `told` and `packed` as its first parameter.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from uuid import uuid4

import orjson
from prometheus_client import Counter

from shared.context import causation_id, correlation_id
from shared.db import Tx
from shared.fact import Fact
from shared.telemetry import traceparent

ANNOUNCED = Counter("portal_facts_announced", "Facts written down; a repeated transaction counts again", ["type"])
Told = Mapping[str, object]
_announced = cache(ANNOUNCED.labels)  # looking a label up costs more than counting
INSERT = """
INSERT INTO outbox (event_id, type, exchange, routing_key, subject, sequence, occurred_at, source,
                    correlation_id, causation_id, traceparent, body)
SELECT event_id, type, exchange, routing_key, subject, sequence, occurred_at, source,
       correlation_id, causation_id, traceparent, body
  FROM json_to_recordset($1::json)
       AS fact (event_id uuid, type text, exchange text, routing_key text, subject text, sequence bigint,
                occurred_at timestamptz, source text, correlation_id text, causation_id text, traceparent text,
                body text)
"""


async def add(tx: Tx, *facts: Fact) -> None:
    """Write the facts into the outbox, in the order given, in one statement; they leave after the commit."""
    if facts:
        await tx.execute(INSERT, packed(told(facts)))


def told(facts: Sequence[Fact]) -> list[Told]:
    """The facts as rows of the outbox, in order, with whose doing they are: to be asked for where that is known."""
    correlation, causation, trace = correlation_id.get(), causation_id.get(), traceparent()
    return [
        {
            "event_id": uuid4(),
            "type": fact.TYPE,
            "exchange": fact.EXCHANGE.value,
            "routing_key": fact.routing_key,
            "subject": fact.subject,
            "sequence": fact.version,
            "occurred_at": fact.occurred_at,
            "source": fact.SOURCE,
            "correlation_id": correlation,
            "causation_id": causation,
            "traceparent": trace,
            "body": fact.model_dump_json(),
        }
        for fact in facts
    ]


def packed(rows: Sequence[Told]) -> str:
    """Such rows as the parameter `$1` of `INSERT`."""
    for row in rows:
        _announced(row["type"]).inc()
    return orjson.dumps(rows).decode()

"""Invariants that cross services: queries over several schemas, with the operator's rights, and the broker's queues.

`verify.py` runs them. Each query returns what breaks its invariant once everything has settled.
"""

from typing import Any

import aio_pika
import asyncpg

from deploy.services import WITH_DATABASE, subscriptions_of
from services.notify.domain.catalog import CATALOG
from shared.bus import connected, queue_depth

SHOWN = 20
"""How many broken rows of one kind are shown."""

PAYMENTS_KEPT = """
SELECT payment_id, reference, amount_cents, agreed_cents, method_id, status,
       EXISTS (SELECT FROM payments.payment_transition AS t
                WHERE t.payment_id = p.payment_id AND t.status = 'succeeded') AS succeeded
  FROM payments.payment AS p
"""
OPEN_PAYMENTS = "SELECT payment_id FROM payments.payment WHERE status IN ('accepted', 'processing') LIMIT 20"
UNSENT_MAIL = "SELECT delivery_id, status FROM notify.delivery WHERE status NOT IN ('sent', 'skipped') LIMIT 20"
MAILS_SENT = "SELECT message_id FROM notify.kept_copy JOIN notify.delivery USING (delivery_id) WHERE status = 'sent'"
UNSENT = "SELECT event_id, type, created_at FROM {emitter}.outbox WHERE sent_at IS NULL LIMIT 20"
UNHEARD = """
SELECT o.event_id, o.type
  FROM {emitter}.outbox AS o
 WHERE o.sent_at IS NOT NULL AND o.type = ANY($1::text[])
   AND NOT EXISTS (SELECT FROM {hearer}.inbox AS i
                    WHERE i.event_id = o.event_id AND i.consumer = $2 AND i.status = 'done')
 LIMIT 20
"""
NOT_NOTED_ONCE = """
SELECT told.type, told.subject, count(notification.notification_id) AS notices
  FROM (SELECT DISTINCT type, subject
          FROM (SELECT type, subject FROM identity.outbox UNION ALL SELECT type, subject FROM payments.outbox) AS said
         WHERE type = ANY($1::text[])) AS told
  LEFT JOIN notify.notification
         ON notification.subject_id = told.subject
        AND notification.kind = replace(regexp_replace(told.type, '[.]v[0-9]+$', ''), '.', '_')
 GROUP BY told.type, told.subject
HAVING count(notification.notification_id) <> 1
 LIMIT 20
"""
OLD_CONTACTS = """
SELECT said.subject AS account_id, said.newest, contact.version
  FROM (SELECT subject, max(sequence) AS newest FROM identity.outbox
         WHERE type IN ('account.registered.v1', 'account.verified.v1', 'account.record_arrived.v1')
         GROUP BY subject) AS said
  LEFT JOIN notify.contact ON contact.account_id::text = said.subject
 WHERE contact.version IS DISTINCT FROM said.newest
 LIMIT 20
"""
OLD_POLICIES = """
SELECT said.insurer_id, said.policy_number, said.newest, policy.enrollment_version
  FROM (SELECT body::jsonb->>'insurer_id' AS insurer_id, body::jsonb->'policy'->>'policy_number' AS policy_number,
               max(sequence) AS newest
          FROM identity.outbox
         WHERE type = 'member.enrolled.v1'
         GROUP BY 1, 2) AS said
  LEFT JOIN payments.policy USING (insurer_id, policy_number)
 WHERE policy.enrollment_version IS DISTINCT FROM said.newest
 LIMIT 20
"""
Found = dict[str, list[Any]]
ONE_NOTICE_FOR_EACH_SUBJECT = [
    row.fact.TYPE for row in CATALOG if row.kind == row.fact.TYPE.rpartition(".")[0].replace(".", "_")
]


async def across_services(connection: "asyncpg.Connection[asyncpg.Record]") -> Found:
    """I7, I8 and I10, as far as they cross services."""

    async def rows(sql: str, *arguments: object) -> list[Any]:
        return [dict(row) for row in await connection.fetch(sql, *arguments)]

    found: Found = {}
    for emitter in WITH_DATABASE:
        found[f"I7: nothing that {emitter} said waits to be sent"] = await rows(UNSENT.format(emitter=emitter))
    for hearer in WITH_DATABASE:
        types = [fact.TYPE for fact in subscriptions_of(hearer)]
        for emitter in WITH_DATABASE:
            unheard = await rows(UNHEARD.format(emitter=emitter, hearer=hearer), types, f"{hearer}.inbox")
            found[f"I7: {hearer} heard what {emitter} said"] = unheard
    return {
        **found,
        "I8: each fact that a person is told was noted once": await rows(NOT_NOTED_ONCE, ONE_NOTICE_FOR_EACH_SUBJECT),
        "I10: notify knows each account as it was announced last": await rows(OLD_CONTACTS),
        "I10: payments knows each enrollment as it was announced last": await rows(OLD_POLICIES),
    }


async def dead_letters(operator_amqp_url: str) -> Found:
    """I7: nothing that was said could not be read."""
    found: Found = {}
    async with connected(operator_amqp_url, "verify") as broker:
        channel: aio_pika.abc.AbstractChannel = await broker.channel()
        for service in WITH_DATABASE:
            if subscriptions_of(service):
                depth = await queue_depth(channel, f"{service}.dead")
                found[f"I7: {service} could read all that it heard"] = [f"{depth} dead letters"] if depth else []
    return found

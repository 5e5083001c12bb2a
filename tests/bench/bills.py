"""Many small bills for each payer, each of which one payment pays in full: as most payments do.

Written by the operator, as copies of the payer's first policy: enrolling thousands would take longer than measuring.
Next: `__main__.py`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from tests.bench.members import PAYMENT_CENTS
from tests.bench.wrk import Payer

COPY_POLICIES = """
INSERT INTO payments.policy
SELECT (jsonb_populate_record(p, jsonb_build_object(
           'policy_id', md5(p.policy_id || ':' || n)::uuid, 'policy_number', p.policy_number || ':' || n,
           'next_bill_month', NULL, 'next_bill_at', NULL,
           'status', 'pending_first_payment', 'paid_through_on', NULL))).*
  FROM payments.policy AS p, generate_series(1, $1) AS n
"""
COPY_BILLS = """
INSERT INTO payments.bill
SELECT DISTINCT ON (c.policy_id)
       (jsonb_populate_record(b, jsonb_build_object(
           'bill_id', md5(b.bill_id || c.policy_number)::uuid, 'policy_id', c.policy_id, 'total_cents', $1::bigint,
           'paid_cents', 0, 'in_flight_cents', 0, 'status', 'open', 'version', 1))).*
  FROM payments.policy AS c
  JOIN payments.policy AS p ON p.policy_number = split_part(c.policy_number, ':', 1)
  JOIN payments.bill AS b ON b.policy_id = p.policy_id
 WHERE c.policy_number LIKE '%:%'
 ORDER BY c.policy_id, b.coverage_month
"""
GIVE_LINES = """
INSERT INTO payments.bill_line (bill_id, position, kind, text_code, amount_cents)
SELECT bill_id, 1, 'premium', 'premium', total_cents FROM payments.bill WHERE total_cents = $1
"""
GIVE_RATES = """
INSERT INTO payments.policy_rate (policy_id, enrollment_version, from_month, premium_cents, subsidy_cents)
SELECT policy_id, 1, date_trunc('month', coverage_start_on), $1, 0 FROM payments.policy WHERE policy_number LIKE '%:%'
"""
COPIES = """
SELECT policy_id, split_part(policy_number, ':', 1) AS first
  FROM payments.policy
 WHERE policy_number LIKE '%:%'
 ORDER BY split_part(policy_number, ':', 2)::int, policy_number
"""


async def one_bill_each(told: Mapping[str, Any], payers: Sequence[Payer], copies: int) -> list[Payer]:
    """Payers for `copies` payments each, of one bill in full; whoever comes next in the list is somebody else."""
    connection = await asyncpg.connect(told["operator_dsn"])
    try:
        await connection.execute(COPY_POLICIES, copies)
        await connection.execute(GIVE_RATES, PAYMENT_CENTS)
        await connection.execute(COPY_BILLS, PAYMENT_CENTS)
        await connection.execute(GIVE_LINES, PAYMENT_CENTS)
        await connection.execute("ANALYZE")
        rows = await connection.fetch(COPIES)
    finally:
        await connection.close()
    by_policy = {payer.policy_number: payer for payer in payers}
    found = []
    for row in rows:
        payer = by_policy[row["first"]]
        body = {**json.loads(payer.body), "policy_ids": [str(row["policy_id"])]}
        found.append(Payer(payer.token, json.dumps(body), payer.policy_number))
    return found

"""Invariants of payments and the ledger: queries that return no row, at any moment. `verify` runs them.

The watched ones are a mismatch of the ledger: a slow timer runs them as well (`shared/watching.py`).
"""

from shared.service import Check

LEDGER_CHECKS: tuple[Check, ...] = (
    Check(
        "I1",
        "every ledger transaction sums to zero",
        """
        SELECT transaction_id, sum(amount_cents) AS cents
          FROM ledger_entry
         GROUP BY transaction_id
        HAVING sum(amount_cents) <> 0
        """,
        watched=True,
    ),
    Check(
        "I1-whole",
        "the whole ledger sums to zero",
        "SELECT sum(amount_cents) AS cents FROM ledger_entry HAVING sum(amount_cents) <> 0",
    ),
    Check(
        "I1-posted",
        "a payment is posted, with its whole amount, exactly if it has succeeded",
        """
        WITH posted AS (
            SELECT subject AS payment_id, amount_cents
              FROM ledger_transaction
              JOIN ledger_entry USING (transaction_id)
             WHERE kind = 'payment_succeeded' AND account = 'clearing:processor'
        )
        SELECT payment_id, payment.amount_cents, posted.amount_cents AS posted_cents
          FROM (SELECT * FROM payment WHERE status = 'succeeded') AS payment
          FULL JOIN posted USING (payment_id)
         WHERE payment.amount_cents IS DISTINCT FROM posted.amount_cents
        """,
        watched=True,
    ),
    Check(
        "I2",
        "what is paid and in flight on a bill is what succeeded and open payments give it",
        """
        WITH given AS (
            SELECT bill_id,
                   sum(signed_cents) FILTER (WHERE status = 'succeeded') AS paid_cents,
                   sum(signed_cents) FILTER (WHERE status IN ('accepted', 'processing')) AS in_flight_cents
              FROM (SELECT bill_id, payment.status,
                           CASE kind WHEN 'applied' THEN allocation.amount_cents
                                     ELSE -allocation.amount_cents END AS signed_cents
                      FROM allocation
                      JOIN payment USING (payment_id)) AS part
             GROUP BY bill_id
        )
        SELECT bill_id, bill.paid_cents, given.paid_cents AS given_paid_cents, bill.in_flight_cents,
               given.in_flight_cents AS given_in_flight_cents
          FROM bill
          LEFT JOIN given USING (bill_id)
         WHERE bill.paid_cents <> coalesce(given.paid_cents, 0)
            OR bill.in_flight_cents <> coalesce(given.in_flight_cents, 0)
            OR bill.paid_cents + bill.in_flight_cents > bill.total_cents
        """,
        watched=True,
    ),
    Check(
        "I2-payment",
        "every cent of a payment goes to a bill or is credit, and used credit is on bills",
        """
        WITH part AS (
            SELECT payment_id,
                   coalesce(sum(allocation.amount_cents) FILTER (WHERE source = 'payment'), 0) AS allocated_cents,
                   coalesce(sum(allocation.amount_cents) FILTER (WHERE source = 'credit'), 0) AS used_cents
              FROM payment
              LEFT JOIN allocation USING (payment_id)
             GROUP BY payment_id
        )
        SELECT payment_id
          FROM payment
          JOIN part USING (payment_id)
         WHERE (status NOT IN ('scheduled', 'canceled') AND amount_cents <> allocated_cents + credit_cents)
            OR (status = 'succeeded' AND credit_cents - credit_left_cents <> used_cents)
            OR (status <> 'succeeded' AND used_cents <> 0)
        """,
    ),
    Check(
        "scheduled",
        "a scheduled or canceled payment holds no bill, was not charged, and is planned to the cent",
        """
        SELECT payment_id, status
          FROM payment
         WHERE status IN ('scheduled', 'canceled')
           AND (charge_id IS NOT NULL
                OR EXISTS (SELECT FROM allocation WHERE allocation.payment_id = payment.payment_id)
                OR amount_cents <> agreed_cents
                OR amount_cents <> credit_cents
                   + (SELECT coalesce(sum(planned.amount_cents), 0)
                        FROM planned_allocation AS planned
                       WHERE planned.payment_id = payment.payment_id))
        """,
    ),
    Check(
        "ledger-tables",
        "the ledger's balances are those of the tables: owed, billed, payable, credit, clearing",
        """
        WITH told AS (
            SELECT 'receivable:' || policy_id AS account, total_cents - paid_cents AS cents FROM bill
            UNION ALL
            SELECT 'billed:' || insurer_id, paid_cents - total_cents FROM bill JOIN policy USING (policy_id)
            UNION ALL
            SELECT 'payable:' || insurer_id, -paid_cents FROM bill JOIN policy USING (policy_id)
            UNION ALL
            SELECT 'credit:' || member_id, -credit_left_cents FROM payment
            UNION ALL
            SELECT 'clearing:processor', amount_cents FROM payment WHERE status = 'succeeded'
        ), by_table AS (
            SELECT account, sum(cents) AS cents FROM told GROUP BY account
        ), by_ledger AS (
            SELECT account, sum(amount_cents) AS cents FROM ledger_entry GROUP BY account
        )
        SELECT account, by_table.cents AS table_cents, by_ledger.cents AS ledger_cents
          FROM by_table
          FULL JOIN by_ledger USING (account)
         WHERE coalesce(by_table.cents, 0) <> coalesce(by_ledger.cents, 0)
        """,
        watched=True,
    ),
    Check(
        "I4",
        "a payment has succeeded exactly if there is one payment.succeeded for it; others that it was in likewise",
        """
        WITH ended AS (
            SELECT payment_id::text AS subject, 'payment.' || status || '.v1' AS type, count(*) AS count
              FROM payment_transition
             WHERE status IN ('scheduled', 'succeeded', 'declined', 'canceled')
               AND at > now() - interval '80 days'
             GROUP BY payment_id, status
        ), told AS (
            SELECT subject, type, count(*) AS count
              FROM outbox
             WHERE type IN ('payment.scheduled.v1', 'payment.succeeded.v1', 'payment.declined.v1',
                            'payment.canceled.v1')
               AND occurred_at > now() - interval '80 days'
             GROUP BY subject, type
        )
        SELECT subject, type, ended.count AS ended_count, told.count AS told_count
          FROM ended
          FULL JOIN told USING (subject, type)
         WHERE ended.count IS DISTINCT FROM 1 OR told.count IS DISTINCT FROM 1
        """,
    ),
    Check(
        "I10",
        "a payment is at its last transition, and none is missing before it",
        """
        SELECT payment_id, payment.version, max(sequence) AS last_sequence, count(*) AS count
          FROM payment
          LEFT JOIN payment_transition AS moved USING (payment_id)
         GROUP BY payment_id
        HAVING payment.version IS DISTINCT FROM max(sequence)
            OR payment.version <> count(moved.sequence)
            OR NOT bool_or(moved.sequence = payment.version AND moved.status = payment.status)
        """,
    ),
    Check(
        "I10-told",
        "the sequence of a subject never goes back in what was announced",
        """
        SELECT subject, type, sequence
          FROM (SELECT subject, type, sequence,
                       lag(sequence) OVER (PARTITION BY subject ORDER BY id) AS earlier_sequence
                  FROM outbox) AS told
         WHERE sequence < earlier_sequence
        """,
    ),
)

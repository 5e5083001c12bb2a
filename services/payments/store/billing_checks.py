"""What must hold of policies and bills at any moment: queries that find whatever breaks it. Run by `verify`."""

from shared.service import Check

PAST_DUE = "SELECT FROM bill WHERE status = 'past_due'"
"""The bills past due: for their number, which a slow timer counts."""

BILLING_CHECKS: tuple[Check, ...] = (
    Check(
        "bill-lines",
        "the total of a bill is the sum of its lines",
        """
        SELECT bill_id, total_cents, coalesce(sum(amount_cents), 0) AS lines_cents
          FROM bill
          LEFT JOIN bill_line USING (bill_id)
         GROUP BY bill_id, total_cents
        HAVING total_cents <> coalesce(sum(amount_cents), 0)
        """,
    ),
    Check(
        "billed-months",
        "a policy has a bill for its first and its last billed month and for no month outside them",
        """
        SELECT policy_id, first_billed_month, last_billed_month, min(coverage_month), max(coverage_month)
          FROM policy
          LEFT JOIN bill USING (policy_id)
         GROUP BY policy_id, first_billed_month, last_billed_month
        HAVING min(coverage_month) IS DISTINCT FROM first_billed_month
            OR max(coverage_month) IS DISTINCT FROM last_billed_month
        """,
    ),
    Check(
        "coverage-active",
        "coverage is active exactly where the first bill is paid",
        """
        SELECT policy_id, policy.status, bill.status
          FROM policy
          LEFT JOIN bill USING (policy_id)
         WHERE coverage_month IS NOT DISTINCT FROM first_billed_month
           AND (policy.status = 'active') <> (coalesce(bill.status, 'open') = 'paid')
        """,
    ),
    Check(
        "paid-through",
        "no month through which coverage is said to be paid has an unpaid bill",
        """
        SELECT policy_id, bill_id, coverage_month, paid_through_on
          FROM bill
          JOIN policy USING (policy_id)
         WHERE bill.status <> 'paid' AND coverage_month <= paid_through_on
        """,
    ),
)

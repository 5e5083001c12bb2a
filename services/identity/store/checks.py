"""Invariants of identity: each query must return no row, at any moment. Run by `python -m services.identity verify`."""

from shared.service import Check

CHECKS: tuple[Check, ...] = (
    Check(
        "I4-verified",
        "every verified account was announced exactly once (outbox kept 90 days), and no other was",
        """
        SELECT account.account_id, account.status, count(outbox.id) AS announced
          FROM account
          LEFT JOIN outbox ON outbox.subject = account.account_id::text AND outbox.type = 'account.verified.v1'
         WHERE account.verified_at IS NULL OR account.verified_at > now() - interval '89 days'
         GROUP BY account.account_id
        HAVING count(outbox.id) <> CASE WHEN account.status = 'verified' THEN 1 ELSE 0 END
        """,
    ),
    Check(
        "I4-registered",
        "every account was announced exactly once when it was made (outbox kept 90 days)",
        """
        SELECT account.account_id, count(outbox.id) AS announced
          FROM account
          LEFT JOIN outbox ON outbox.subject = account.account_id::text AND outbox.type = 'account.registered.v1'
         WHERE account.created_at > now() - interval '89 days'
         GROUP BY account.account_id
        HAVING count(outbox.id) <> 1
        """,
    ),
    Check(
        "linked-once",
        "each member record is linked to at most one account",
        """
        SELECT member_id, count(*) AS accounts
          FROM account
         WHERE member_id IS NOT NULL
         GROUP BY member_id
        HAVING count(*) > 1
        """,
    ),
    Check(
        "linked-by-ssn",
        "a verification that linked an account was answered for that account and record",
        """
        SELECT account.account_id, account.member_id
          FROM account
         WHERE account.status = 'verified'
           AND NOT EXISTS (SELECT 1
                             FROM verification
                            WHERE verification.account_id = account.account_id
                              AND verification.member_id = account.member_id
                              AND verification.status = 'verified')
        """,
    ),
    Check(
        "I10-enrolled",
        "each policy's accepted enrollments are numbered 1 to its version, without a gap or a double",
        """
        SELECT policy.insurer_id, policy.policy_number, policy.version, count(line.policy_version) AS lines
          FROM enrolled_policy AS policy
          LEFT JOIN enrollment_import_line AS line
            ON line.insurer_id = policy.insurer_id AND line.policy_number = policy.policy_number
           AND line.status = 'accepted'
         GROUP BY policy.insurer_id, policy.policy_number
        HAVING count(line.policy_version) <> policy.version
            OR count(DISTINCT line.policy_version) <> policy.version
            OR max(line.policy_version) <> policy.version
        """,
    ),
    Check(
        "I4-enrolled",
        "every accepted enrollment was announced exactly once (outbox kept 90 days)",
        """
        SELECT line.import_id, line.line_number, count(outbox.id) AS announced
          FROM enrollment_import_line AS line
          JOIN enrollment_import USING (import_id)
          LEFT JOIN outbox
            ON outbox.type = 'member.enrolled.v1' AND outbox.subject = line.member_id::text
           AND outbox.sequence = line.policy_version AND outbox.body::jsonb ->> 'insurer_id' = line.insurer_id
           AND outbox.body::jsonb -> 'policy' ->> 'policy_number' = line.policy_number
         WHERE line.status = 'accepted' AND enrollment_import.received_at > now() - interval '89 days'
         GROUP BY line.import_id, line.line_number
        HAVING count(outbox.id) <> 1
        """,
    ),
    Check(
        "import-has-lines",
        "every import has the result of its line",
        """
        SELECT import_id
          FROM enrollment_import
         WHERE NOT EXISTS (SELECT 1
                             FROM enrollment_import_line
                            WHERE enrollment_import_line.import_id = enrollment_import.import_id)
        """,
    ),
)

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
        "I4-case",
        "every support case was announced exactly once when it was opened (outbox kept 90 days), and has a message",
        """
        SELECT support_case.case_id, count(outbox.id) AS announced
          FROM support_case
          LEFT JOIN outbox ON outbox.subject = support_case.case_id::text AND outbox.type = 'case.opened.v1'
         WHERE support_case.created_at > now() - interval '89 days'
         GROUP BY support_case.case_id
        HAVING count(outbox.id) <> 1
            OR NOT EXISTS (SELECT 1
                             FROM support_case_message
                            WHERE support_case_message.case_id = support_case.case_id)
        """,
    ),
    Check(
        "reset-ends-sessions",
        "no session goes on that began before its account's password was set by a link",
        """
        SELECT session.session_id, session.account_id
          FROM session
          JOIN password_reset USING (account_id)
         WHERE session.created_at < password_reset.used_at AND session.ended_at IS NULL
        """,
    ),
    Check(
        "import-has-lines",
        "every import that is done has the result of its lines",
        """
        SELECT import_id
          FROM enrollment_import
         WHERE status = 'done'
           AND NOT EXISTS (SELECT 1
                             FROM enrollment_import_line
                            WHERE enrollment_import_line.import_id = enrollment_import.import_id)
        """,
    ),
    Check(
        "file-lines",
        "the lines of a file are numbered 1 to how far it was worked through, without a gap",
        """
        SELECT import.import_id, import.lines_done, count(line.line_number) AS lines
          FROM enrollment_import AS import
          LEFT JOIN enrollment_import_line AS line USING (import_id)
         WHERE import.received_on IS NOT NULL
         GROUP BY import.import_id
        HAVING count(line.line_number) <> import.lines_done OR max(line.line_number) <> import.lines_done
        """,
    ),
)

"""What must hold in notify's tables: queries that return no row. Run by `python -m services.notify verify`."""

from shared.service import Check

CHECKS: tuple[Check, ...] = (
    Check(
        "notice-lost",
        "each notification whose account or address is known has its delivery",
        """
        SELECT notification.notification_id, notification.kind
          FROM notification
          LEFT JOIN delivery USING (notification_id)
         WHERE delivery.delivery_id IS NULL
           AND (notification.account_id IS NOT NULL
                OR notification.member_id IS NULL
                OR EXISTS (SELECT 1
                             FROM contact
                            WHERE contact.member_id = notification.member_id AND contact.status = 'verified'))
        """,
    ),
    Check(
        "notice-twice",
        "no delivery was sent twice (I8)",
        """
        SELECT delivery_id, count(*) AS times
          FROM delivery_transition
         WHERE status = 'sent'
         GROUP BY delivery_id
        HAVING count(*) > 1
        """,
    ),
    Check(
        "notice-announced",
        "each delivery of the last 90 days was announced once when it was sent, and only then",
        """
        SELECT notification.notification_id, sent.times AS sent_times, announced.times AS announced_times
          FROM notification
         CROSS JOIN LATERAL (SELECT count(*) AS times
                               FROM delivery
                              WHERE delivery.notification_id = notification.notification_id
                                AND delivery.status = 'sent') AS sent
         CROSS JOIN LATERAL (SELECT count(*) AS times
                               FROM outbox
                              WHERE outbox.subject = notification.notification_id::text
                                AND outbox.type = 'notification.sent.v1') AS announced
         WHERE sent.times <> announced.times
           AND EXISTS (SELECT 1
                         FROM delivery
                        WHERE delivery.notification_id = notification.notification_id
                          AND delivery.queued_at > now() - interval '89 days')
        """,
    ),
    Check(
        "notice-late",
        "no delivery has been queued for more than an hour",
        """
        SELECT delivery_id, attempts, last_problem, queued_at
          FROM delivery
         WHERE status = 'queued' AND queued_at < now() - interval '1 hour'
        """,
    ),
    Check(
        "notice-refused",
        "no mail server refused a notice for good (send it again: python -m services.notify resend)",
        "SELECT delivery_id, attempts, last_problem FROM delivery WHERE status = 'failed'",
    ),
    Check(
        "link-kept",
        "no one-time link is kept once its letter was sent or given up",
        """
        SELECT notification.notification_id, delivery.status
          FROM notification
          JOIN delivery USING (notification_id)
         WHERE notification.fact->>'sealed_link' <> '' AND delivery.status <> 'queued'
        """,
    ),
    Check(
        "I10",
        "the applied version of a contact never goes back",
        """
        SELECT account_id, version, version_before
          FROM (SELECT account_id, version,
                       lag(version) OVER (PARTITION BY account_id ORDER BY change_number) AS version_before
                  FROM contact_change) AS change
         WHERE version <= version_before
        """,
    ),
)

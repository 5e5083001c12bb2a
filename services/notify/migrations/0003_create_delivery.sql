-- migrate:up
-- A notification on its way over one channel. next_try_at, leased_until and queued_at are machine time.
CREATE TABLE delivery (
    delivery_id     uuid PRIMARY KEY,
    notification_id uuid NOT NULL REFERENCES notification (notification_id),
    channel         text NOT NULL CHECK (channel IN ('email')),
    status          text NOT NULL CHECK (status IN ('queued', 'sent', 'failed')),
    attempts        integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_try_at     timestamptz NOT NULL DEFAULT now(),
    leased_until    timestamptz,
    last_problem    text,
    queued_at       timestamptz NOT NULL DEFAULT now(),
    sent_at         timestamptz,
    version         bigint NOT NULL CHECK (version > 0),
    UNIQUE (notification_id, channel),
    CHECK ((status = 'sent') = (sent_at IS NOT NULL))
);
CREATE INDEX delivery_queued ON delivery (next_try_at) WHERE status = 'queued';

CREATE TABLE delivery_transition (
    delivery_id     uuid NOT NULL REFERENCES delivery (delivery_id),
    sequence        bigint NOT NULL,
    status          text NOT NULL,
    at              timestamptz NOT NULL,
    reason          text,
    PRIMARY KEY (delivery_id, sequence)
);

-- What was said, word for word, and to whom: written before the first try, sent unaltered by every try, kept 10 years.
CREATE TABLE kept_copy (
    delivery_id     uuid PRIMARY KEY REFERENCES delivery (delivery_id),
    message_id      text NOT NULL,
    recipient       text NOT NULL,
    recipient_name  text NOT NULL,
    language        text NOT NULL,
    subject         text NOT NULL CHECK (subject !~ '[\r\n]'),
    body            text NOT NULL,
    written_at      timestamptz NOT NULL DEFAULT now()
);

DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON delivery_transition, kept_copy FROM %I', current_schema() || '_app');
    EXECUTE format('REVOKE DELETE ON delivery FROM %I', current_schema() || '_app');
END $$;

-- migrate:down

-- migrate:up
-- What this service has said: written in the commit of the change, sent by the relay in id order, kept 90 days.
CREATE TABLE outbox (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id        uuid NOT NULL UNIQUE,
    type            text NOT NULL,
    exchange        text NOT NULL,
    routing_key     text NOT NULL,
    subject         text NOT NULL,
    sequence        bigint NOT NULL,
    occurred_at     timestamptz NOT NULL,
    source          text NOT NULL,
    correlation_id  text NOT NULL,
    causation_id    text NOT NULL,
    body            text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    sent_at         timestamptz
);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;
CREATE INDEX outbox_by_subject ON outbox (subject, type);

-- migrate:down

-- migrate:up
-- Which request made which thing: the same key again shows it, with another body it is refused.
CREATE TABLE idempotency_key (
    principal       text NOT NULL,
    route           text NOT NULL,
    key             text NOT NULL,
    body_hash       bytea NOT NULL,
    subject_id      uuid NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (principal, route, key)
);
CREATE INDEX idempotency_key_created ON idempotency_key (created_at);

-- migrate:down

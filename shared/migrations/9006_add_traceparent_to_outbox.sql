-- migrate:up
-- Which trace a fact belongs to, as W3C Trace Context says it; empty where nobody traced.
ALTER TABLE outbox ADD COLUMN traceparent text NOT NULL DEFAULT '';

-- migrate:down

-- migrate:up
-- Which trace the notice belongs to, so that its letter does as well; empty where nobody traced.
ALTER TABLE notification ADD COLUMN traceparent text NOT NULL DEFAULT '';

-- migrate:down

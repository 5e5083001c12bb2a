-- migrate:up
-- Whose failures these are, where that is known: a password set by a link ends the waits of its account everywhere.
ALTER TABLE throttle ADD COLUMN account_id uuid;
CREATE INDEX throttle_by_account ON throttle (account_id) WHERE account_id IS NOT NULL;

-- migrate:down

-- migrate:up
-- The browser that logged in, as a hash of what its cookie holds: its owner is let in while strangers guess next door.
ALTER TABLE session ADD COLUMN device_key bytea;
CREATE INDEX session_by_device ON session (account_id, device_key) WHERE device_key IS NOT NULL;

-- migrate:down

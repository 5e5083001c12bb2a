-- migrate:up
-- Who asked for a link, before anybody has looked whose name it is; the name is sealed under the row's id, since a
-- mistyped one may be a password. A row lives until the timer has taken it, usually a second.
CREATE TABLE password_reset_request (
    request_id    uuid PRIMARY KEY,
    name_key_id   text NOT NULL,
    name_sealed   bytea NOT NULL,
    network       text NOT NULL,
    requested_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX password_reset_request_by_age ON password_reset_request (requested_at);

-- Links by the hash of their token. One of an account is open at a time: a new one ends the older.
CREATE TABLE password_reset (
    reset_id    uuid PRIMARY KEY,
    account_id  uuid NOT NULL REFERENCES account,
    token_hash  bytea NOT NULL UNIQUE,
    network     text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    ended_at    timestamptz,
    CHECK (used_at IS NULL OR ended_at IS NULL)
);
CREATE UNIQUE INDEX password_reset_open ON password_reset (account_id) WHERE used_at IS NULL AND ended_at IS NULL;
CREATE INDEX password_reset_by_account ON password_reset (account_id, created_at);
CREATE INDEX password_reset_by_age ON password_reset (created_at);

-- migrate:down

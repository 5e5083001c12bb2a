-- migrate:up
CREATE TABLE account (
    account_id     uuid PRIMARY KEY,
    version        bigint NOT NULL CHECK (version >= 1),
    status         text NOT NULL CHECK (status IN ('unverified', 'waiting_for_record', 'verified')),
    username       text NOT NULL,
    username_key   text NOT NULL UNIQUE,
    first_name     text NOT NULL,
    middle_name    text,
    last_name      text NOT NULL,
    suffix         text,
    date_of_birth  date NOT NULL,
    ssn_key_id     text NOT NULL,
    ssn_sealed     bytea NOT NULL,
    ssn_index      bytea NOT NULL,
    email          text NOT NULL,
    email_key      text NOT NULL,
    phone          text,
    language       text NOT NULL CHECK (language IN ('en', 'es')),
    member_id      uuid UNIQUE REFERENCES member,
    created_at     timestamptz NOT NULL DEFAULT now(),
    verified_at    timestamptz,
    CHECK ((status = 'verified') = (member_id IS NOT NULL) AND (status = 'verified') = (verified_at IS NOT NULL))
);
CREATE INDEX account_by_email ON account (email_key);
CREATE INDEX account_waiting ON account (ssn_index) WHERE status = 'waiting_for_record';

-- Apart from the account, so that reading one never brings the other along.
CREATE TABLE credential (
    account_id     uuid PRIMARY KEY REFERENCES account,
    password_hash  text NOT NULL,
    changed_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE session (
    session_id    uuid PRIMARY KEY,
    account_id    uuid NOT NULL REFERENCES account,
    token_hash    bytea NOT NULL UNIQUE,
    device        text NOT NULL,
    network       text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_used_at  timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    end_reason    text,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX session_by_account ON session (account_id) WHERE ended_at IS NULL;
CREATE INDEX session_by_expiry ON session (expires_at);

-- Failures per (account, network) and per network; keys are hashes.
CREATE TABLE throttle (
    key             bytea PRIMARY KEY,
    failures        integer NOT NULL,
    last_failed_at  timestamptz NOT NULL DEFAULT now(),
    wait_until      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX throttle_by_age ON throttle (last_failed_at);

-- Tries of verification by questions; `member_id` is NULL where the questions were decoys.
CREATE TABLE verification (
    verification_id  uuid PRIMARY KEY,
    account_id       uuid NOT NULL REFERENCES account,
    ssn_index        bytea NOT NULL,
    member_id        uuid REFERENCES member,
    status           text NOT NULL CHECK (status IN ('open', 'verified', 'failed')),
    questions        jsonb NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    answered_at      timestamptz,
    CHECK ((status = 'open') = (answered_at IS NULL))
);
CREATE INDEX verification_by_person ON verification (ssn_index, created_at);
CREATE UNIQUE INDEX verification_open ON verification (account_id) WHERE status = 'open';

-- migrate:down

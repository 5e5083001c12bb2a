-- migrate:up
-- How each account is reached: notify's own copy, fed by identity's facts, the newest version wins.
CREATE TABLE contact (
    account_id      uuid PRIMARY KEY,
    member_id       uuid,
    status          text NOT NULL CHECK (status IN ('unverified', 'waiting_for_record', 'verified')),
    first_name      text NOT NULL,
    email           text NOT NULL,
    phone           text,
    language        text NOT NULL CHECK (language IN ('en', 'es')),
    version         bigint NOT NULL CHECK (version > 0),
    first_heard_at  timestamptz NOT NULL
);
CREATE INDEX contact_by_member ON contact (member_id) WHERE member_id IS NOT NULL;

-- Each version that was applied, in the order of applying: it must never go back (I10).
CREATE TABLE contact_change (
    change_number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id      uuid NOT NULL REFERENCES contact (account_id),
    version         bigint NOT NULL,
    applied_at      timestamptz NOT NULL
);
CREATE INDEX contact_change_by_account ON contact_change (account_id, change_number);

DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON contact_change FROM %I', current_schema() || '_app');
END $$;

-- migrate:down

-- migrate:up
-- Every security-relevant act; never a name, number, address of mail or what was typed.
CREATE TABLE audit_entry (
    audit_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    act         text NOT NULL,
    account_id  uuid,
    partner_id  uuid,
    subject_id  uuid,
    network     text
);
CREATE INDEX audit_entry_by_account ON audit_entry (account_id, at);

DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry FROM %I', current_schema() || '_app');
END $$;

-- migrate:down

-- migrate:up
-- What a person is to be told. account_id is empty while no verified account of the member is known.
-- Told once: one row per event, and one per thing of which it is told, however often its fact is said again.
CREATE TABLE notification (
    notification_id uuid PRIMARY KEY,
    event_id        uuid NOT NULL,
    correlation_id  text NOT NULL,
    kind            text NOT NULL,
    subject_id      text NOT NULL,
    fact            jsonb NOT NULL,
    account_id      uuid REFERENCES contact (account_id),
    member_id       uuid,
    noted_at        timestamptz NOT NULL,
    version         bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    UNIQUE (event_id, kind),
    UNIQUE (kind, subject_id),
    CHECK (account_id IS NOT NULL OR member_id IS NOT NULL)
);
CREATE INDEX notification_waiting ON notification (member_id) WHERE account_id IS NULL;
CREATE INDEX notification_of_account ON notification (account_id, noted_at DESC, notification_id DESC);

DO $$ BEGIN
    EXECUTE format('REVOKE DELETE ON notification FROM %I', current_schema() || '_app');
END $$;

-- migrate:down

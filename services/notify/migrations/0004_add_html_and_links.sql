-- migrate:up
-- The letter as HTML beside its text; empty in copies written before there was one.
ALTER TABLE kept_copy ADD COLUMN html text;

-- A fact may name its own recipient, such as a request for help without log-in. subject_id is what is told once: the
-- subject of the fact, or the event where each event is a thing of its own (a link, a change of password).
ALTER TABLE notification DROP CONSTRAINT notification_check;
ALTER TABLE notification ADD CONSTRAINT notification_addressed
    CHECK (account_id IS NOT NULL OR member_id IS NOT NULL OR fact->>'email' IS NOT NULL);

-- skipped: its one-time link was over before it could be sent.
ALTER TABLE delivery DROP CONSTRAINT delivery_status_check;
ALTER TABLE delivery ADD CONSTRAINT delivery_status_check
    CHECK (status IN ('queued', 'sent', 'failed', 'skipped'));

-- migrate:down

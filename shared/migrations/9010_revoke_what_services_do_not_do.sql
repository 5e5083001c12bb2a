-- migrate:up
-- What was announced is never changed, only marked as sent; which request made which thing is never changed. Which
-- migrations were applied is for the owner of the schema alone: whoever could delete a row there could have one run again.
-- Old rows of outbox, inbox and idempotency_key are deleted by the service itself (shared/retention.py).
DO $$
DECLARE app text := current_schema() || '_app';
BEGIN
    EXECUTE format('REVOKE UPDATE ON outbox, idempotency_key, business_clock FROM %I', app);
    EXECUTE format('GRANT UPDATE (sent_at) ON outbox TO %I', app);
    EXECUTE format('GRANT UPDATE (offset_seconds) ON business_clock TO %I', app);
    EXECUTE format('REVOKE DELETE ON business_clock FROM %I', app);
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM %I', app);
END $$;

-- migrate:down

-- migrate:up
-- A contact is changed and never deleted.
DO $$ BEGIN
    EXECUTE format('REVOKE DELETE ON contact FROM %I', current_schema() || '_app');
END $$;

-- migrate:down

-- migrate:up
-- An insurer's contact is changed and never deleted.
DO $$ BEGIN
    EXECUTE format('REVOKE DELETE ON insurer_contact FROM %I', current_schema() || '_app');
END $$;

-- migrate:down

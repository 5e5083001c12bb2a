-- migrate:up
-- The service's role does to each table what its statements do, and no more. People, accounts and what partners sent
-- are never deleted by it; keys, lines of an import and messages of a case are never changed once they are written.
DO $$
DECLARE app text := current_schema() || '_app';
BEGIN
    EXECUTE format('REVOKE DELETE ON member, enrolled_policy, choice_pool, account, credential, partner, partner_key,
                                     enrollment_import, enrollment_import_line, support_case, support_case_message
                      FROM %I', app);
    EXECUTE format('REVOKE UPDATE ON choice_pool, partner_key, enrollment_import_line, enrollment_import_part,
                                     enrolled_dependent, support_case_message
                      FROM %I', app);
END $$;

-- migrate:down

-- migrate:up
-- The verified account of a member, of several the one that was heard of first; until the commit, nobody links another.
-- Shared, as a batch of events is about many members in any order: two of them would wait for each other in a circle.
-- In one function, so that it is one round trip; in two statements, so that the second sees what was committed while the
-- first waited.
CREATE FUNCTION account_held(member uuid) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('notify member ' || member::text, 0));
    RETURN (SELECT account_id
              FROM contact
             WHERE member_id = member AND status = 'verified'
             ORDER BY first_heard_at, account_id
             LIMIT 1);
END $$;

-- migrate:down

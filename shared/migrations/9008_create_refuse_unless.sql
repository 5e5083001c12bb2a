-- migrate:up
-- A statement that is a whole transaction cannot be rolled back from outside: it refuses itself. `what` is told as the
-- name of a constraint.
CREATE FUNCTION refuse_unless(holds boolean, what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF holds IS NOT TRUE THEN
        RAISE EXCEPTION '% does not hold', what USING ERRCODE = 'check_violation', CONSTRAINT = what;
    END IF;
END $$;

-- migrate:down

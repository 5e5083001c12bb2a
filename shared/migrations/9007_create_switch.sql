-- migrate:up
-- What operators have stopped and let go on again, and why. Append-only: the last row of a name is how it stands, and a
-- name without a row is on.
CREATE TABLE switch (
    change_number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL CHECK (name ~ '^[a-z_]{1,40}$'),
    is_on           boolean NOT NULL,
    reason          text NOT NULL CHECK (length(reason) <= 500),
    changed_by      text NOT NULL CHECK (changed_by <> ''),
    changed_at      timestamptz NOT NULL DEFAULT now(),
    CHECK (is_on OR reason <> '')
);
CREATE INDEX switch_by_name ON switch (name, change_number);

DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON switch FROM %I', current_schema() || '_app');
END $$;

-- migrate:down

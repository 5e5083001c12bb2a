-- migrate:up
-- A file of enrollments (X12 834) is stored first and worked through afterwards, by whichever process holds the lease;
-- `lines_done` is how far it came. What comes as one JSON enrollment is done in the commit that takes it.
ALTER TABLE enrollment_import
    ADD COLUMN status        text NOT NULL DEFAULT 'done' CHECK (status IN ('received', 'working', 'done')),
    ADD COLUMN insurers      text[] NOT NULL DEFAULT '{}',
    ADD COLUMN received_on   date,
    ADD COLUMN lines_done    integer NOT NULL DEFAULT 0,
    ADD COLUMN attempts      integer NOT NULL DEFAULT 0,
    ADD COLUMN worker_id     uuid,
    ADD COLUMN leased_until  timestamptz,
    ADD COLUMN done_at       timestamptz,
    ADD CHECK ((status = 'working') = (leased_until IS NOT NULL) AND (worker_id IS NULL) = (leased_until IS NULL)),
    ADD CHECK (status = 'done' OR received_on IS NOT NULL);
CREATE INDEX enrollment_import_open ON enrollment_import (received_at) WHERE status <> 'done';

-- The file as it came, in pieces, each sealed under import and place; stored before its import, dropped after 90 days.
CREATE TABLE enrollment_import_part (
    import_id   uuid NOT NULL,
    part        integer NOT NULL CHECK (part >= 0),
    key_id      text NOT NULL,
    sealed      bytea NOT NULL,
    stored_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (import_id, part)
);
CREATE INDEX enrollment_import_part_by_age ON enrollment_import_part (stored_at);

ALTER TABLE enrollment_import_line
    ADD COLUMN segment     integer,
    ADD COLUMN dependents  integer NOT NULL DEFAULT 0,
    DROP CONSTRAINT enrollment_import_line_status_check,
    ADD CONSTRAINT enrollment_import_line_status_check
        CHECK (status IN ('accepted', 'unchanged', 'rejected', 'noted'));

-- migrate:down

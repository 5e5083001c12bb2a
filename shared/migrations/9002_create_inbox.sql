-- migrate:up
-- What this service has heard: claimed in the commit of its effect; what failed is kept here and tried again.
CREATE TABLE inbox (
    consumer        text NOT NULL,
    event_id        uuid NOT NULL,
    type            text NOT NULL,
    status          text NOT NULL CHECK (status IN ('done', 'waiting', 'dead')),
    attempts        integer NOT NULL DEFAULT 1,
    due_at          timestamptz,
    error           text,
    headers         jsonb,
    body            text,
    received_at     timestamptz NOT NULL DEFAULT now(),
    done_at         timestamptz,
    PRIMARY KEY (consumer, event_id),
    CHECK ((status = 'done') = (done_at IS NOT NULL)),
    CHECK (status = 'done' OR body IS NOT NULL)
);
CREATE INDEX inbox_waiting ON inbox (due_at) WHERE status = 'waiting';
CREATE INDEX inbox_dead ON inbox (received_at) WHERE status = 'dead';

-- migrate:down

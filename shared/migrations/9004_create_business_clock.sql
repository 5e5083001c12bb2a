-- migrate:up
-- How far the sandbox has moved business time ahead of the machine; production never writes here.
CREATE TABLE business_clock (
    only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    offset_seconds  double precision NOT NULL CHECK (offset_seconds >= 0)
);

-- migrate:down

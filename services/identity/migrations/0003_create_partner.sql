-- migrate:up
CREATE TABLE partner (
    partner_id  uuid PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- A partner has one key or, while it changes keys, two. No insurers named means all.
CREATE TABLE partner_key (
    key_hash    bytea PRIMARY KEY,
    partner_id  uuid NOT NULL REFERENCES partner,
    insurers    text[] NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- What partners sent, once per control number. The raw body is sealed under the row's id and dropped after 90 days.
CREATE TABLE enrollment_import (
    import_id       uuid PRIMARY KEY,
    partner_id      uuid NOT NULL REFERENCES partner,
    control_number  text NOT NULL,
    body_hash       bytea NOT NULL,
    body_key_id     text,
    body_sealed     bytea,
    received_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (partner_id, control_number),
    CHECK ((body_key_id IS NULL) = (body_sealed IS NULL))
);
CREATE INDEX enrollment_import_raw ON enrollment_import (received_at) WHERE body_sealed IS NOT NULL;

CREATE TABLE enrollment_import_line (
    import_id       uuid NOT NULL REFERENCES enrollment_import,
    line_number     integer NOT NULL CHECK (line_number >= 1),
    status          text NOT NULL CHECK (status IN ('accepted', 'unchanged', 'rejected')),
    insurer_id      text NOT NULL,
    policy_number   text NOT NULL,
    warnings        text[] NOT NULL,
    rejection       text,
    member_id       uuid REFERENCES member,
    policy_version  bigint,
    PRIMARY KEY (import_id, line_number),
    CHECK ((status = 'rejected') = (rejection IS NOT NULL)),
    CHECK ((status = 'accepted') = (policy_version IS NOT NULL))
);

-- migrate:down

-- migrate:up
-- Member records: the person as the marketplace knows them. The SSN is sealed under the row's own id.
CREATE TABLE member (
    member_id           uuid PRIMARY KEY,
    exchange_member_id  text UNIQUE,
    first_name          text NOT NULL,
    middle_name         text,
    last_name           text NOT NULL,
    suffix              text,
    name_key            text NOT NULL,
    date_of_birth       date NOT NULL,
    ssn_key_id          text,
    ssn_sealed          bytea,
    ssn_index           bytea,
    address_line1       text NOT NULL,
    city                text NOT NULL,
    state               text NOT NULL,
    zip_code            text NOT NULL,
    email               text,
    phone               text,
    language            text,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    CHECK ((ssn_key_id IS NULL) = (ssn_sealed IS NULL) AND (ssn_sealed IS NULL) = (ssn_index IS NULL)),
    UNIQUE (ssn_index, date_of_birth)
);
CREATE INDEX member_by_name ON member (date_of_birth, name_key);

-- What questions are drawn from, and the version that orders announcements per policy.
CREATE TABLE enrolled_policy (
    insurer_id          text NOT NULL,
    policy_number       text NOT NULL,
    member_id           uuid NOT NULL REFERENCES member,
    version             bigint NOT NULL CHECK (version >= 1),
    content_hash        bytea NOT NULL,
    action              text NOT NULL CHECK (action IN ('add', 'change', 'cancel', 'terminate', 'reinstate')),
    plan                text NOT NULL,
    kind                text NOT NULL CHECK (kind IN ('health', 'dental')),
    premium_cents       bigint CHECK (premium_cents >= 0),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (insurer_id, policy_number)
);
CREATE INDEX enrolled_policy_by_member ON enrolled_policy (member_id);

-- Values that wrong choices are drawn from: names of plans, first three digits of ZIP codes. No person in it.
CREATE TABLE choice_pool (
    kind   text NOT NULL CHECK (kind IN ('plan', 'zip_prefix')),
    value  text NOT NULL,
    PRIMARY KEY (kind, value)
);

-- migrate:down

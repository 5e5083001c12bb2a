-- migrate:up
-- A policy as the marketplace told it last, what is billed next, and through which day it is paid.
CREATE TABLE policy (
    policy_id           uuid PRIMARY KEY,
    policy_number       text NOT NULL,
    exchange_policy_id  text,
    insurer_id          text NOT NULL,
    insurer_name        text NOT NULL,
    member_id           uuid NOT NULL,
    kind                text NOT NULL CHECK (kind IN ('health', 'dental')),
    plan                text NOT NULL,
    premium_cents       bigint CHECK (premium_cents >= 0),
    subsidy_cents       bigint NOT NULL CHECK (subsidy_cents >= 0),
    coverage_start_on   date NOT NULL,
    coverage_end_on     date,
    end_version         bigint NOT NULL CHECK (end_version >= 0),
    status              text NOT NULL CHECK (status IN ('pending_first_payment', 'active')),
    paid_through_on     date,
    first_billed_month  date,
    last_billed_month   date,
    next_bill_month     date,
    next_bill_at        timestamptz,
    enrollment_version  bigint NOT NULL CHECK (enrollment_version >= 1),
    version             bigint NOT NULL CHECK (version >= 1),
    UNIQUE (insurer_id, policy_number),
    CHECK ((next_bill_month IS NULL) = (next_bill_at IS NULL)),
    CHECK ((first_billed_month IS NULL) = (last_billed_month IS NULL)),
    CHECK ((status = 'active') = (paid_through_on IS NOT NULL)),
    CHECK (end_version <= enrollment_version),
    CHECK (end_version > 0 OR coverage_end_on IS NULL)
);
CREATE INDEX policy_of_member ON policy (member_id);
CREATE INDEX policy_to_bill ON policy (next_bill_at) WHERE next_bill_at IS NOT NULL;

-- What each enrollment said about the price, and from which month it applies. Append-only.
CREATE TABLE policy_rate (
    policy_id           uuid NOT NULL REFERENCES policy,
    enrollment_version  bigint NOT NULL,
    from_month          date NOT NULL CHECK (extract(day FROM from_month) = 1),
    premium_cents       bigint CHECK (premium_cents >= 0),
    subsidy_cents       bigint NOT NULL CHECK (subsidy_cents >= 0),
    PRIMARY KEY (policy_id, enrollment_version)
);

-- A bill never changes after issue but for what was paid on it: the grants below say so.
CREATE TABLE bill (
    bill_id             uuid PRIMARY KEY,
    policy_id           uuid NOT NULL REFERENCES policy,
    kind                text NOT NULL CHECK (kind IN ('premium')),
    coverage_month      date NOT NULL CHECK (extract(day FROM coverage_month) = 1),
    issued_on           date NOT NULL,
    due_on              date NOT NULL CHECK (due_on >= issued_on),
    past_due_at         timestamptz NOT NULL,
    total_cents         bigint NOT NULL CHECK (total_cents >= 0),
    paid_cents          bigint NOT NULL DEFAULT 0 CHECK (paid_cents >= 0),
    in_flight_cents     bigint NOT NULL DEFAULT 0 CHECK (in_flight_cents >= 0),
    status              text NOT NULL CHECK (status IN ('open', 'past_due', 'paid')),
    version             bigint NOT NULL CHECK (version >= 1),
    CHECK (paid_cents + in_flight_cents <= total_cents),
    CHECK ((status = 'paid') = (paid_cents = total_cents))
);
CREATE UNIQUE INDEX bill_once_per_month ON bill (policy_id, coverage_month) WHERE kind = 'premium';
CREATE INDEX bill_unpaid ON bill (policy_id, due_on) WHERE status <> 'paid';
CREATE INDEX bill_to_pass_due ON bill (past_due_at) WHERE status = 'open' AND paid_cents + in_flight_cents < total_cents;

CREATE TABLE bill_line (
    bill_id             uuid NOT NULL REFERENCES bill,
    position            smallint NOT NULL CHECK (position >= 1),
    kind                text NOT NULL CHECK (kind IN ('premium', 'subsidy')),
    text_code           text NOT NULL,
    amount_cents        bigint NOT NULL,
    PRIMARY KEY (bill_id, position)
);

DO $$
DECLARE app text := current_schema() || '_app';
BEGIN
    EXECUTE format('REVOKE DELETE ON policy FROM %I', app);
    EXECUTE format('REVOKE UPDATE, DELETE ON policy_rate, bill, bill_line FROM %I', app);
    EXECUTE format('GRANT UPDATE (paid_cents, in_flight_cents, status, version) ON bill TO %I', app);
END $$;

-- migrate:down

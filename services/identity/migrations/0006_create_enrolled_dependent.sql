-- migrate:up
-- Whom a policy covers beside its member; `dependent_key` is birth date and name. Neither SSN nor contact of them.
CREATE TABLE enrolled_dependent (
    insurer_id          text NOT NULL,
    policy_number       text NOT NULL,
    dependent_key       text NOT NULL,
    exchange_member_id  text,
    first_name          text NOT NULL,
    middle_name         text,
    last_name           text NOT NULL,
    suffix              text,
    date_of_birth       date NOT NULL,
    created_at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (insurer_id, policy_number, dependent_key),
    FOREIGN KEY (insurer_id, policy_number) REFERENCES enrolled_policy
);

-- What the last enrollment said, whatever it asked for: an audit that says the same changes nothing.
ALTER TABLE enrolled_policy ADD COLUMN facts_hash bytea;

-- migrate:down

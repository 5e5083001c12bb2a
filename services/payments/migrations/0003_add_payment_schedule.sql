-- migrate:up
-- A payment on a later day. agreed_cents: what was agreed when it was made; amount_cents is less where less is owed on the
-- day. amount_rule: whether it pays what is owed then, or the amount itself. chosen_policy_ids: null for all policies.
-- run_at: when it runs (business time), as long as it waits for that.
ALTER TABLE payment
    ADD COLUMN scheduled_on      date,
    ADD COLUMN amount_rule       text CHECK (amount_rule IN ('owed', 'fixed')),
    ADD COLUMN agreed_cents      bigint,
    ADD COLUMN chosen_policy_ids uuid[],
    ADD COLUMN run_at            timestamptz,
    ADD COLUMN cancel_reason     text CHECK (cancel_reason IN ('member', 'nothing_owed', 'method_removed')),
    DROP CONSTRAINT payment_status_check,
    ADD CONSTRAINT payment_status_check
        CHECK (status IN ('scheduled', 'accepted', 'processing', 'succeeded', 'declined', 'canceled')),
    ADD CONSTRAINT payment_waits_for_its_day CHECK ((status = 'scheduled') = (run_at IS NOT NULL)),
    ADD CONSTRAINT payment_canceled_for_a_reason CHECK ((status = 'canceled') = (cancel_reason IS NOT NULL)),
    ADD CONSTRAINT payment_agreed_whole
        CHECK (num_nulls(scheduled_on, amount_rule, agreed_cents) IN (0, 3)
               AND (scheduled_on IS NOT NULL OR chosen_policy_ids IS NULL)
               AND (scheduled_on IS NULL OR method_id IS NOT NULL)),
    ADD CONSTRAINT payment_agreed_when_scheduled
        CHECK (status NOT IN ('scheduled', 'canceled') OR scheduled_on IS NOT NULL),
    ADD CONSTRAINT payment_at_most_agreed CHECK (amount_cents <= agreed_cents);
CREATE INDEX payment_to_run ON payment (run_at) WHERE run_at IS NOT NULL;
CREATE INDEX payment_scheduled ON payment (member_id) WHERE run_at IS NOT NULL;

ALTER TABLE payment_transition
    DROP CONSTRAINT payment_transition_status_check,
    ADD CONSTRAINT payment_transition_status_check
        CHECK (status IN ('scheduled', 'accepted', 'processing', 'succeeded', 'declined', 'canceled'));

-- What a scheduled payment would pay, as things stood when it was made. It holds no bill; what it pays on its day is in
-- allocation.
CREATE TABLE planned_allocation (
    payment_id      uuid NOT NULL REFERENCES payment,
    position        integer NOT NULL,
    bill_id         uuid NOT NULL REFERENCES bill,
    amount_cents    bigint NOT NULL CHECK (amount_cents > 0),
    PRIMARY KEY (payment_id, position)
);

DO $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON planned_allocation FROM %I', current_schema() || '_app');
END $$;

-- migrate:down

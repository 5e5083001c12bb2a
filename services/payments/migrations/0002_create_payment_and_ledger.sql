-- migrate:up
-- Cards that members saved. The processor keeps the card; we keep its id for it and what may be shown.
CREATE TABLE payment_method (
    method_id       uuid PRIMARY KEY,
    member_id       uuid NOT NULL,
    method_type     text NOT NULL CHECK (method_type IN ('card')),
    card_id         text NOT NULL,
    brand           text NOT NULL,
    last4           text NOT NULL CHECK (last4 ~ '^[0-9]{4}$'),
    expires         text NOT NULL CHECK (expires ~ '^[0-9]{4}-[0-9]{2}$'),
    label           text,
    added_at        timestamptz NOT NULL,
    removed_at      timestamptz,
    version         integer NOT NULL DEFAULT 1
);
-- The same token sent twice is one card, and one method.
CREATE UNIQUE INDEX payment_method_usable ON payment_method (member_id, card_id) WHERE removed_at IS NULL;

-- What domain/reference.py permutes: each payment takes one number.
CREATE SEQUENCE payment_reference MINVALUE 0 START 0 MAXVALUE 1099511627775;

-- One row per payment. The card is copied, so that a removed method leaves its payments as they were.
-- next_check_at: when the resolver asks the processor next (business time); nobody else takes the payment before.
-- updated_at is machine time, for the throttle of declines.
CREATE TABLE payment (
    payment_id      uuid PRIMARY KEY,
    reference       text NOT NULL UNIQUE,
    member_id       uuid NOT NULL,
    amount_cents    bigint NOT NULL CHECK (amount_cents > 0),
    credit_cents    bigint NOT NULL CHECK (credit_cents BETWEEN 0 AND amount_cents),
    credit_left_cents bigint NOT NULL DEFAULT 0 CHECK (credit_left_cents BETWEEN 0 AND credit_cents),
    method_id       uuid REFERENCES payment_method,
    method_type     text NOT NULL CHECK (method_type IN ('card')),
    card_id         text NOT NULL,
    brand           text NOT NULL,
    last4           text NOT NULL,
    expires         text NOT NULL,
    statement_text  text NOT NULL,
    status          text NOT NULL CHECK (status IN ('accepted', 'processing', 'succeeded', 'declined')),
    decline_code    text,
    charge_id       text UNIQUE,
    accepted_at     timestamptz NOT NULL,
    version         integer NOT NULL,
    checks_done     integer NOT NULL DEFAULT 0,
    next_check_at   timestamptz,
    needs_person    boolean NOT NULL DEFAULT false,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    CHECK ((status = 'declined') = (decline_code IS NOT NULL)),
    CHECK ((status = 'succeeded') = (charge_id IS NOT NULL)),
    CHECK (status = 'succeeded' OR credit_left_cents = 0),
    CHECK ((status IN ('accepted', 'processing') AND NOT needs_person) = (next_check_at IS NOT NULL)),
    CHECK (NOT needs_person OR status = 'processing')
);
CREATE INDEX payment_of_member ON payment (member_id, accepted_at DESC, payment_id DESC);
CREATE INDEX payment_to_check ON payment (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE INDEX payment_needing_person ON payment (payment_id) WHERE needs_person;
CREATE INDEX payment_declined ON payment (member_id, updated_at) WHERE status = 'declined';
CREATE INDEX payment_with_credit ON payment (member_id, accepted_at) WHERE credit_left_cents > 0;

-- Every status a payment has had; sequence is the version of the payment that came of it.
CREATE TABLE payment_transition (
    payment_id      uuid NOT NULL REFERENCES payment,
    sequence        integer NOT NULL,
    status          text NOT NULL CHECK (status IN ('accepted', 'processing', 'succeeded', 'declined')),
    at              timestamptz NOT NULL,
    reason          text,
    PRIMARY KEY (payment_id, sequence)
);

-- What of a payment goes to which bill: in flight while the payment is open, paid once it has succeeded, void when it
-- was declined. Positions beyond those made at acceptance are credit used later.
CREATE TABLE allocation (
    payment_id      uuid NOT NULL REFERENCES payment,
    position        integer NOT NULL,
    bill_id         uuid NOT NULL REFERENCES bill,
    amount_cents    bigint NOT NULL CHECK (amount_cents > 0),
    kind            text NOT NULL DEFAULT 'applied' CHECK (kind IN ('applied', 'reversed')),
    source          text NOT NULL CHECK (source IN ('payment', 'credit')),
    PRIMARY KEY (payment_id, position)
);
CREATE INDEX allocation_of_bill ON allocation (bill_id);

-- The ledger. Ids follow from what is posted (domain/ledger.py): the same event can not be posted twice.
CREATE TABLE ledger_transaction (
    transaction_id  uuid PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('bill_issued', 'payment_succeeded', 'credit_applied')),
    subject         uuid NOT NULL,
    effective_on    date NOT NULL,
    posted_at       timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ledger_entry (
    transaction_id  uuid NOT NULL REFERENCES ledger_transaction,
    account         text NOT NULL,
    amount_cents    bigint NOT NULL CHECK (amount_cents <> 0),
    PRIMARY KEY (transaction_id, account)
);
CREATE INDEX ledger_entry_by_account ON ledger_entry (account);

-- Each transaction sums to zero. Checked once per statement over the rows it wrote, which is cheaper than a check per
-- row and stricter than one at the commit: all entries of a transaction come in one statement, and a later statement
-- can only add entries that sum to zero among themselves.
CREATE FUNCTION refuse_unbalanced_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written GROUP BY transaction_id HAVING sum(amount_cents) <> 0) THEN
        RAISE EXCEPTION 'a ledger transaction must sum to zero' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_unbalanced_ledger();

-- Append-only: the service itself can not change what is written there.
DO $$
BEGIN
    EXECUTE format(
        'REVOKE UPDATE, DELETE, TRUNCATE ON payment_transition, allocation, ledger_transaction, ledger_entry FROM %I',
        current_schema() || '_app'
    );
    EXECUTE format('REVOKE DELETE, TRUNCATE ON payment, payment_method FROM %I', current_schema() || '_app');
    EXECUTE format('GRANT USAGE ON SEQUENCE payment_reference TO %I', current_schema() || '_app');
END $$;

-- migrate:down

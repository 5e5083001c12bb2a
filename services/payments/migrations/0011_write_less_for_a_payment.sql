-- migrate:up
-- What a payment writes is most of what it costs, and each index and each check of a table takes part in it (docs/speed.md).

-- A domain is read once per connection, a table's CHECK anew for each statement that writes there.
CREATE DOMAIN payment_status AS text
    CHECK (VALUE IN ('scheduled', 'accepted', 'processing', 'succeeded', 'declined', 'canceled'));
CREATE DOMAIN bill_status AS text CHECK (VALUE IN ('open', 'past_due', 'paid'));
CREATE DOMAIN ledger_kind AS text CHECK (VALUE IN ('bill_issued', 'payment_succeeded', 'credit_applied'));
ALTER TABLE payment
    DROP CONSTRAINT payment_status_check,
    ALTER COLUMN status TYPE payment_status;
ALTER TABLE payment_transition
    DROP CONSTRAINT payment_transition_status_check,
    ALTER COLUMN status TYPE payment_status;
ALTER TABLE ledger_transaction
    DROP CONSTRAINT ledger_transaction_kind_check,
    ALTER COLUMN kind TYPE ledger_kind;

-- An index that a payment does not touch lets PostgreSQL put the changed bill beside the old one and leave all indexes
-- alone; for that there has to be room. The timer looks at open bills and skips those that are covered.
DROP INDEX bill_to_pass_due;
ALTER TABLE bill
    DROP CONSTRAINT bill_status_check,
    ALTER COLUMN status TYPE bill_status,
    SET (fillfactor = 80);
CREATE INDEX bill_to_pass_due ON bill (past_due_at) WHERE status = 'open';

-- Sums by account are made over the whole ledger, by nobody who waits.
DROP INDEX ledger_entry_by_account;

-- migrate:down

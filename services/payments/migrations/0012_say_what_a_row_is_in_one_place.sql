-- migrate:up
-- What has to hold of every payment and of every bill, in a function each instead of 17 and 9 checks: PostgreSQL reads a
-- CHECK anew from its text for every statement that writes there, a function once per connection (docs/speed.md). As in a
-- CHECK, what is unknown, because a column is empty, is let pass.
CREATE FUNCTION is_whole(p payment) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN p.amount_cents > 0
        AND p.credit_cents BETWEEN 0 AND p.amount_cents
        AND p.credit_left_cents BETWEEN 0 AND p.credit_cents
        AND p.method_type = 'card'

        -- what each status brings with it
        AND (p.status = 'declined') = (p.decline_code IS NOT NULL)
        AND (p.status = 'succeeded') = (p.charge_id IS NOT NULL)
        AND (p.status = 'succeeded' OR p.credit_left_cents = 0)
        AND (p.status = 'scheduled') = (p.run_at IS NOT NULL)
        AND (p.status = 'canceled') = (p.cancel_reason IS NOT NULL)
        AND (NOT p.needs_person OR p.status = 'processing')
        AND (p.status IN ('accepted', 'processing') AND NOT p.needs_person) = (p.next_check_at IS NOT NULL)

        -- a payment on a later day
        AND num_nulls(p.scheduled_on, p.amount_rule, p.agreed_cents) IN (0, 3)
        AND (p.scheduled_on IS NOT NULL OR p.chosen_policy_ids IS NULL)
        AND (p.scheduled_on IS NULL OR p.method_id IS NOT NULL)
        AND (p.status NOT IN ('scheduled', 'canceled') OR p.scheduled_on IS NOT NULL)
        AND p.amount_cents <= p.agreed_cents
        AND p.amount_rule IN ('owed', 'fixed')
        AND p.cancel_reason IN ('member', 'nothing_owed', 'method_removed');
END $$;

CREATE FUNCTION is_whole(b bill) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN b.kind = 'premium'
        AND extract(day FROM b.coverage_month) = 1
        AND b.due_on >= b.issued_on
        AND least(b.total_cents, b.paid_cents, b.in_flight_cents) >= 0
        AND b.paid_cents + b.in_flight_cents <= b.total_cents
        AND (b.status = 'paid') = (b.paid_cents = b.total_cents)
        AND b.version >= 1;
END $$;

DO $$
DECLARE old record;
BEGIN
    FOR old IN SELECT conrelid::regclass AS place, conname
                 FROM pg_constraint
                WHERE conrelid IN ('payment'::regclass, 'bill'::regclass) AND contype = 'c'
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', old.place, old.conname);
    END LOOP;
END $$;
ALTER TABLE payment ADD CONSTRAINT payment_is_whole CHECK (is_whole(payment));
ALTER TABLE bill ADD CONSTRAINT bill_is_whole CHECK (is_whole(bill));

-- migrate:down

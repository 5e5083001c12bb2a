-- migrate:up
-- Every index of these tables is written with every fact and every request. Who looks for facts by subject are the
-- invariants alone, which read the whole table. Keys are forgotten by age, and lie on disk in the order of their age.
DROP INDEX outbox_by_subject;
DROP INDEX idempotency_key_created;
CREATE INDEX idempotency_key_created ON idempotency_key USING brin (created_at) WITH (autosummarize = on);

-- migrate:down

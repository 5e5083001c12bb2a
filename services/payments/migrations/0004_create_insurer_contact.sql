-- migrate:up
-- How members reach an insurer, as an operator has told it; the feed tells only its id and its name.
CREATE TABLE insurer_contact (
    insurer_id  text PRIMARY KEY CHECK (insurer_id ~ '^[A-Za-z0-9_-]{1,40}$'),
    name        text CHECK (name <> ''),
    phone       text CHECK (phone <> ''),
    website     text CHECK (website LIKE 'https://%'),
    updated_at  timestamptz NOT NULL DEFAULT now()
);

-- migrate:down

-- migrate:up
-- What somebody asked support; `account_id` is NULL where it came without log-in. `opened_at` is business time,
-- `created_at` machine time.
CREATE TABLE support_case (
    case_id            uuid PRIMARY KEY,
    reference          text NOT NULL UNIQUE,
    account_id         uuid REFERENCES account,
    email              text NOT NULL,
    first_name         text,
    language           text NOT NULL CHECK (language IN ('en', 'es')),
    topic              text NOT NULL,
    payment_reference  text,
    status             text NOT NULL CHECK (status IN ('open')),
    opened_at          timestamptz NOT NULL,
    created_at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX support_case_by_account ON support_case (account_id, opened_at DESC, case_id DESC);
CREATE INDEX support_case_by_email ON support_case (email, created_at);

CREATE TABLE support_case_message (
    case_id         uuid NOT NULL REFERENCES support_case,
    message_number  integer NOT NULL CHECK (message_number >= 1),
    author          text NOT NULL CHECK (author IN ('member', 'staff', 'portal')),
    text            text NOT NULL,
    written_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (case_id, message_number)
);

-- migrate:down

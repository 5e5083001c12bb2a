"""The rights table of the database: what each service's role may do with each table of its own schema. Nothing else.

    S  select    I  insert    U  update    U(a b)  update of these columns only    D  delete

A new table has no right until it has a line here: `test_rights_database.py` walks all of it against PostgreSQL. What is
append-only has `SI`: a ledger that the service itself cannot change. What has `D` is deleted by retention or by a
person's act, never by cascade.
"""

EVERY_SERVICE = {
    "outbox": "SIU(sent_at)D",  # deleted 90 days after sending
    "inbox": "SIUD",  # deleted after 90 days
    "idempotency_key": "SID",  # deleted after 90 days
    "business_clock": "SIU(offset_seconds)",
    "switch": "SI",
    "schema_migrations": "S",
}

TABLES = {
    "identity": {
        "member": "SIU",
        "enrolled_policy": "SIU",
        "enrolled_dependent": "SID",  # a dependent who left the policy
        "choice_pool": "SI",
        "account": "SIU",
        "credential": "SIU",
        "session": "SIUD",
        "throttle": "SIUD",
        "verification": "SIUD",  # an open try, when a new one begins
        "partner": "SIU",
        "partner_key": "SI",
        "enrollment_import": "SIU",
        "enrollment_import_line": "SI",
        "enrollment_import_part": "SID",  # raw files go after 90 days
        "audit_entry": "SI",
        "password_reset": "SIUD",
        "password_reset_request": "SIUD",  # U: rows are locked before they are deleted
        "support_case": "SIU",
        "support_case_message": "SI",
        **EVERY_SERVICE,
    },
    "payments": {
        "policy": "SIU",
        "policy_rate": "SI",
        "bill": "SIU(in_flight_cents paid_cents status version)",
        "bill_line": "SI",
        "payment_method": "SIU",
        "payment": "SIU",
        "payment_transition": "SI",
        "allocation": "SI",
        "planned_allocation": "SI",
        "ledger_transaction": "SI",
        "ledger_entry": "SI",
        "insurer_contact": "SIU",
        **EVERY_SERVICE,
    },
    "notify": {
        "contact": "SIU",
        "contact_change": "SI",
        "notification": "SIU",
        "delivery": "SIU",
        "delivery_transition": "SI",
        "kept_copy": "SI",
        **EVERY_SERVICE,
    },
}

REFUSED = {
    "make a table in its schema": "CREATE TABLE {service}.stray (number integer)",
    "make a table in the public schema": "CREATE TABLE public.stray (number integer)",
    "make a temporary table": "CREATE TEMPORARY TABLE stray (number integer)",
    "make a schema": "CREATE SCHEMA stray",
    "make a function": "CREATE FUNCTION {service}.stray() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "make a sequence": "CREATE SEQUENCE {service}.stray",
    "make an index": "CREATE INDEX ON {service}.outbox (type)",
    "make a trigger": "CREATE TRIGGER stray BEFORE INSERT ON {service}.outbox "
    "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "make an extension": "CREATE EXTENSION postgres_fdw",
    "make a role": "CREATE ROLE stray",
    "make a database": "CREATE DATABASE stray",
    "change a table": "ALTER TABLE {service}.outbox ADD COLUMN stray integer",
    "switch a table's triggers off": "ALTER TABLE {service}.outbox DISABLE TRIGGER ALL",
    "switch all triggers off": "SET session_replication_role = replica",
    "own a table": "ALTER TABLE {service}.outbox OWNER TO {service}_app",
    "drop a table": "DROP TABLE {service}.outbox",
    "drop its schema": "DROP SCHEMA {service} CASCADE",
    "change another role's password": "ALTER ROLE {other}_app PASSWORD 'stray'",
    "give itself more": "ALTER ROLE CURRENT_USER CREATEROLE",
    "change the server": "ALTER SYSTEM SET fsync = off",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "read a program": "COPY {service}.inbox FROM PROGRAM 'true'",
    "write a file": "COPY (SELECT 1) TO '/tmp/stray'",
    "read a file": "SELECT pg_read_file('/etc/passwd')",
    "read passwords": "SELECT rolpassword FROM pg_authid",
    "read the servers' settings files": "SELECT pg_hba_file_rules()",
    "end others' sessions": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    "become its schema's owner": "SET ROLE {service}_owner",
    "become another service": "SET ROLE {other}_app",
    "become another schema's owner": "SET ROLE {other}_owner",
    "become the operator": "SET SESSION AUTHORIZATION postgres",
}
"""What no app role may do, whatever the table says; `{other}` is each other service in turn."""

REFUSED_TO_OWNERS = {
    "read another schema": "SELECT event_id FROM {other}.outbox",
    "change another schema": "CREATE TABLE {other}.stray (number integer)",
    "drop another schema's table": "DROP TABLE {other}.outbox",
    "become another schema's owner": "SET ROLE {other}_owner",
    "become another service": "SET ROLE {other}_app",
    "make a schema": "CREATE SCHEMA stray",
    "make a temporary table": "CREATE TEMPORARY TABLE stray (number integer)",
    "make a table in the public schema": "CREATE TABLE public.stray (number integer)",
    "make a role": "CREATE ROLE stray",
    "make an extension": "CREATE EXTENSION postgres_fdw",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "read passwords": "SELECT rolpassword FROM pg_authid",
    "become the operator": "SET SESSION AUTHORIZATION postgres",
}
"""What the role that migrates a schema may not do."""

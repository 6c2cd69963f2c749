-- What the account of auditors (teller_auditor) may read of a count: its audit log in columns, and nothing else.
--
-- A line says who changed what and why (schema/entry.md, "An audit line"). That is for officers and auditors, not for the board: so
-- it is no pub_* view, and teller_reader, as whom an observer and an analyst of Superset ask, has no right on it. A view in a schema
-- of its own, for two reasons: SQL Lab is given the schema teller and no other, and whoever signs holds the tables and views of that
-- schema against those of the program (docs/decisions/0038). It belongs to teller_owner, whose table it reads: it lets nobody in
-- that the owner could not.
--
-- Run by a superuser in each database of a count, at every start (stack/postgres.sh) and after `teller init` (stack/superset.sh),
-- for before that there is no log. Running it again changes nothing.
CREATE SCHEMA IF NOT EXISTS ops AUTHORIZATION teller_owner;
SET ROLE teller_owner;
REVOKE ALL ON SCHEMA ops FROM PUBLIC;
GRANT USAGE ON SCHEMA ops TO teller_auditor;
SELECT to_regclass('teller.audit') IS NOT NULL AS has_log \gset
\if :has_log
CREATE OR REPLACE VIEW ops.audit_log AS
SELECT number,
       substring(said FROM '(?n)^time (.*)$')::timestamptz AS at,
       timezone((SELECT time_zone FROM teller.head), substring(said FROM '(?n)^time (.*)$')::timestamptz) AS local_at,
       substring(said FROM '(?n)^actor (.*)$') AS actor,
       substring(said FROM '(?n)^action (.*)$') AS action,
       substring(said FROM '(?n)^subject (.*)$') AS subject,
       substring(said FROM '(?n)^reason (.*)$') AS reason,
       nullif(substring(said FROM '(?n)^approver (.*)$'), '-') AS approver,
       substring(said FROM '(?n)^before (.*)$') AS before,
       substring(said FROM '(?n)^after (.*)$') AS after
FROM (SELECT number, convert_from(bytes, 'UTF8') AS said FROM teller.audit) line;
GRANT SELECT ON ops.audit_log TO teller_auditor;
\endif
RESET ROLE;

-- As of the reader (postgres_rights.sql); all accounts together stay below max_connections.
ALTER ROLE teller_auditor CONNECTION LIMIT 5;
ALTER ROLE teller_auditor SET default_transaction_read_only = on;
ALTER ROLE teller_auditor SET statement_timeout = '5s';
ALTER ROLE teller_auditor SET idle_in_transaction_session_timeout = '60s';

-- What the accounts of a count may not do in PostgreSQL, beyond the grants of schema/sql/postgres: no function that runs SQL it is
-- given, waits, ends others' sessions, takes locks that others wait for, changes a setting from within a query, or makes a large
-- object. So who may only choose a column or a filter (an observer of Superset) reads no more than the pub_* views, and holds
-- nothing up.
--
-- Run by a superuser in each database of a count, before `teller init` or after it, again whenever it changed:
--   psql -v ON_ERROR_STOP=1 -d teller -f stack/postgres_rights.sql
-- stack/postgres.sh does it at every start. Rights on functions belong to a database; a dump does not carry them.
--
-- What no grant can take: in PostgreSQL every role may change its own password, and its own settings for a session (SET). Both
-- are statements, which nobody can write who is only given a query to fill in. A changed password changes nothing where accounts
-- are let in by certificate alone (`cert` in pg_hba.conf, as stack/postgres.sh writes it; docs/decisions/0027).

DO $$
DECLARE
  one regprocedure;
BEGIN
  FOR one IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND (
      proname ~ '^(query|cursor|table|schema|database)_to_xml' -- Run SQL, or read whole tables.
      OR proname IN ('ts_stat', 'ts_rewrite')                  -- Run SQL.
      OR proname ~ '^pg_sleep'
      OR proname ~ '^pg_(try_)?advisory_'
      OR proname IN ('pg_cancel_backend', 'pg_terminate_backend', 'pg_notify', 'pg_logical_emit_message', 'set_config')
      OR proname ~ '^lo_' OR proname IN ('loread', 'lowrite'))
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one);
  END LOOP;
END
$$;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;

-- Our own programs: they say set_config in each session, the tables are brought up under a lock, and the schema has DO blocks.
GRANT EXECUTE ON FUNCTION set_config(text, text, boolean) TO teller_owner, teller_writer, teller_publisher, teller_deliverer;
GRANT EXECUTE ON FUNCTION pg_advisory_xact_lock(bigint) TO teller_owner, teller_writer, teller_publisher;
-- Processes that deliver or take decisions wait for each other.
GRANT EXECUTE ON FUNCTION pg_try_advisory_xact_lock(bigint) TO teller_deliverer;
GRANT USAGE ON LANGUAGE plpgsql TO teller_owner;

-- Together fewer than max_connections (170 in stack/postgres.sh) less the superuser's: none of them keeps another one out.
ALTER ROLE teller_owner CONNECTION LIMIT 10;
ALTER ROLE teller_writer CONNECTION LIMIT 10;
ALTER ROLE teller_publisher CONNECTION LIMIT 20;
ALTER ROLE teller_deliverer CONNECTION LIMIT 30; -- Six of each `teller api`; every count has one or more.
ALTER ROLE teller_reader CONNECTION LIMIT 30;
ALTER ROLE teller_reader SET default_transaction_read_only = on;
ALTER ROLE teller_reader SET statement_timeout = '5s';
ALTER ROLE teller_reader SET idle_in_transaction_session_timeout = '60s';

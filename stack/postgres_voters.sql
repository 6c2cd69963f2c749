-- The registrar's account (teller_registrar) and the schema in which it keeps the voters' roll of a count, and who came.
--
-- The schema is the registrar's own: no other account has a right on it, that of the tables' owner (teller_owner) neither, and the
-- registrar has none on the count's. `teller voters load` makes the tables in it (schema/sql/voters_postgres.sql; docs/guides/voters.md).
--
-- Run by a superuser in each database of a count, at every start (stack/postgres.sh). Running it again changes nothing.
CREATE SCHEMA IF NOT EXISTS teller_voters AUTHORIZATION teller_registrar;
REVOKE ALL ON SCHEMA teller_voters FROM PUBLIC;
GRANT EXECUTE ON FUNCTION set_config(text, text, boolean), pg_advisory_xact_lock(bigint) TO teller_registrar;

-- PostgreSQL lets everybody count rows that were written, and look at locks and the sizes of files: that somebody was checked in at
-- this moment, anywhere. Only a superuser reads these.
DO $$
DECLARE
  one regprocedure;
BEGIN
  FOR one IN
    SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND (
      proname ~ '^pg_stat_get_(xact_)?(tuples|numscans|blocks|live|dead|ins|mod|last|db)'
      OR proname IN ('pg_lock_status', 'pg_relation_size', 'pg_table_size', 'pg_indexes_size', 'pg_total_relation_size'))
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one);
  END LOOP;
END
$$;

ALTER ROLE teller_registrar CONNECTION LIMIT 40; -- Of each desk one, while it checks in. All accounts together stay below max_connections.
ALTER ROLE teller_registrar SET idle_in_transaction_session_timeout = '60s';

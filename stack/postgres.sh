#!/usr/bin/env bash
# PostgreSQL 15: stack/postgres.sh start|stop|status|sql [ARGS]|database NAME|drop-database NAME
#
# TLS 1.3 only, on 127.0.0.1. The superuser has no network: it is the server's own Linux user, over a socket in the server's
# folder (sql opens a session as it). An account is let in by its certificate, secrets/<role>.crt, and by nothing else: any role
# may change its own password (PostgreSQL lets it), and no password opens anything. Accounts:
#   teller_owner      makes the tables (teller init) and grants from its own; an officer's commands come as it, and
#                     nobody else adds any line to the audit log
#   teller_writer     commits steps (the Spark driver)
#   teller_publisher  reads all, writes statements and what the last reconciliation said
#   teller_deliverer  reads what is counted, writes deliveries, lets decisions wait, keeps typed sheets, adds audit
#                     lines of what persons asked (teller api)
#   teller_reader     reads the pub_* views; cannot write whatever it is granted, nor run SQL out of a function
#   teller_auditor    reads the audit log in columns (postgres_auditor.sql), and nothing else
#   teller_registrar  keeps the voters' roll and who came in a schema of its own (postgres_voters.sql); nothing else, and nobody else
#   superset          Superset's own data, in a database of its own (superset-account.crt)
# What a role may do to which table is granted by the SQL of schema/sql/postgres; which functions none of them may call, how
# long a reader's query may take and how many sessions each may have says postgres_rights.sql. Neither stands here.
# database NAME makes one more database that the teller_* roles may use, for a count with a name or a test; drop-database
# removes it.
# shellcheck source=stack/counts.sh
. "$(dirname "${BASH_SOURCE[0]}")/counts.sh"

bin=/usr/lib/postgresql/15/bin
log=$run/postgres.log
user=postgres
[ "$(id -u)" = 0 ] || user=$(id -un)
as_user "$user"
roles=(teller_owner teller_writer teller_publisher teller_deliverer teller_reader teller_auditor teller_registrar)

places() {
  home=$(real_folder postgres)
  # A socket's path has at most 107 bytes, and trees lie deep sometimes.
  sockets=$home
  [ ${#home} -lt 85 ] || sockets=/tmp/teller-$(printf '%s' "$state" | sha256sum | cut -c1-12)
}
places

sql() {
  (cd / && PGOPTIONS='-c client_min_messages=warning' "${as_user[@]}" "$bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$sockets" -p "$POSTGRES_PORT" -U postgres "$@")
}

configure() {
  local name
  for name in crt key; do
    install -m 0600 -o "$user" "$secrets/postgres.$name" "$home/server.$name"
  done
  install -m 0600 -o "$user" "$secrets/ca.crt" "$home/ca.crt"
  if [ "$sockets" != "$home" ]; then install -d -m 0700 -o "$user" "$sockets"; fi
  # Included last, so that these win over what initdb wrote.
  install -m 0600 -o "$user" /dev/stdin "$home/data/teller.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $POSTGRES_PORT
unix_socket_directories = '$sockets'
unix_socket_permissions = 0700
ssl = on
ssl_cert_file = '$home/server.crt'
ssl_key_file = '$home/server.key'
ssl_ca_file = '$home/ca.crt'
ssl_min_protocol_version = 'TLSv1.3'
shared_buffers = $POSTGRES_SHARED_BUFFERS
jit = off # compiling a query of the pub_* views takes seconds, running it milliseconds
max_connections = 170
timezone = 'UTC'
log_timezone = 'UTC'
log_connections = off
CONF
  grep -q teller.conf "$home/data/postgresql.conf" || echo "include 'teller.conf'" >>"$home/data/postgresql.conf"
  install -m 0600 -o "$user" /dev/stdin "$home/data/pg_hba.conf" <<CONF
local   all       postgres                       peer map=owner
hostssl all       $(IFS=, && echo "${roles[*]}") 127.0.0.1/32 cert
hostssl superset  superset                       127.0.0.1/32 cert map=account
CONF
  install -m 0600 -o "$user" /dev/stdin "$home/data/pg_ident.conf" <<CONF
owner   $user            postgres
account superset-account superset
CONF
}

role_sql() { # ROLE
  cat <<SQL
SELECT 'CREATE ROLE $1' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$1') \\gexec
ALTER ROLE $1 LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT 20 PASSWORD NULL;
ALTER ROLE $1 RESET ALL;
SQL
}

database_sql() { # NAME OWNER ROLES
  cat <<SQL
SELECT 'CREATE DATABASE "$1" OWNER $2' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$1') \\gexec
REVOKE ALL ON DATABASE "$1" FROM PUBLIC;
GRANT CONNECT ON DATABASE "$1" TO $3;
\\connect "$1"
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SQL
}

teller_database_sql() { # NAME
  database_sql "$1" teller_owner "$(IFS=, && echo "${roles[*]}")"
  echo "CREATE SCHEMA IF NOT EXISTS teller AUTHORIZATION teller_owner;"
  # Whoever signs holds views and tables against those of this program, which it makes beside them (docs/decisions/0038).
  echo "GRANT TEMPORARY ON DATABASE \"$1\" TO teller_publisher;"
  local role
  for role in "${roles[@]}"; do
    # An account may change its own settings, and those of a database come before those of the role.
    echo "ALTER ROLE $role IN DATABASE \"$1\" RESET ALL; ALTER ROLE $role IN DATABASE \"$1\" SET search_path = teller;"
  done
  cat "$stack/postgres_rights.sql" "$stack/postgres_auditor.sql" "$stack/postgres_voters.sql"
}

accounts_sql() {
  local role name
  for role in "${roles[@]}"; do role_sql "$role"; done
  role_sql superset
  echo "REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;"
  teller_database_sql teller
  for name in $(count_names); do teller_database_sql "teller_$name"; done
  database_sql superset superset superset
  echo 'ALTER ROLE superset IN DATABASE superset RESET ALL;'
  cat <<'SQL'
ALTER SCHEMA public OWNER TO superset;
SELECT format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', oid::regprocedure) FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND (proname ~ '^lo_' OR proname IN ('loread', 'lowrite')) \gexec
SQL
}

set_accounts() { accounts_sql | sql -d postgres -f - >/dev/null || fail "the accounts could not be made"; }

ready() { (cd / && "${as_user[@]}" "$bin/pg_isready" -q -h "$sockets" -p "$POSTGRES_PORT" -U postgres -d postgres); }

start() {
  prepare_state
  if alive postgres && ready; then
    set_accounts
    step postgres "already up"
    return
  fi
  folder_for_user postgres "$user"
  places
  if [ ! -s "$home/data/PG_VERSION" ] || [ ! -e "$home/made" ]; then
    rm -rf "$home/data" # half made: nothing was ever in it
    (cd / && "${as_user[@]}" "$bin/initdb" -D "$home/data" -U postgres -E UTF8 --locale=C.UTF-8 --data-checksums \
      --auth-local=peer --auth-host=reject) >"$log" 2>&1 || {
      tail -5 "$log" >&2
      fail "initdb failed"
    }
    touch "$home/made"
  fi
  configure
  claim postgres "$POSTGRES_PORT"
  # After a kill -9 the old server's children may still hold its shared memory for a moment: then ask again.
  local attempt
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    (cd / && launch postgres "$log" "${as_user[@]}" "$bin/postgres" -D "$home/data")
    until ready; do
      if ! alive postgres; then
        grep -qE 'still in use|Is another postmaster' "$log" && [ "$attempt" -lt 10 ] && {
          sleep 0.5
          continue 2
        }
        tail -n 20 "$log" >&2
        fail "postgres ended while it started; its log is $log"
      fi
      sleep 0.1
    done
    break
  done
  set_accounts
  step postgres "ready on $POSTGRES_PORT"
}

case ${1:-} in
  start) start ;;
  stop) halt INT 30 postgres ;; # INT: end sessions, write what is in memory, stop
  status) status_row postgres "$POSTGRES_PORT" ;;
  sql)
    shift
    [ $# -gt 0 ] || set -- -d teller
    sql "$@"
    ;;
  database) teller_database_sql "${2:?name}" | sql -d postgres -f - >/dev/null ;;
  drop-database) sql -d postgres -c "DROP DATABASE IF EXISTS \"${2:?name}\" WITH (FORCE)" ;;
  *)
    echo "usage: $0 start|stop|status|sql [PSQL ARGUMENTS]|database NAME|drop-database NAME" >&2
    exit 2
    ;;
esac

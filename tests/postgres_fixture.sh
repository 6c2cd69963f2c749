#!/usr/bin/env bash
# A PostgreSQL that tests throw away: tests/postgres_fixture.sh start|stop FOLDER
#
# A cluster in FOLDER, without fsync, reachable through a Unix socket in FOLDER and nothing else, with the roles that
# the schema grants to. ctest starts it before the first test that needs it and stops it after the last. PostgreSQL
# refuses to run as root, so that root runs it as `postgres`. Starting a second time begins anew.
set -euo pipefail

usage() {
  echo "usage: $0 start|stop FOLDER" >&2
  exit 2
}
[ $# -eq 2 ] || usage
folder=$2

for bin in "${POSTGRES_BIN:-}" /usr/lib/postgresql/*/bin; do [ -x "$bin/initdb" ] && break; done
[ -x "$bin/initdb" ] || {
  echo "no PostgreSQL server in /usr/lib/postgresql; packages/install.sh stack" >&2
  exit 3
}

as=()
[ "$(id -u)" -ne 0 ] || as=(setpriv --reuid postgres --regid postgres --init-groups --)
cd /

stop() {
  if [ -e "$folder/data/postmaster.pid" ]; then
    "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null || true
  fi
  rm -rf "$folder"
}

start() {
  stop
  mkdir -p "$folder" && chmod 0700 "$folder"
  [ ${#as[@]} -eq 0 ] || chown postgres: "$folder"
  "${as[@]}" "$bin/initdb" -D "$folder/data" -U postgres -A trust --no-sync -E UTF8 --locale=C.UTF-8 >"$folder.log" 2>&1 ||
    {
      cat "$folder.log" >&2
      exit 3
    }
  "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 start -o "-c listen_addresses='' \
    -c unix_socket_directories='$folder' -c fsync=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=40" >/dev/null ||
    {
      cat "$folder/log" >&2
      exit 3
    }
  "$bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$folder" -U postgres -d postgres \
    -c 'create role teller_owner login' -c 'create role teller_writer login' \
    -c 'create role teller_publisher login' -c 'create role teller_deliverer login' -c 'create role teller_reader login' \
    -c 'create role teller_auditor login' -c 'create role teller_registrar login'
  rm -f "$folder.log"
}

case $1 in
  start) start ;;
  stop) stop ;;
  *) usage ;;
esac

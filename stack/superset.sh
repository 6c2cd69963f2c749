#!/usr/bin/env bash
# Superset 6.1 over HTTPS: stack/superset.sh start|stop|status|colours|counts|try PORT
#
# Its own data is in PostgreSQL (database superset), and it reads the count as teller_reader, of the audit log as teller_auditor:
# by certificate, so that no password stands in a URI, which Superset prints when a connection fails.
# People: `admin`, `observer` (who sees the published dashboards and nothing else), `analyst` (who also asks in SQL Lab, of the
# pub_* views alone) and `auditor` (who sees the audit log beside the dashboards), passwords in secrets/superset.NAME. Database, roles, users and dashboards are brought to what
# superset_apply.py and view/superset say, whenever one of those files has changed. Each count has a dashboard on a database
# of its own; counts makes those that are missing and takes away those of counts that are gone. colours gives each dashboard the
# colours of the count that is there now (after `teller init`). start and counts do both.
# shellcheck source=stack/counts.sh
. "$(dirname "${BASH_SOURCE[0]}")/counts.sh"
need stack curl

home=$run/superset
log=$home/superset.log
as() { echo "sslmode=verify-full&sslrootcert=$secrets/ca.crt&sslcert=$secrets/$1.crt&sslkey=$secrets/$1.key"; }

environment() {
  secret superset.secret_key && export SUPERSET_SECRET_KEY=$secret
  secret superset.admin && export SUPERSET_ADMIN_PASSWORD=$secret
  secret superset.observer && export SUPERSET_OBSERVER_PASSWORD=$secret
  secret superset.analyst && export SUPERSET_ANALYST_PASSWORD=$secret
  secret superset.auditor && export SUPERSET_AUDITOR_PASSWORD=$secret
  export SUPERSET_HOME=$home HOME=$home PYTHONDONTWRITEBYTECODE=1
  export SUPERSET_CONFIG_PATH=$stack/superset_config.py
  SUPERSET_METADATA_URI="postgresql+psycopg2://superset@localhost:$POSTGRES_PORT/superset?$(as superset-account)"
  TELLER_READER_URI="postgresql+psycopg2://teller_reader@localhost:$POSTGRES_PORT/teller?$(as teller_reader)"
  TELLER_AUDITOR_URI="postgresql+psycopg2://teller_auditor@localhost:$POSTGRES_PORT/teller?$(as teller_auditor)"
  export SUPERSET_METADATA_URI TELLER_READER_URI TELLER_AUDITOR_URI SUPERSET_OIDC
  mapfile -t names < <(count_names)
}

# All that the last apply was made from.
sources() {
  {
    cat "$stack"/superset_*.py "$tree/packages/python/superset.txt" "$secrets"/superset.{secret_key,admin,observer,analyst,auditor}
    [ ! -d "$tree/view/superset" ] || find "$tree/view/superset" -type f -not -path '*/__pycache__/*' -print0 | sort -z | xargs -0 cat
    echo "$TELLER_READER_URI" "$TELLER_AUDITOR_URI" "${names[@]}"
  } | sha256sum
}

apply() {
  cmp -s <(sources) "$home/applied" && return
  "$venvs/superset/bin/python" "$stack/superset_apply.py" "$tree/view/superset" "${names[@]}" >"$home/apply.log" 2>&1 ||
    {
      tail -n 20 "$home/apply.log" >&2
      fail "the set-up failed; its log is $home/apply.log"
    }
  sources >"$home/applied"
  printf '%s\n' "${names[@]}" >"$home/counts" # Which have a dashboard.
  step superset "database, accounts and dashboards set up"
}

# The audit log begins with `teller init`, as the colours do: before it there is nothing that auditors could be given.
audit_logs() {
  local name
  for name in '' "${names[@]}"; do "$stack/postgres.sh" sql -d "teller${name:+_$name}" -f - <"$stack/postgres_auditor.sql" || fail "auditors could not be given the audit log of teller${name:+_$name}"; done
}

colours() {
  local name
  audit_logs
  for name in '' "${names[@]}"; do step superset "$("$venvs/superset/bin/python" "$tree/view/superset/colours.py" "$name")"; done
}

answers() { curl -fsS --max-time 2 --cacert "$secrets/ca.crt" "https://localhost:$SUPERSET_PORT/health"; }

# Puts "$@" before the command of its process.
process() {
  cd "$home" || exit
  unset SUPERSET_ADMIN_PASSWORD SUPERSET_OBSERVER_PASSWORD SUPERSET_ANALYST_PASSWORD SUPERSET_AUDITOR_PASSWORD
  "$@" "$venvs/superset/bin/python" -m gunicorn --config "$stack/superset_gunicorn.py" \
    --workers "$SUPERSET_WORKERS" --worker-class gthread --threads 8 \
    --timeout 60 --graceful-timeout 3 --worker-tmp-dir /dev/shm --bind "127.0.0.1:$SUPERSET_PORT" \
    --certfile "$secrets/superset.crt" --keyfile "$secrets/superset.key" 'superset.app:create_app()'
}

start() {
  prepare_state
  mkdir -p "$home"
  environment
  apply
  colours
  if alive superset && answers >/dev/null 2>&1; then
    step superset "already up"
    return
  fi
  alive superset || claim superset "$SUPERSET_PORT"
  # Threads wait for PostgreSQL, they do not compute: one process serves a room of people.
  alive superset || (process launch superset "$log")
  wait_for superset "$log" 300 answers
  step superset "ready on https://localhost:$SUPERSET_PORT"
}

case ${1:-} in
  start) start ;;
  stop) halt TERM 15 superset ;;
  # Another process of it, on the same data and on a port of its own, until it is ended: to try settings (SUPERSET_OIDC).
  try)
    environment
    SUPERSET_PORT=${2:?a port} process exec
    ;;
  colours) environment && colours ;;
  counts)
    environment
    apply
    colours
    ;;
  status) status_row superset "$SUPERSET_PORT" ;;
  *)
    echo "usage: $0 start|stop|status|colours|counts|try PORT" >&2
    exit 2
    ;;
esac

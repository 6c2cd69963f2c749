#!/usr/bin/env bash
# All servers of the service form on this machine: stack/stack.sh COMMAND
#
#   start [SERVER...]   installs what is missing, then starts what is not running: kafka postgres elasticsearch spark
#                       board superset (all of them when none is named)
#   stop                stops our own processes and all servers; what they have stored stays
#   status              a table: name, pid, memory, port, state; and the sum of memory
#   clean [--count ID]  stop, and delete everything they have stored (.stack). A count that is `live` or a `rehearsal` is
#                       deleted only if its id is typed out (--count once for each); else nothing is stopped or deleted
#   kill NAME           kill -9 of one process of the table, as a test of what happens then
#   start-one NAME      starts that one again
#
# `start` after anything, a kill -9 or a reboot included, brings up what is down and leaves the rest alone.
# Exit codes: 0 done, 2 wrong usage, 3 could not finish.
# shellcheck source=stack/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need stack python3

all=(kafka postgres elasticsearch spark board superset)

usage() {
  sed -n '2,/^# shellcheck/{/^# shellcheck/d;s/^# \{0,1\}//;p}' "$0" >&2
  exit 2
}

# One at a time: two starts would both find a server down.
lock() {
  prepare_state
  exec 9>"$state/lock"
  flock -w 600 9 || fail "another stack.sh has been at work for ten minutes"
}

start() {
  local chosen=("$@") server what=(stack) jobs=() job bad=()
  [ ${#chosen[@]} -gt 0 ] || chosen=("${all[@]}")
  for server in "${chosen[@]}"; do
    case " ${all[*]} " in *" $server "*) ;; *) fail "no such server: $server (${all[*]})" ;; esac
    case $server in spark | board | superset) what+=("$server") ;; esac
  done
  "$tree/packages/install.sh" "${what[@]}"
  lock
  "$stack/certificates.sh" start
  "$stack/teller.sh" config
  has() { case " ${chosen[*]} " in *" $1 "*) ;; *) return 1 ;; esac }
  # Side by side; board and Superset need PostgreSQL first.
  for server in elasticsearch kafka spark; do
    if has "$server"; then
      "$stack/$server.sh" start &
      jobs+=("$!:$server")
    fi
  done
  if has postgres && ! "$stack/postgres.sh" start; then bad+=(postgres); fi
  for server in board superset; do
    if has "$server" && [ ${#bad[@]} = 0 ]; then
      "$stack/$server.sh" start &
      jobs+=("$!:$server")
    fi
  done
  for job in "${jobs[@]}"; do wait "${job%%:*}" || bad+=("${job#*:}"); done
  [ ${#bad[@]} = 0 ] || fail "not started: ${bad[*]} (what it said is above); when that is mended, make stack starts what is down"
  step stack "ready: ${chosen[*]}"
}

stop() {
  local server jobs=()
  "$stack/teller.sh" stop
  for server in superset board spark elasticsearch kafka; do
    "$stack/$server.sh" stop &
    jobs+=($!)
  done
  for server in "${jobs[@]}"; do wait "$server"; done
  "$stack/postgres.sh" stop
  step stack stopped
}

status() {
  local server rows
  rows=$(for server in kafka postgres elasticsearch spark board superset teller; do "$stack/$server.sh" status; done)
  printf '%-16s %8s %8s %6s  %s\n' server pid MiB port state
  printf '%s\n' "$rows"
  awk '{ sum += $3 } END { printf "%-16s %8s %8d\n", "together", "", sum }' <<<"$rows"
}

# must_be_named ID...: fails unless each live or rehearsed count that the servers hold is one of these. A count is known by its
# home and by its rows in PostgreSQL (its home may lie elsewhere), which is started to be asked.
must_be_named() {
  local given=" ${*,,} " home=$state/count/count.json held='' database databases id mode unnamed=()
  if [ -e "$home" ]; then
    held=$(python3 -c 'import json, sys; of = json.load(open(sys.argv[1])); print(of["id"].lower(), of["mode"])' "$home" 2>/dev/null) ||
      fail "nothing was deleted: $home cannot be read, so nobody knows whether its count is live. Bring it back from a backup; if nothing in $state is wanted, stop the servers and remove that folder by hand"
  fi
  if [ -e "$run/postgres/made" ]; then
    asked() { "$stack/postgres.sh" sql -AtF ' ' "$@" || fail "nothing was deleted: PostgreSQL cannot be asked whether it holds a live count (what it said is above)"; }
    "$stack/postgres.sh" start >/dev/null
    databases=$(asked -d postgres -c "SELECT datname FROM pg_database WHERE datallowconn AND datname <> 'template1'")
    for database in $databases; do
      [ "$(asked -d "$database" -c "SELECT to_regclass('teller.head') IS NOT NULL")" != f ] || continue
      held+=$'\n'$(asked -d "$database" -c "SELECT encode(count_id, 'hex'), mode FROM teller.head")
    done
  fi
  while read -r id mode; do
    case $mode in live | rehearsal) ;; *) continue ;; esac
    case "$given ${unnamed[*]} " in *" $id "*) continue ;; esac
    unnamed+=("$id")
    echo "the servers hold count $id, which is ${mode/rehearsal/a rehearsal}" >&2
  done <<<"$held"
  [ ${#unnamed[@]} = 0 ] ||
    fail "nothing was stopped or deleted. Keep a copy of what is wanted (docs/guides/backup-and-restore.md); what may go for good goes with: make stack-clean COUNT='${unnamed[*]}'"
}

script_of() {
  case $1 in
    kafka-?) echo kafka ;;
    spark-*) echo spark ;;
    gateway | inbox | count | publish | log | reconcile) echo teller ;;
    postgres | elasticsearch | board | superset) echo "$1" ;;
    *) fail "no such process: $1" ;;
  esac
}

case ${1:-} in
  start)
    shift
    start "$@"
    ;;
  stop)
    lock
    stop
    ;;
  status) status ;;
  clean)
    shift
    named=()
    while [ $# -gt 0 ]; do
      if [ "$1" != --count ] || [ $# -lt 2 ]; then usage; fi
      named+=("$2")
      shift 2
    done
    [ -d "$state" ] || exit 0
    lock
    must_be_named "${named[@]}"
    stop
    rm -rf "$state" "$elsewhere" # elsewhere: only there when the tree is private
    ;;
  kill)
    script_of "${2:?name}" >/dev/null
    alive "$2" || fail "$2 is not running"
    kill -9 "$pid"
    step "$2" "killed ($pid)"
    ;;
  start-one) script=$(script_of "${2:?name}") && lock && "$stack/$script.sh" start "$2" ;;
  *) usage ;;
esac

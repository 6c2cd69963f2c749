#!/usr/bin/env bash
# All servers of the service form on this machine: stack/stack.sh COMMAND
#
#   start [SERVER...]   installs what is missing, then starts what is not running: kafka postgres elasticsearch spark
#                       board superset (all of them when none is named)
#   stop                stops our own processes, of every count, and all servers; what they have stored stays
#   status              a table: name, pid, memory, port, state, of each count too; and the sum of memory
#   clean [--count ID]  stop, and delete everything they have stored (.stack). A count that is `live` or a `rehearsal` is
#                       deleted only if its id is typed out (--count once for each); else nothing is stopped or deleted
#   kill NAME           kill -9 of one process of the table, as a test of what happens then
#   start-one NAME      starts that one again
#
# `start` after anything, a kill -9 or a reboot included, brings up what is down and leaves the rest alone.
# Exit codes: 0 done, 2 wrong usage, 3 could not finish.
# shellcheck source=stack/counts.sh
. "$(dirname "${BASH_SOURCE[0]}")/counts.sh"
need stack python3

all=(kafka postgres elasticsearch spark board superset)

usage() {
  sed -n '2,/^# shellcheck/{/^# shellcheck/d;s/^# \{0,1\}//;p}' "$0" >&2
  exit 2
}

start() {
  local chosen=("$@") server name what=(stack) jobs=() job bad=()
  [ ${#chosen[@]} -gt 0 ] || chosen=("${all[@]}")
  for server in "${chosen[@]}"; do
    case " ${all[*]} " in *" $server "*) ;; *) fail "no such server: $server (${all[*]})" ;; esac
    case $server in spark | board | superset) what+=("$server") ;; esac
  done
  "$tree/packages/install.sh" "${what[@]}"
  lock
  "$stack/certificates.sh" start
  "$stack/teller.sh" config
  for name in $(count_names); do "$stack/teller.sh" --count "$name" config; done
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
  local server name jobs=()
  "$stack/teller.sh" stop
  for name in $(count_names); do "$stack/teller.sh" --count "$name" stop; done
  for server in superset board spark elasticsearch kafka; do
    "$stack/$server.sh" stop &
    jobs+=($!)
  done
  for server in "${jobs[@]}"; do wait "$server"; done
  "$stack/postgres.sh" stop
  step stack stopped
}

status() {
  local server name rows
  rows=$(
    for server in kafka postgres elasticsearch spark board superset teller; do "$stack/$server.sh" status; done
    for name in $(count_names); do "$stack/teller.sh" --count "$name" status; done
  )
  printf '%-16s %8s %8s %6s  %s\n' server pid MiB port state
  printf '%s\n' "$rows"
  awk '{ sum += $3 } END { printf "%-16s %8s %8d\n", "together", "", sum }' <<<"$rows"
}

# held: "id mode" of every count that the servers hold. A count is known by its home and by its rows in PostgreSQL (its home may
# lie elsewhere), which is started to be asked.
held() {
  local name database databases
  in_home "$state/count"
  for name in $(count_names); do in_home "$state/count-$name"; done
  [ -e "$run/postgres/made" ] || return 0
  "$stack/postgres.sh" start >/dev/null
  databases=$("$stack/postgres.sh" sql -At -d postgres -c "SELECT datname FROM pg_database WHERE datallowconn AND datname <> 'template1'") ||
    fail "nothing was deleted: PostgreSQL cannot be asked whether it holds a live count (what it said is above)"
  for database in $databases; do in_database "$database"; done
}

# of_process NAME: `script`, a list of words, is what starts it.
of_process() {
  case $1 in
    kafka-?) script=("$stack/kafka.sh" start "$1") ;;
    spark-*) script=("$stack/spark.sh" start "$1") ;;
    gateway | inbox | count | publish | log | reconcile) script=("$stack/teller.sh" start "$1") ;;
    *.gateway | *.inbox | *.count | *.publish | *.log | *.reconcile | *.board)
      script=("$stack/teller.sh" --count "${1%.*}" start "${1##*.}")
      ;;
    postgres | elasticsearch | board | superset) script=("$stack/$1.sh" start) ;;
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
    held=$(held)
    must_be_named "$held" "make stack-clean COUNT='@'" "${named[@]}"
    stop
    rm -rf "$state" "$elsewhere" # elsewhere: only there when the tree is private
    ;;
  kill)
    of_process "${2:?name}"
    alive "$2" || fail "$2 is not running"
    kill -9 "$pid"
    step "$2" "killed ($pid)"
    ;;
  start-one)
    of_process "${2:?name}"
    lock
    "${script[@]}"
    ;;
  *) usage ;;
esac

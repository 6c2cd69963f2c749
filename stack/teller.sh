#!/usr/bin/env bash
# Our own processes beside the servers: stack/teller.sh [--count NAME] start [PROCESS...]|stop [PROCESS...]|status|config|create|held|delete
#
#   gateway   takes entries over HTTPS into the topic `entries`
#   inbox     takes outside producers' JSON from the topic `inbox` into `entries`; /metrics on INBOX_PORT
#   api       takes deliveries of result sheets, and says what became of what was sent, on API_PORT
#   count     the Spark driver: counts, and commits to PostgreSQL
#   publish   signs statements and fills Elasticsearch
#   log       keeps the public log (tiles) up to date and serves it on LOG_PORT
#   reconcile holds all of them against each other once a minute; /metrics on RECONCILE_PORT
#   board     of a count with a name: its own. The board of the one without is a server of the stack
#
# One that ends by a fault is started again (keep.sh; a kill -9 is such a fault); `stop` ends it for good, and status says how
# often it was.
#
# config writes .stack/teller.toml, which they and every other `teller` command read. They need a count (`teller init`)
# and its topics (`teller topics create`) first.
#
# Another count on the same servers has a name: --count NAME, before the action (counts.sh says what follows from it).
#   create           makes what it has on the servers: database, rights on its topics, .stack/teller-NAME.toml (its
#                    dashboard: superset.sh counts).
#                    COUNT_CORES, COUNT_SENDERS (station) and COUNT_CLERKS (clerk) are kept for it, in .stack/counts/NAME
#   held             says which count it is, if it was begun: its id and mode
#   delete [--count ID]  stops its processes and deletes all it has, on the servers and here; no other count is touched. One that
#                    is `live` or a `rehearsal` goes only if its id is typed out
# Both without --count NAME before them: of the count without a name.
# shellcheck source=stack/counts.sh
. "$(dirname "${BASH_SOURCE[0]}")/counts.sh"
need stack ps

names=(gateway inbox api count publish log reconcile)
program=$tree/build/release/teller
jar=$tree/spark/target/teller-spark.jar

brokers() {
  local n joined=
  for n in 1 2 3; do joined+=${joined:+,}localhost:$((KAFKA_PORT_BASE + 100 * n + 3)); done
  echo "$joined"
}

write_config() {
  prepare_state
  mkdir -p "$count_home"/{segments,published}
  # Of a count with a name, what its topics are called follows from it.
  local name_line='' topic_lines=$'entries = "entries"\ninbox = "inbox"\nrefused = "refused"\n'
  [ -z "$count" ] || name_line="name = \"$count\""$'\n' topic_lines=''
  cat >"$config.new" <<CONF
# Where the programs of this count find its servers. Written by stack/teller.sh config; no secret stands in it.
[count]
home = "$count_home"
$name_line
[kafka]
brokers = "$(brokers)"
ca = "$secrets/ca.crt"
identities = "$secrets"               # <name>.crt and <name>.key; a process uses its own name
${topic_lines}replication = 3
min_in_sync = 2

[postgres]
conninfo = "host=localhost port=$POSTGRES_PORT dbname=$database sslmode=verify-full sslrootcert=$secrets/ca.crt"
identities = "$secrets"               # <role>.crt and <role>.key

[elasticsearch]
url = "https://localhost:$ELASTICSEARCH_PORT"
ca = "$secrets/ca.crt"
user = "publisher"
password_file = "$secrets/elastic.publisher"

[gateway]
listen = "127.0.0.1:$gateway_port"
certificate = "$secrets/server.crt"
key = "$secrets/server.key"
client_ca = "$secrets/ca.crt"         # the sender is the CN of the client's certificate
senders = [$senders]                 # of all who have one, who may send entries

[api]
listen = "127.0.0.1:$api_port"
certificate = "$secrets/server.crt"
key = "$secrets/server.key"
client_ca = "$secrets/ca.crt"
senders = [$clerks]                   # who may deliver result sheets, and read

[segments]
directory = "$count_home/segments"   # a folder that every Spark host mounts

[published]
directory = "$count_home/published"
CONF
  mv "$config.new" "$config"
}

# -------------------------------------------------------------------------------------------------- processes

# These say nothing when they are ready: what is wrong with their configuration ends them at once.
settled() { alive "$1" && [ "$(ps -o etimes= -p "$pid")" -ge 2 ]; }

start_driver() {
  local log=$1
  [ -s "$jar" ] || fail "spark/target/teller-spark.jar is not built; tools/build.sh service"
  must_have_a_core "${process}count"
  claim "${process}count" "$page_port"
  # spark.sh submit becomes the driver's JVM: no shell stays between.
  TELLER_LIBRARY=$tree/build/release/libteller.so launch_kept "${process}count" "$log" "$stack/spark.sh" submit \
    --driver-java-options "$SPARK_DRIVER_JAVA" \
    --conf spark.cores.max="$cores" --conf spark.ui.port="$page_port" \
    --class org.teller.spark.CountJob "$jar" "$config"
  wait_for "${process}count" "$log" 300 listening "$page_port" # the driver's page: it has a Spark session
}

# start_program PROCESS PORT|- LOG ARGUMENTS...
start_program() {
  local name=$process$1 port=$2 log=$3
  shift 3
  [ -x "$program" ] || fail "build/release/teller is not built; tools/build.sh service"
  [ "$port" = - ] || claim "$name" "$port"
  launch_kept "$name" "$log" "$program" "$@" --config "$config"
  if [ "$port" = - ]; then wait_for "$name" "$log" 60 settled "$name"; else wait_for "$name" "$log" 60 listening "$port"; fi
}

start_one() {
  local log=$logs/$1.log
  if alive "$process$1"; then
    step "$process$1" "already up"
    return
  fi
  mkdir -p "$logs"
  case $1 in
    count) start_driver "$log" ;;
    gateway) start_program gateway "$gateway_port" "$log" gateway ;;
    api) start_program api "$api_port" "$log" api ;;
    inbox) start_program inbox "$inbox_port" "$log" gateway --inbox --listen "127.0.0.1:$inbox_port" ;;
    publish) start_program publish - "$log" publish ;;
    log) start_program log "$log_port" "$log" log serve --listen "127.0.0.1:$log_port" ;;
    reconcile) start_program reconcile "$reconcile_port" "$log" reconcile --every 60 --listen "127.0.0.1:$reconcile_port" ;;
    board)
      [ -n "$count" ] || fail "the board of the count without a name is a server: stack/board.sh start"
      "$stack/board.sh" --count "$count" start
      return
      ;;
    *) fail "no such process: $1 (${names[*]})" ;;
  esac
  step "$process$1" "running, log $log"
}

status() {
  local name
  status_row "${process}gateway" "$gateway_port"
  status_row "${process}api" "$api_port"
  status_row "${process}log" "$log_port"
  status_row "${process}reconcile" "$reconcile_port"
  status_row "${process}inbox" "$inbox_port"
  for name in count publish; do status_row "$process$name" -; done
  [ -z "$count" ] || status_row "${process}board" "$board_port"
}

# ------------------------------------------------------------------------------------- another count, and its end

# What is set up must be up: else a part of a count would stay behind.
must_be_up() {
  local name
  for name in postgres elasticsearch; do
    [ ! -e "$run/$name" ] || alive "$name" || fail "$name is not up: stack/stack.sh start $name, then this again"
  done
  [ ! -e "$run/kafka/formatted" ] || alive kafka-1 || alive kafka-2 || alive kafka-3 || fail "Kafka is not up: stack/stack.sh start kafka, then this again"
}

# create, and again: what is there stays.
create() {
  local name=$1 slot
  must_be_a_name "$name"
  lock
  must_be_up
  mkdir -p "$state/counts"
  if [ ! -s "$state/counts/$name" ]; then
    for ((slot = 1; slot <= slots; slot++)); do grep -qsx "SLOT=$slot" "$state"/counts/* || break; done
    [ "$slot" -le "$slots" ] || fail "there are $slots counts with a name already ($(count_names | tr '\n' ' ')); delete one first"
    printf 'SLOT=%s\nCORES=%s\nSENDERS=%s\nCLERKS=%s\n' "$slot" "$COUNT_CORES" "${COUNT_SENDERS:-station}" "${COUNT_CLERKS:-clerk}" >"$state/counts/$name"
  fi
  of_count "$name"
  [ ! -e "$run/postgres/made" ] || "$stack/postgres.sh" database "$database"
  [ ! -e "$run/kafka/formatted" ] || "$stack/kafka.sh" allow "$topics"
  write_config
  step "$count" "gateway $gateway_port, API $api_port, board $board_port, $config"
}

# "id mode" of the count: of its home, and of its database.
held() {
  in_home "$count_home"
  [ -e "$run/postgres/made" ] || return 0
  "$stack/postgres.sh" start >/dev/null
  [ "$("$stack/postgres.sh" sql -At -d postgres -c "SELECT count(*) FROM pg_database WHERE datname = '$database'")" = 0 ] || in_database "$database"
}

# Again after a failure: what is gone already is no fault. The home last, since it knows the count's id.
delete() {
  local held id
  lock
  must_be_up
  held=$(held)
  must_be_named "$held" "stack/teller.sh ${count:+--count $count }delete --count @" "$@"
  halt TERM 30 "${names[@]/#/$process}"
  [ ! -e "$run/kafka/formatted" ] || "$stack/kafka.sh" forget "$topics"
  if [ -e "$run/elasticsearch" ]; then
    while read -r id _; do
      [ -z "$id" ] || "$stack/elasticsearch.sh" forget "${count:+-$count}-${id:0:8}"
    done < <(sort -u <<<"$held")
  fi
  if [ -e "$run/postgres/made" ]; then
    "$stack/postgres.sh" drop-database "$database"
    [ -n "$count" ] || "$stack/postgres.sh" database "$database"
  fi
  rm -rf "$count_home"
  if [ -n "$count" ]; then
    rm -rf "$config" "$logs" "$state/counts/$count"
    ! grep -qsx "$count" "$run/superset/counts" || "$stack/superset.sh" counts
  else
    write_config
  fi
  step "${count:-the count}" "is deleted"
}

name=
if [ "${1:-}" = --count ]; then
  name=${2:?name}
  shift 2
fi
action=${1:-}
[ $# = 0 ] || shift
if [ "$action" = create ] && [ $# = 0 ]; then
  create "$name"
  exit
fi
of_count "$name"
[ -z "$count" ] || names+=(board)
chosen=("$@")
[ ${#chosen[@]} -gt 0 ] || chosen=("${names[@]}")
case $action in
  start)
    write_config
    for name in "${chosen[@]}"; do start_one "$name"; done
    ;;
  stop) halt TERM 30 "${chosen[@]/#/$process}" ;;
  status) status ;;
  config) write_config ;;
  held) held | sort -u ;;
  delete)
    given=()
    while [ $# -gt 0 ]; do
      if [ "$1" != --count ] || [ $# -lt 2 ]; then fail "after delete only --count ID"; fi
      given+=("$2")
      shift 2
    done
    delete "${given[@]}"
    ;;
  *)
    echo "usage: $0 [--count NAME] start [PROCESS...]|stop [PROCESS...]|status|config|create|held|delete [--count ID]" >&2
    exit 2
    ;;
esac

#!/usr/bin/env bash
# Our own processes beside the servers: stack/teller.sh start [NAME...]|stop [NAME...]|status|config
#
#   gateway   takes entries over HTTPS into the topic `entries`
#   inbox     takes outside producers' JSON from the topic `inbox` into `entries`
#   count     the Spark driver: counts, and commits to PostgreSQL
#   publish   signs statements and fills Elasticsearch
#   log       keeps the public log (tiles) up to date and serves it on LOG_PORT
#   reconcile holds all of them against each other once a minute; /metrics on RECONCILE_PORT
#
# One that ends by a fault is started again (keep.sh; a kill -9 is such a fault); `stop` ends it for good, and status says how
# often it was.
#
# config writes .stack/teller.toml, which they and every other `teller` command read. They need a count (`teller init`)
# and its topics (`teller topics create`) first.
# shellcheck source=stack/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need stack ps

names=(gateway inbox count publish log reconcile)
program=$tree/build/release/teller
jar=$tree/spark/target/teller-spark.jar
config=$state/teller.toml
logs=$run/teller

brokers() {
  local n joined=
  for n in 1 2 3; do joined+=${joined:+,}localhost:$((KAFKA_PORT_BASE + 100 * n + 3)); done
  echo "$joined"
}

write_config() {
  prepare_state
  mkdir -p "$state"/count/{segments,published}
  cat >"$config.new" <<CONF
# Where the programs of this count find its servers. Written by stack/teller.sh config; no secret stands in it.
[count]
home = "$state/count"

[kafka]
brokers = "$(brokers)"
ca = "$secrets/ca.crt"
identities = "$secrets"               # <name>.crt and <name>.key; a process uses its own name
entries = "entries"
inbox = "inbox"
refused = "refused"
replication = 3
min_in_sync = 2

[postgres]
conninfo = "host=localhost port=$POSTGRES_PORT dbname=teller sslmode=verify-full sslrootcert=$secrets/ca.crt"
passfiles = "$secrets"                # <role>.pgpass

[elasticsearch]
url = "https://localhost:$ELASTICSEARCH_PORT"
ca = "$secrets/ca.crt"
user = "publisher"
password_file = "$secrets/elastic.publisher"

[gateway]
listen = "127.0.0.1:$GATEWAY_PORT"
certificate = "$secrets/server.crt"
key = "$secrets/server.key"
client_ca = "$secrets/ca.crt"         # the sender is the CN of the client's certificate
senders = ["station"]                 # of all who have one, who may send entries

[segments]
directory = "$state/count/segments"   # a folder that every Spark host mounts

[published]
directory = "$state/count/published"
CONF
  mv "$config.new" "$config"
}

# These say nothing when they are ready: what is wrong with their configuration ends them at once.
settled() { alive "$1" && [ "$(ps -o etimes= -p "$pid")" -ge 2 ]; }

start_one() {
  local name=$1 log=$logs/$1.log
  if alive "$name"; then
    step "$name" "already up"
    return
  fi
  mkdir -p "$logs"
  case $name in
    count)
      [ -s "$jar" ] || fail "spark/target/teller-spark.jar is not built; tools/build.sh service"
      # spark.sh submit becomes the driver's JVM: no shell stays between.
      TELLER_LIBRARY=$tree/build/release/libteller.so launch_kept count "$log" "$stack/spark.sh" submit \
        --driver-java-options "-XX:+UseSerialGC -XX:TieredStopAtLevel=1" \
        --class org.teller.spark.CountJob "$jar" "$config"
      wait_for count "$log" 300 listening $((SPARK_PAGE_PORT + 7)) # the driver's page: it has a Spark session
      ;;
    *)
      [ -x "$program" ] || fail "build/release/teller is not built; tools/build.sh service"
      case $name in
        gateway)
          claim gateway "$GATEWAY_PORT"
          launch_kept gateway "$log" "$program" gateway --config "$config"
          ;;
        inbox) launch_kept inbox "$log" "$program" gateway --inbox --config "$config" ;;
        publish) launch_kept publish "$log" "$program" publish --config "$config" ;;
        log)
          claim log "$LOG_PORT"
          launch_kept log "$log" "$program" log serve --config "$config" --listen "127.0.0.1:$LOG_PORT"
          ;;
        reconcile)
          claim reconcile "$RECONCILE_PORT"
          launch_kept reconcile "$log" "$program" reconcile --config "$config" --every 60 --listen "127.0.0.1:$RECONCILE_PORT"
          ;;
        *) fail "no such process: $name (${names[*]})" ;;
      esac
      case $name in
        gateway) wait_for gateway "$log" 60 listening "$GATEWAY_PORT" ;;
        log) wait_for log "$log" 60 listening "$LOG_PORT" ;;
        reconcile) wait_for reconcile "$log" 60 listening "$RECONCILE_PORT" ;;
        *) wait_for "$name" "$log" 60 settled "$name" ;;
      esac
      ;;
  esac
  step "$name" "running, log $log"
}

action=${1:-}
[ $# = 0 ] || shift
chosen=("$@")
[ ${#chosen[@]} -gt 0 ] || chosen=("${names[@]}")
case $action in
  start)
    write_config
    for name in "${chosen[@]}"; do start_one "$name"; done
    ;;
  stop) halt TERM 30 "${chosen[@]}" ;;
  status)
    status_row gateway "$GATEWAY_PORT"
    status_row log "$LOG_PORT"
    status_row reconcile "$RECONCILE_PORT"
    for name in inbox count publish; do status_row "$name" -; done
    ;;
  config) write_config ;;
  *)
    echo "usage: $0 start [NAME...]|stop [NAME...]|status|config" >&2
    exit 2
    ;;
esac

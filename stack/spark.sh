#!/usr/bin/env bash
# Spark 4.2.0 standalone, a master and workers: stack/spark.sh start [NAME...]|stop|status|submit ARGS...
#
# Spark's distribution is the Python package pyspark in build/venv/spark. Everything is on 127.0.0.1; whoever wants to
# submit work, or poses as a worker, needs the shared secret (spark.authenticate), and what they say is encrypted. The
# secret stands in run/spark/conf/spark-defaults.conf (0600) and reaches executors through their environment; what the master
# keeps of a running job (run/spark/recovery, 0700) has that in it too, and goes at stop.
# submit is spark-submit with this cluster's configuration; a job that counts is started by stack/teller.sh.
# shellcheck source=stack/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

home=$run/spark
kafka_client=$cache/kafka-clients-3.9.2
workers=() more_workers=()
for ((n = 1; n <= SPARK_WORKERS; n++)); do workers+=("spark-worker-$n"); done
# One that was added by a larger SPARK_WORKERS and is still there.
for more in "$run"/pids/spark-worker-*; do
  if [ -e "$more" ] && [ "${more##*-}" -gt "$SPARK_WORKERS" ]; then more_workers+=("${more##*/}"); fi
done

export JAVA_HOME SPARK_HOME
JAVA_HOME=$(java_home)
SPARK_HOME=$(echo "$venvs"/spark/lib/python3.*/site-packages/pyspark)
export PYSPARK_PYTHON=$venvs/spark/bin/python SPARK_LOCAL_IP=127.0.0.1 SPARK_CONF_DIR=$home/conf SPARK_LOCAL_DIRS=$home/local
export SPARK_DAEMON_MEMORY=$SPARK_DAEMON_HEAP SPARK_DAEMON_JAVA_OPTS="$SPARK_DAEMON_JAVA -XX:+ExitOnOutOfMemoryError"

configure() {
  mkdir -p "$home"/{conf,local,work,logs,recovery}
  secret spark.cluster
  cat >"$home/conf/spark-defaults.conf" <<CONF
spark.master                      spark://127.0.0.1:$SPARK_PORT
spark.authenticate                true
spark.authenticate.secret         $secret
spark.network.crypto.enabled      true
spark.network.crypto.cipher       AES/GCM/NoPadding
spark.network.crypto.saslFallback  false
spark.io.encryption.enabled       true
spark.master.rest.enabled         false
spark.driver.host                 127.0.0.1
spark.driver.bindAddress          127.0.0.1
spark.driver.memory               $SPARK_DRIVER_MEMORY
spark.executor.memory             $SPARK_EXECUTOR_MEMORY
spark.executor.cores              1
spark.cores.max                   $SPARK_WORKERS
spark.sql.shuffle.partitions      $SPARK_WORKERS
spark.ui.port                     $((SPARK_PAGE_PORT + 7))
spark.ui.killEnabled              false
spark.ui.showConsoleProgress      false
# What the master knows survives it: its workers, and the running job with its executors, which count on meanwhile. Whoever
# has not answered after 10 s (60 s by default, and nobody gets an executor before) was killed too.
spark.deploy.recoveryMode         FILESYSTEM
spark.deploy.recoveryDirectory    $home/recovery
spark.deploy.recoveryTimeout      10s
spark.worker.cleanup.enabled      true
spark.worker.cleanup.interval     300
spark.worker.cleanup.appDataTtl   600
spark.driver.extraClassPath       $kafka_client/*
spark.executor.extraClassPath     $kafka_client/*
spark.driver.extraLibraryPath     $tree/build/release
spark.executor.extraLibraryPath   $tree/build/release
spark.executorEnv.TELLER_LIBRARY  $tree/build/release/libteller.so
CONF
  {
    log4j2_to_stderr '%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex'
    echo logger.worker.name=org.apache.spark.deploy
    echo logger.worker.level=INFO
    echo logger.native.name=org.apache.hadoop.util.NativeCodeLoader
    echo logger.native.level=ERROR
  } >"$home/conf/log4j2.properties"
}

start_master() {
  claim spark-master "$SPARK_PORT" "$SPARK_PAGE_PORT"
  launch spark-master "$home/logs/master.log" "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.master.Master \
    --host 127.0.0.1 --port "$SPARK_PORT" --webui-port "$SPARK_PAGE_PORT" --properties-file "$home/conf/spark-defaults.conf"
  wait_for spark-master "$home/logs/master.log" 300 listening "$SPARK_PORT"
}

start_worker() { # NAME
  local n=${1##*-}
  claim "$1" $((SPARK_PORT + n)) $((SPARK_PAGE_PORT + n))
  # What an application that is gone left behind (a copy of its jars, its logs).
  rm -rf "$home/work/$n" "$home/local/$n"
  mkdir -p "$home/work/$n" "$home/local/$n"
  SPARK_LOCAL_DIRS=$home/local/$n launch "$1" "$home/logs/worker-$n.log" \
    "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --port $((SPARK_PORT + n)) \
    --cores 1 --memory "$SPARK_EXECUTOR_MEMORY" --webui-port $((SPARK_PAGE_PORT + n)) --work-dir "$home/work/$n" \
    --properties-file "$home/conf/spark-defaults.conf" "spark://127.0.0.1:$SPARK_PORT"
}

registered() { grep -q 'Successfully registered with master' "$1"; }

start() {
  prepare_state
  local asleep=() only=" $* " name
  wanted() { [ "$only" = "  " ] || case $only in *" $1 "*) ;; *) return 1 ;; esac }
  for name in spark-master "${workers[@]}"; do if wanted "$name" && ! alive "$name"; then asleep+=("$name"); fi; done
  [ ${#asleep[@]} -gt 0 ] || {
    step spark "already up"
    return
  }
  configure
  for name in "${asleep[@]}"; do
    case $name in spark-master) start_master ;; *) start_worker "$name" ;; esac
  done
  for name in "${asleep[@]}"; do
    case $name in spark-worker-*)
      wait_for "$name" "$home/logs/worker-${name##*-}.log" 300 registered "$home/logs/worker-${name##*-}.log"
      ;;
    esac
  done
  step spark "${asleep[*]} ready on $SPARK_PORT (page $SPARK_PAGE_PORT)"
}

case ${1:-} in
  start)
    shift
    start "$@"
    ;;
  stop)
    halt TERM 15 "${workers[@]}" "${more_workers[@]}" spark-master
    rm -rf "$home/work" "$home/local" "$home/recovery"
    ;;
  status)
    status_row spark-master "$SPARK_PORT"
    for name in "${workers[@]}" "${more_workers[@]}"; do status_row "$name" $((SPARK_PORT + ${name##*-})); done
    ;;
  submit)
    shift
    exec "$SPARK_HOME/bin/spark-submit" "$@"
    ;;
  *)
    echo "usage: $0 start [NAME...]|stop|status|submit ARGUMENTS..." >&2
    exit 2
    ;;
esac

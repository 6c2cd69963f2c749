#!/usr/bin/env bash
# Starts the Spark job that counts: spark/run.sh TELLER.TOML
#
# Becomes the driver's JVM (no shell stays between). On the stack of one machine stack/teller.sh does this; here is what an
# operator runs against a Spark that exists already:
#
#   SPARK_HOME            default: the Python package pyspark in build/venv/spark
#   SPARK_MASTER          default: spark.master of SPARK_CONF_DIR, or spark://127.0.0.1:17077
#   TELLER_LIBRARY        default: build/release/libteller.so; the same path on every executor's host
#   TELLER_SPARK_JARS     folder of Kafka's client (a jar); default: where packages/install.sh puts them
#   TELLER_SPARK_CORES   cores that this driver takes; default: spark.cores.max of SPARK_CONF_DIR, or all that are free. Of two
#                        counts on one Spark each must be told, or the second waits for the first
#   TELLER_SPARK_RECORDS_MAX   journal records a round takes at most; default 1000 a partition
#   TELLER_SPARK_FROM_START    set to anything: reads the topic from 0 once more; what was counted is skipped
set -euo pipefail

[ $# = 1 ] || {
  echo "usage: $0 TELLER.TOML" >&2
  exit 2
}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(dirname "$here")

export SPARK_HOME=${SPARK_HOME:-$(echo "$tree"/build/venv/spark/lib/python3.*/site-packages/pyspark)}
export TELLER_LIBRARY=${TELLER_LIBRARY:-$tree/build/release/libteller.so}
jar=$here/target/teller-spark.jar
kafka_client=${TELLER_SPARK_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/teller/kafka-clients-3.9.2}
for needed in "$SPARK_HOME/bin/spark-submit" "$TELLER_LIBRARY" "$jar" "$kafka_client" "$1"; do
  [ -e "$needed" ] || {
    echo "run: $needed is not there" >&2
    exit 3
  }
done

# The driver works little and shall start quickly: one compiler, one collector thread.
options=(--class org.teller.spark.CountJob --driver-java-options "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
[ -z "${TELLER_SPARK_CORES:-}" ] || options+=(--conf "spark.cores.max=$TELLER_SPARK_CORES")
if [ -n "${SPARK_MASTER:-}" ]; then options+=(--master "$SPARK_MASTER"); fi
if [ -z "${SPARK_CONF_DIR:-}" ]; then
  [ -n "${SPARK_MASTER:-}" ] || options+=(--master spark://127.0.0.1:17077)
  export SPARK_LOCAL_IP=${SPARK_LOCAL_IP:-127.0.0.1}
  options+=(
    --driver-memory 768m --executor-memory 1g --executor-cores 1
    --conf "spark.driver.extraClassPath=$kafka_client/*" --conf "spark.executor.extraClassPath=$kafka_client/*"
    --conf spark.ui.enabled=false
  )
fi
exec "$SPARK_HOME/bin/spark-submit" "${options[@]}" "$jar" "$1"

#!/usr/bin/env bash
# Counts an export of the log once more, with Spark and without our library: recount/recount.sh EXPORT [--totals FILE] [--json]
#
#   RECOUNT_MASTER   default local[2]; `stack` is the cluster of stack/stack.sh, anything else a Spark master's address.
#                    On a cluster EXPORT must be a folder that every host mounts at the same path.
#   RECOUNT_MEMORY   of the driver (which locally does the work), default 1g
#
# Exit codes: 0 equal, 1 something differs, 2 wrong usage, 3 the recount could not be made. docs/guides/recount.md
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(dirname "$here")
python=$tree/build/venv/spark/bin/python
[ -x "$python" ] || {
  echo "recount: Spark is not installed here: packages/install.sh spark" >&2
  exit 3
}
export PYSPARK_PYTHON=$python PYSPARK_DRIVER_PYTHON=$python PYTHONDONTWRITEBYTECODE=1 SPARK_LOCAL_IP=127.0.0.1
SPARK_HOME=$("$python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')
export SPARK_HOME
options="--driver-java-options '-XX:+UseSerialGC -Dlog4j2.configurationFile=file:$here/log4j2.properties'"
case ${RECOUNT_MASTER:-local[2]} in
  stack) export SPARK_CONF_DIR=${TELLER_STATE:-$tree/.stack}/run/spark/conf ;; # has the master's address and secret
  *) options+=" --master ${RECOUNT_MASTER:-local[2]} --conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=4" ;;
esac
options+=" --conf spark.ui.showConsoleProgress=$([ -t 2 ] && echo true || echo false)"
# Not spark-submit: it would mix what goes to standard error into the output.
export PYSPARK_SUBMIT_ARGS="$options --driver-memory ${RECOUNT_MEMORY:-1g} pyspark-shell"
exec "$python" "$here/recount.py" "$@"

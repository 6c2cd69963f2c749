#!/usr/bin/env bash
# Counts Taiwan's presidential election of 2024 through Kafka, Spark, PostgreSQL and Elasticsearch:
# same table, same digest as `make demo`.
#
#   TELLER_TAKE=N   only the first N ballots (tests); the official totals are then not checked
#
# The servers go on afterwards: look at the board and at Superset, then `make stack-stop`. An earlier demo on them is deleted.
# Beside any other count the demo is a count of its own, called `demo`, with a Spark worker more; nothing else is touched.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=stack/counts.sh
. "$root/stack/counts.sh"
# shellcheck source=examples/taiwan-2024/replay.sh
. "$here/replay.sh"
need stack curl
teller=$root/build/release/teller

number_of() { "$teller" inspect --config "$config" --json | sed -n "s/^  \"$1\": \([0-9]*\).*/\1/p"; }

bold "Taiwan 2024, President: 17,795 polling stations, $(group "$take") ballots, through the servers"
echo "$label"

held=$("$root/stack/teller.sh" held)
name=$(name_for_demo "$held")
"$root/stack/stack.sh" start
ours=()
if [ -n "$name" ]; then
  bold "Another count is on the servers: the demo stands beside it and is called $name"
  ours=(--count "$name")
  COUNT_CORES=1 "$root/stack/teller.sh" "${ours[@]}" create
  SPARK_WORKERS=$((SPARK_WORKERS + 1)) "$root/stack/spark.sh" start
  held=$("$root/stack/teller.sh" "${ours[@]}" held)
fi
if [ -n "$held" ]; then
  bold "An earlier demo is on the servers: it is deleted"
  "$root/stack/teller.sh" "${ours[@]}" delete
  [ -z "$name" ] || COUNT_CORES=1 "$root/stack/teller.sh" "${ours[@]}" create
fi
of_count "$name"
gateway=https://localhost:$gateway_port
"$root/stack/teller.sh" "${ours[@]}" config
"$teller" init --config "$config" --rules "$here/rules.json.gz" \
  --presentation "$here/presentation.json" --mode demo --label "$label" --partitions 4 \
  --step-interval-ms 500 >/dev/null
"$teller" topics create --config "$config"
"$root/stack/superset.sh" counts
"$root/stack/teller.sh" "${ours[@]}" start

bold "Every ballot through the gateway (HTTPS, mTLS) into Kafka, counted by Spark"
begin=$(date +%s.%N)
"$teller" import "$here/president.csv.gz" --mapping "$here/mapping.toml" --home "$count_home" \
  --synthesise-ballots --take "$take" --out - 2>"$state/run/import.log" |
  "$teller" load - --to "$gateway" --ca "$secrets/ca.crt" --certificate "$secrets/station.crt" \
    --key "$secrets/station.key" --format packed --batch synthetic --in-flight 32 --expect "$take"
last=-1
quiet=0
until [ "$(number_of counted)" -ge "$take" ]; do
  now=$(number_of counted)
  [ ! -t 1 ] || printf '\r   counted %s of %s ' "$(group "$now")" "$(group "$take")"
  # Ten minutes without one more counted ballot: something is broken, and says so in its log.
  if [ "$now" = "$last" ]; then quiet=$((quiet + 1)); else quiet=0; fi
  [ "$quiet" -lt 600 ] || {
    echo "stack-demo: the count stands still; see $logs" >&2
    exit 3
  }
  last=$now
  sleep 1
done
end=$(date +%s.%N)
[ ! -t 1 ] || printf '\r'
printf '   counted %s of %s\n' "$(group "$(number_of counted)")" "$(group "$take")"

bold "The readers catch up"
commit=$(number_of commit)
read -r id _ < <(in_home "$count_home")
indexed() { # Elasticsearch's head document, written last
  curl -s --cacert "$secrets/ca.crt" -K - <<CURL |
user = "board:$(cat "$secrets/elastic.board")"
url = "https://localhost:$ELASTICSEARCH_PORT/teller${count:+-$count}-${id:0:8}-head/_search"
CURL
    sed -n 's/.*"commit_number":\([0-9]*\).*/\1/p'
}
for _ in $(seq 600); do
  [ "$(indexed)" != "$commit" ] || break
  sleep 0.5
done
[ "$(indexed)" = "$commit" ] || {
  echo "stack-demo: Elasticsearch is behind" >&2
  exit 3
}
echo "   Elasticsearch and the signed statement are at commit $commit"

public=http://127.0.0.1:$log_port/v1/log/checkpoint
for _ in $(seq 600); do
  curl -sf "$public" | cmp -s - "$count_home/published/checkpoint" && break
  sleep 0.5
done
curl -sf "$public" | cmp - "$count_home/published/checkpoint" ||
  {
    echo "stack-demo: the public log is behind" >&2
    exit 3
  }
echo "   and so is the public log: $public"

"$teller" verify --config "$config" >"$state/run/verify.log" || {
  cat "$state/run/verify.log" >&2
  exit 1
}
bold "The result"
"$teller" totals --config "$config"
echo
"$teller" inspect --config "$config" | sed '1,3d'
digest=$("$teller" digest --config "$config")
if [ "$take" = "$all" ]; then
  for line in lai-hsiao:5586019 hou-jaw:4671021 ko-wu:3690466; do
    "$teller" totals --config "$config" --format csv |
      grep -q "^president,${line%:*},.*,${line#*:},number," ||
      {
        echo "stack-demo: ${line%:*} does not have the official ${line#*:} votes" >&2
        exit 1
      }
  done
  [ "$digest" = "$(cat "$here/digest.txt")" ] ||
    {
      echo "stack-demo: the digest is not that of make demo" >&2
      exit 1
    }
  echo "These are the official totals of the Central Election Commission."
fi
awk -v n="$take" -v a="$begin" -v b="$end" \
  'BEGIN { printf "%d ballots through the servers in %.1f s, %d a second; digest\n", n, b - a, n / (b - a) }'
echo "$digest"
echo "$label"
cat <<NEXT

Look at it (the CA to trust is .stack/secrets/ca.crt):
  board     https://localhost:$board_port
  Superset  https://localhost:$SUPERSET_PORT/superset/dashboard/$dashboard/   user observer, password in .stack/secrets/superset.observer
  make stack-status, make stack-stop; stack/teller.sh${name:+ --count $name} delete takes the demo away again
NEXT

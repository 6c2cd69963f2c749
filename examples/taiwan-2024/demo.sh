#!/usr/bin/env bash
# Counts Taiwan's presidential election of 2024 in the embedded form, and shows that nothing can
# make the count wrong: the engine is killed half-way, everything is sent twice, and one byte of a
# copy of the log is flipped.
#
#   demo.sh           as fast as it goes
#   demo.sh --live    paced over five minutes, with the board (stays until Ctrl-C)
#   TELLER_TAKE=N     only the first N ballots (tests); the official totals are then not checked
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
teller=$root/build/release/teller
work=$root/build/demo
home=$work/count
label='REPLAY: ballots synthesised from published polling-station totals (valid votes only)'
all=13947506
take=${TELLER_TAKE:-$all}
live=${1:-}

bold() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || bold() { printf '\n%s\n' "$*"; }
now() { date +%s.%N; }
group() { sed -e ':a' -e 's/\B[0-9]\{3\}\>/,&/;ta' <<<"$1"; }
rate() { awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%.0f", n / (b - a) }'; }

engine=
board=
stop_all() {
  [ -z "$board" ] || kill "$board" 2>/dev/null || true
  [ -z "$engine" ] || kill "$engine" 2>/dev/null || true
  wait 2>/dev/null || true
}
trap stop_all EXIT

start_engine() { # LISTEN: sets engine and url
  rm -f "$work/url"
  "$teller" serve --home "$home" --listen "$1" >"$work/url" 2>>"$work/engine.log" &
  engine=$!
  until [ -s "$work/url" ]; do
    kill -0 "$engine" 2>/dev/null || {
      tail -5 "$work/engine.log" >&2
      exit 3
    }
    sleep 0.05
  done
  url=$(cat "$work/url")
}

send() { # all the ballots, or the first $take
  "$teller" import "$here/president.csv.gz" --mapping "$here/mapping.toml" --home "$home" \
    --synthesise-ballots --take "$take" --out - 2>"$work/import.log" |
    if [ "$live" = --live ]; then pace; else cat; fi |
    "$teller" load - --to "$url" --format packed --batch synthetic --expect "$take"
}
# Five minutes for the whole: a bounded number of bytes a second.
pace() {
  python3 -c '
import sys, time
total, span = float(sys.argv[1]), 300.0
size, start, sent = 1 << 18, time.time(), 0
while block := sys.stdin.buffer.read(size):
    sys.stdout.buffer.write(block); sent += len(block)
    ahead = sent / (total / span) - (time.time() - start)
    if ahead > 0: time.sleep(ahead)
' $((take * 43))
}
head_of() { # MEMBER of GET /v1/head; empty while the engine is away
  curl -s "$url/v1/head" 2>/dev/null | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"
}

mkdir -p "$work"
free_kb=$(df -Pk "$work" | awk 'NR == 2 { print $4 }')
[ "$free_kb" -gt $((take / 3 + 300000)) ] || {
  echo "demo: about $((take / 3000 + 300)) MB of disk are needed in $work" >&2
  exit 3
}
rm -rf "$home" "$work/copy" "$work/engine.log"
bold "Taiwan 2024, President: 17,795 polling stations, $(group "$all") ballots"
echo "$label"

"$teller" init --home "$home" --rules "$here/rules.json.gz" --presentation "$here/presentation.json" \
  --mode demo --label "$label" --partitions 4 >/dev/null 2>"$work/engine.log"
start_engine 127.0.0.1:0
echo "The engine runs at $url (home: ${home#"$root/"})"
if [ "$live" = --live ]; then
  "$root/view/board/run.sh" "$home" 18502 >"$work/board.log" 2>&1 &
  board=$!
  echo "The board is at http://127.0.0.1:18502"
fi

bold "1  Every ballot, once"
begin=$(now)
if [ "$live" = --live ]; then
  send
else
  send &
  sending=$!
  until [ "$(head_of counted || true)" ] && [ "$(head_of counted)" -gt $((take / 2)) ]; do
    kill -0 "$sending" 2>/dev/null || break
    sleep 0.05
  done
  at=$(head_of counted)
  kill -9 "$engine"
  wait "$engine" 2>/dev/null || true
  echo "   … killed the engine with -9 at $(group "${at:-0}") counted ballots, and started it again"
  start_engine "${url#http://}"
  wait "$sending"
fi
# Wait until all that was acknowledged is counted: the engine says how much waits.
drained() { [ "$(curl -s "$url/metrics" | awk '$1 == "teller_entries_waiting" { print $2 }')" = 0 ]; }
until drained; do sleep 0.05; done
end=$(now)
first=$("$teller" digest --home "$home")
echo "   digest $first"

if [ "$live" != --live ]; then
  bold "2  Every ballot, a second time"
  send
  until drained; do sleep 0.05; done
  second=$("$teller" digest --home "$home")
  echo "   digest $second"
  [ "$first" = "$second" ] || {
    echo "demo: the digest has changed" >&2
    exit 1
  }
fi
if [ -n "$board" ]; then
  bold "Done. The board stays until Ctrl-C."
  wait "$board" || true
fi
kill "$engine"
wait "$engine" || {
  tail -5 "$work/engine.log" >&2
  exit 3
}
engine=

bold "3  One flipped byte in a copy of the log"
cp -r "$home/segments" "$work/copy"
victim=$(find "$work/copy" -name '*.segment' -size +1k | sort | sed -n 7p)
offset=$(($(stat -c %s "$victim") / 2))
byte=$(od -An -tu1 -j "$offset" -N 1 "$victim")
printf '%b' "$(printf '\\0%03o' $((byte ^ 1)))" | dd of="$victim" bs=1 seek="$offset" conv=notrunc status=none
if "$teller" verify --home "$home" --log "$work/copy" >"$work/verify.log"; then
  echo "demo: the flipped byte was not found" >&2
  exit 1
fi
grep -m1 '^check' "$work/verify.log" | sed "s|$root/||; s/^/   /"
rm -rf "$work/copy"
echo "   and the log itself:"
"$teller" verify --home "$home" >"$work/verify.log" || {
  cat "$work/verify.log" >&2
  exit 1
}
tail -2 "$work/verify.log" | sed 's/^/   /'

bold "4  The result"
"$teller" totals --home "$home"
echo
"$teller" inspect --home "$home" | sed '1,3d'
if [ "$take" = "$all" ]; then
  for line in lai-hsiao:5586019 hou-jaw:4671021 ko-wu:3690466; do
    "$teller" totals --home "$home" --format csv | grep -q "^president,${line%:*},.*,${line#*:}$" ||
      {
        echo "demo: ${line%:*} does not have the official ${line#*:} votes" >&2
        exit 1
      }
  done
  [ "$first" = "$(cat "$here/digest.txt")" ] ||
    {
      echo "demo: the digest is not the one in digest.txt" >&2
      exit 1
    }
  echo "These are the official totals of the Central Election Commission."
fi
printf '%s ballots counted in %s s, %s a second (kill and restart included); digest\n%s\n' \
  "$(group "$take")" "$(awk -v a="$begin" -v b="$end" 'BEGIN { printf "%.1f", b - a }')" \
  "$(group "$(rate "$take" "$begin" "$end")")" "$first"
echo "$label"
cat <<NEXT

Try next:
  build/release/teller totals --home build/demo/count --by unit | less
  build/release/teller inspect --home build/demo/count
  build/release/teller log export build/demo/export --home build/demo/count
                      the log as files, for whoever wants to check it without us (recount/recount.sh counts it again)
  make demo-live      the same with the live board
  make stack-demo     the same through Kafka, Spark, PostgreSQL and Elasticsearch
NEXT

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
# shellcheck source=examples/taiwan-2024/replay.sh
. "$here/replay.sh"
live=${1:-}
port=18502 # of the board

now() { date +%s.%N; }
rate() { awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%.0f", n / (b - a) }'; }

begin_anew="what the programs said is in ${work#"$root/"}/*.log; to begin anew: make demo${live#-}"

# Ends with what went wrong and, on the last line, what to do now.
fail() { # WHAT [DO [EXIT CODE]]
  why=$1
  advice=${2:-}
  exit "${3:-3}"
}
# What must never happen.
wrong() { fail "$1" "this is a fault of Teller: please report it (CONTRIBUTING.md) and keep ${work#"$root/"}" 1; }

engine='' board='' sending='' why='' advice=''
at_exit() {
  local code=$?
  [ -z "$sending" ] || kill -- "-$sending" 2>/dev/null || true
  [ -z "$board" ] || kill "$board" 2>/dev/null || true
  [ -z "$engine" ] || kill "$engine" 2>/dev/null || true
  wait 2>/dev/null || true
  case $code in 0 | 130) return 0 ;; esac # 130: somebody has stopped it
  printf 'demo: %s\ndemo: %s\n' "${why:-a command ended with $code}" "${advice:-$begin_anew}" >&2
}
trap at_exit EXIT
trap 'exit 130' INT TERM

alive() { # ends the demo when the engine has ended by itself
  kill -0 "$engine" 2>/dev/null || {
    tail -5 "$work/engine.log" >&2
    fail "the engine has ended; its last words are above"
  }
}
start_engine() { # LISTEN: sets engine and url
  rm -f "$work/url"
  "$teller" serve --home "$home" --listen "$1" >"$work/url" 2>>"$work/engine.log" &
  engine=$!
  until [ -s "$work/url" ]; do
    alive
    sleep 0.05
  done
  url=$(cat "$work/url")
}

send() { # all the ballots, or the first $take
  "$teller" import "$here/president.csv.gz" --mapping "$here/mapping.toml" --home "$home" \
    --synthesise-ballots --take "$take" --out - 2>"$work/import.log" |
    if [ "$live" = --live ]; then pace; else cat; fi |
    "$teller" load - --to "$url" --token-file "$home/token" --format packed --batch synthetic --expect "$take"
}
not_sent() {
  tail -3 "$work/import.log" >&2
  fail "the ballots could not be sent"
}
# Five minutes for the whole: a bounded number of bytes a second.
pace() {
  "$root/build/venv/board/bin/python" -c '
import signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it without a word
total, span = float(sys.argv[1]), 300.0
size, start, sent = 1 << 18, time.time(), 0
while block := sys.stdin.buffer.read(size):
    sys.stdout.buffer.write(block); sent += len(block)
    ahead = sent / (total / span) - (time.time() - start)
    if ahead > 0: time.sleep(ahead)
' $((take * 43))
}
# number_of WORD: what `teller inspect` says is committed by now; 0 while it cannot say.
number_of() {
  local number
  number=$({ "$teller" inspect --home "$home" --json 2>/dev/null || true; } | sed -n "s/^  \"$1\": \([0-9]*\).*/\1/p")
  echo "${number:-0}"
}
wait_until() { # WORD NUMBER
  until [ "$(number_of "$1")" -ge "$2" ]; do
    alive
    sleep 0.05
  done
}

[ -x "$teller" ] || fail "the program is not built yet (${teller#"$root/"})" "run: make demo${live#-}"
listening() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
if [ "$live" = --live ]; then
  "$root/packages/install.sh" board
  ! listening || fail "port $port, which the board needs, is held by another program" "end it, then run: make demo-live"
fi
mkdir -p "$work"
free_kb=$(df -Pk "$work" | awk 'NR == 2 { print $4 }')
needed_kb=$((take / 3 + 300000))
[ "$free_kb" -gt $needed_kb ] ||
  fail "$((needed_kb / 1000)) MB of disk are needed in $work, and $((free_kb / 1000)) MB are free" \
    "make room there, then run: make demo${live#-}"
rm -rf "$home" "$work/copy" "$work/engine.log"
bold "Taiwan 2024, President: 17,795 polling stations, $(group "$take") ballots"
echo "$label"

"$teller" init --home "$home" --rules "$here/rules.json.gz" --presentation "$here/presentation.json" \
  --mode demo --label "$label" --partitions 4 >/dev/null 2>"$work/engine.log"
start_engine 127.0.0.1:0
echo "The engine runs at $url (home: ${home#"$root/"})"
if [ "$live" = --live ]; then
  "$root/view/board/run.sh" "$home" "$port" >"$work/board.log" 2>&1 &
  board=$!
  until listening; do
    kill -0 "$board" 2>/dev/null || {
      tail -5 "$work/board.log" >&2
      fail "the board did not start; its last words are above"
    }
    sleep 0.2
  done
  echo "The board is at http://127.0.0.1:$port"
fi

if [ "$live" = --live ]; then bold "1  Every ballot, once"; else bold "1  Every ballot, once, and the engine is killed half-way"; fi
begin=$(now)
if [ "$live" = --live ]; then
  send || not_sent
else
  set -m # a process group of its own, so that it can be ended as a whole
  send &
  sending=$!
  set +m
  while at=$(number_of counted) && [ "$at" -le $((take / 2)) ]; do
    alive
    if [ "$sending" ] && ! kill -0 "$sending" 2>/dev/null; then
      wait "$sending" || not_sent
      sending=
    fi
    sleep 0.05
  done
  [ "$at" -lt "$take" ] ||
    fail "all ballots were counted before the engine could be killed" "send more than $take of them (TELLER_TAKE)"
  kill -9 "$engine"
  wait "$engine" 2>/dev/null || true
  [ ! -t 1 ] || printf '\r\033[K' # over the sender's progress, which begins anew below
  echo "   … killed the engine with -9 at $(group "$at") counted ballots, and started it again"
  start_engine "${url#http://}"
  [ -z "$sending" ] || wait "$sending" || not_sent
  sending=
fi
# Each ballot is counted once, so that all are counted when as many are as were sent.
wait_until counted "$take"
end=$(now)
first=$("$teller" digest --home "$home")
echo "   digest $first"

if [ "$live" != --live ]; then
  echo
  "$teller" totals --home "$home"
  bold "2  Every ballot, a second time"
  send || not_sent
  wait_until recorded $((2 * take))
  second=$("$teller" digest --home "$home")
  echo "   digest $second"
  [ "$first" = "$second" ] || wrong "the digest has changed"
  echo "   It is the same: nothing was counted twice."
fi
if [ -n "$board" ]; then
  bold "Done. The board stays until Ctrl-C."
  wait "$board" || true
fi
kill "$engine"
wait "$engine" || {
  tail -5 "$work/engine.log" >&2
  fail "the engine did not stop well; its last words are above"
}
engine=

bold "3  One flipped byte in a copy of the log"
cp -r "$home/segments" "$work/copy"
# The kill may leave a segment that no step names: nothing is counted from it, so nobody misses a
# byte of it. The step was then done again under its number, so take a number that is there once.
number=$(find "$work/copy" -name '*.segment' | sort | sed 's/-[^-]*$//' | uniq -u | sed -n 2p)
victim=$(echo "$number"-*.segment)
offset=$(($(stat -c %s "$victim") / 2))
byte=$(od -An -tu1 -j "$offset" -N 1 "$victim")
printf '%b' "$(printf '\\0%03o' $((byte ^ 1)))" | dd of="$victim" bs=1 seek="$offset" conv=notrunc status=none
if "$teller" verify --home "$home" --log "$work/copy" >"$work/verify.log"; then
  wrong "the flipped byte was not found"
fi
echo "   teller verify found it:"
grep -m1 '^check' "$work/verify.log" | sed "s|$root/||; s/^/   /"
rm -rf "$work/copy"
echo "   The log itself, every entry of it counted again:"
"$teller" verify --home "$home" >"$work/verify.log" || {
  cat "$work/verify.log" >&2
  wrong "the log does not verify"
}
tail -2 "$work/verify.log" | sed 's/^/   /'

bold "4  The result"
"$teller" totals --home "$home"
echo
"$teller" inspect --home "$home" | sed '1,3d'
if [ "$take" = "$all" ]; then
  for line in lai-hsiao:5586019 hou-jaw:4671021 ko-wu:3690466; do
    "$teller" totals --home "$home" --format csv | grep -q "^president,${line%:*},.*,${line#*:},number," ||
      wrong "${line%:*} does not have the official ${line#*:} votes"
  done
  [ "$first" = "$(cat "$here/digest.txt")" ] ||
    wrong "the digest is not the one in digest.txt"
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

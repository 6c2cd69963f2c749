#!/usr/bin/env bash
# Runs the tests in parts, prints the time of each, and ends with one line that counts them.
#
#   tests/run.sh quick   build and unit tests (no server but a throw-away PostgreSQL)
#   tests/run.sh all     everything: decks, crashes, the real servers, browsers, both forms
#   tests/run.sh long    what takes too long for every day
#
# A part that fails does not stop the others, except that nothing runs without a build. State is in
# build/ and .stack/; what was started is stopped at the end.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
what=${1:-all}
build=build/release
logs=build/test-logs
mkdir -p "$logs"
export CCACHE_BASEDIR=$PWD PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 COLUMNS=200
export TELLER_NO_SKIPS=1 # But for those of tests/skips.toml.
passed=0
failed=0
names=()
seconds=()
results=()

# part NAME COMMAND…: runs it, shows its output only when it fails (all of it is in $logs).
part() {
  local name=$1 begin=$SECONDS wrong=0
  shift
  printf '== %-22s ' "$name"
  "$@" >"$logs/$name.log" 2>&1 || wrong=1
  record "$name" $wrong $((SECONDS - begin))
}

# record NAME WRONG SECONDS
record() {
  local result=ok
  [ "$2" -eq 0 ] || result=FAILED
  names+=("$1")
  results+=("$result")
  seconds+=("$3")
  printf '%-6s %4d s\n' "$result" "$3"
  if [ "$2" -eq 0 ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    tail -80 "$logs/$1.log" | sed 's/^/   | /'
  fi
  sed -n 's/^\(from the sender to .*)\).*$/   | \1/p' "$logs/$1.log"                   # How long a vote took to a page (tests/browser/fresh.py).
  [ "$1" != service-kills ] || sed -n 's/^ .*(asked for: .*)$/   | &/p' "$logs/$1.log" # How long each fault took (tests/service/under_load.py).
}

# lane NAME PARTS: begins the parts of the function PARTS, one after the other, beside what follows; aside NAME COMMAND…: one of
# them, true where it passed; joined NAME: waits for the lane and records its parts. A part is written down when it ends.
declare -A lanes
lane() {
  local into=$logs/lane-$1
  rm -f "$into"
  "$2" &
  lanes[$1]=$!
}
aside() {
  local name=$1 begin=$SECONDS wrong=0
  shift
  echo "$name 1 0" >"$into.now" # Until it ends: who is killed has failed.
  "$@" >"$logs/$name.log" 2>&1 || wrong=1
  echo "$name $wrong $((SECONDS - begin))" >>"$into"
  rm -f "$into.now"
  return $wrong
}
joined() {
  local name wrong took
  wait "${lanes[$1]}"
  while read -r name wrong took; do
    printf '== %-22s ' "$name"
    record "$name" "$wrong" "$took"
  done < <(cat "$logs/lane-$1" "$logs/lane-$1.now" 2>/dev/null)
}

finish() {
  printf '\n%-24s %-6s %s\n' part result seconds
  for i in "${!names[@]}"; do printf '%-24s %-6s %7d\n' "${names[i]}" "${results[i]}" "${seconds[i]}"; done
  printf '%-24s        %7d\n\n' total "$SECONDS"
  for i in "${!names[@]}"; do [ "${results[i]}" = ok ] || why "${names[i]}"; done
  printf '%d passed, %d failed\n' "$passed" "$failed"
  TZ=UTC printf '%d %d %(%FT%TZ)T\n' "$SECONDS" "$failed" -1 >"$logs/$what.took" # make bench reports it.
  [ "$failed" -eq 0 ]
}

# why NAME: what a failed part ended with, once more and short, at the end: where a reader of a cut-off log still finds it.
why() {
  local log=$logs/$1.log
  printf '%s (%s):\n' "$1" "$log"
  { grep -E '^(FAILED|ERROR)|\*\*\*(Failed|Timeout|Exception)|^E +[A-Za-z.]*(Error|Timeout|Failed)' "$log" || tail -4 "$log"; } |
    cut -c1-200 | tail -4 | sed 's/^/   | /'
}

python() { build/venv/test/bin/python "$@"; }
tests_of() { python -m pytest -q -p no:cacheprovider --timeout 900 --durations=12 --durations-min=2 "$@"; } # Its log says where the time went.
# A test that only is slow ends by itself; one that stands still is ended by its own clock (tests/service/service.py).
tests_of_service() { tests_of --timeout 2400 "$@"; }
tests_of_pages() { tests_of -s tests/browser --ignore tests/browser/test_stack_pages.py --ignore tests/browser/test_stack_fresh.py; }
# Without the stack's pages it has not passed. The last one adds votes to what the others look at.
tests_of_stack_pages() { TELLER_NEEDS_STACK=1 tests_of -s tests/browser/test_stack_pages.py tests/browser/test_stack_fresh.py; }
compile() { cmake --preset release && ninja -C $build; } # The preset: a tree of `make demo` has no tests yet.
unit() { ctest --test-dir $build --output-on-failure -LE 'stack' -j2 --timeout 300 "$@"; }
# Rooms whose tests run under sanitizers, which is once: sanitized() below. And what of them it leaves out: what wants a PostgreSQL
# or the stack (the journal's tests bring their own brokers), and what measures time or goes through an official result of 53,385
# rows, where a few rows make the code do the same.
rooms() { find src -name '*_test.cc' -printf '%h\n' | sort -u | sed 's,^src/,,' | grep -vx cli; }
measured='Rules\.FourTimesTheUnitsCostAboutFourTimesAsMuch|ChecksOfANation|Taiwan'
unit_but_sanitized() {
  unit -E "^($(rooms | paste -sd '|'))\\." && unit -L postgres && unit -R "$measured"
}
# Where the servers hold a live count it stays: the tests on them are not run then.
stack_from_nothing() { stack/stack.sh clean && stack/stack.sh start; }
# What needs the servers, in the order in which it leaves them as the next one wants them. It waits more than it works.
of_servers() {
  aside spark-java spark/build.sh test
  aside stack-start stack_from_nothing || return
  aside stack-refusals tests_of tests/stack --ignore tests/stack/test_superset_roles.py --ignore tests/stack/test_superset_provider.py
  aside stack-contracts ctest --test-dir $build --output-on-failure -L stack --timeout 600
  aside stack-demo env TELLER_TAKE="${TELLER_STACK_TAKE:-}" examples/taiwan-2024/stack-demo.sh --keep
  aside superset-roles tests_of tests/stack/test_superset_roles.py tests/stack/test_superset_provider.py # Asks for figures of a count that was counted.
  aside stack-pages tests_of_stack_pages
  aside service tests_of_service tests/service --ignore tests/service/test_kills.py
  aside service-kills tests_of_service -s tests/service/test_kills.py
  aside stack-end stack/stack.sh clean
}
# Of what needs none: what waits for its own processes most of the time.
of_homes() {
  aside recount tests_of tests/recount
  aside crash-embedded tests_of -s tests/crash
  aside history tests_of -s tests/history
  aside superset-endpoints tests_of tests/superset
  aside pages tests_of_pages
}
simulation() { # Two halves, for there are two cores.
  $build/tests/simulation/simulate --first 1 --seeds 500 &
  local half=$!
  $build/tests/simulation/simulate --first 501 --seeds 500 && wait "$half"
}
# The one tree of clang: sanitizers and fuzzers at once (tests/fuzz/README.md).
compile_fuzz() { cmake --preset fuzz && ninja -C build/fuzz; }
sanitized_room() { # ROOM
  local said wrong without="-*Postgres*:*Elasticsearch*:${measured//|/*:}*"
  without=${without//\\/}
  [ "$1" != gateway ] || without+=':*Kafka*'
  said=$("build/fuzz/$1_test" --gtest_brief=1 --gtest_filter="$without" 2>&1)
  wrong=$?
  printf '%s: %s\n' "$1" "$said"
  return $wrong
}
# Two test programs at a time, the longest first.
sanitized() {
  export -f sanitized_room
  export measured
  { printf '%s\n' verify gateway count checks results && rooms | grep -vxE 'verify|gateway|count|checks|results'; } |
    xargs -P 2 -I ROOM bash -c 'sanitized_room ROOM' || return
  ctest --test-dir build/fuzz --output-on-failure -R '^fuzz' --timeout 300
}

case $what in
  quick)
    [ ! -t 0 ] || packages/install.sh build java unit || exit # A person sees what it asks; in a part it would be hidden.
    part install packages/install.sh build java unit
    part build compile
    [ "$failed" -eq 0 ] || {
      finish
      exit 1
    }
    part unit unit
    finish
    exit
    ;;
  all) ;;
  long)
    exec tests/long.sh
    ;;
  *)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
    exit 2
    ;;
esac

[ ! -t 0 ] || packages/install.sh build java unit test board superset spark stack browser || exit
part install packages/install.sh build java unit test board superset spark stack browser
part build compile
[ "$failed" -eq 0 ] || {
  finish
  exit 1
}
trap 'kill "${lanes[@]}" 2>/dev/null; stack/teller.sh stop >/dev/null 2>&1; stack/stack.sh clean >/dev/null 2>&1' EXIT
lane servers of_servers
renice -n 10 -p $$ >/dev/null # What follows gives way: somebody waits for the servers' answers.
part unit unit_but_sanitized
part simulation simulation
part sanitized-build compile_fuzz
part sanitized sanitized
part fuzz tests/fuzz/run.sh 5 # seconds a target; five minutes in make test-long
part format tools/format.sh check
part tidy tools/tidy.sh changed
lane homes of_homes
part repository tests_of tests/repository tests/vectors
part interop tests_of tests/interop
part guides tests_of tests/guides
part board-app build/venv/board/bin/python -m pytest -q -p no:cacheprovider view/board/tests
part demo env TELLER_TAKE=1500000 examples/taiwan-2024/demo.sh
part embedded tests_of tests/embedded
joined homes
joined servers
finish

#!/usr/bin/env bash
# What takes too long for every day, to be run before something big is called done: make test-long
#
#   tests/long.sh [PART…]   only these; without any, all of them: about three hours on two cores
#
#   address    unit tests and decks under AddressSanitizer and UndefinedBehaviorSanitizer
#   thread     the same under ThreadSanitizer
#   clang      the whole tree with the other compiler
#   tidy       clang-tidy on every file of C++
#   fuzz       every reader of bytes, five minutes each
#   crashes    the embedded crash tests, ten times over, with a ledger and another load each time
#   history    ten times as many kills as in make test, three times over, judged by porcupine
#   damages    every file of a home and of an export, and every column of a store, damaged at many more places than in make test
#   counties   5,000 made-up files in the manner of real counties, through the mapping that `teller mapping new` makes of each
#   screens    every page of the board in each width, look and language, looked at by axe; pictures in build/screens
#   sizes      a nation of a million units, a million figures, small files that say too much: CPU seconds and memory
#   simulation 20,000 seeds that no other run has had
#   mutants    the program broken on purpose in each of the named ways: the simulation must notice
#   chroot     the two commands of the README on a bare Debian (as root; tests/chroot.sh)
#   kills      each process of the service killed three times, stopped alone, together and all at once, under load, on the real servers
#   forms      a million ballots through both forms, and counted by SQL alone
#   two-counts two counts on these servers, with their dashboards in Superset
set -uo pipefail
cd "$(dirname "$0")/.." || exit
export CCACHE_BASEDIR=$PWD PYTHONDONTWRITEBYTECODE=1
logs=build/test-logs
mkdir -p "$logs"
passed=0 failed=0
wanted=("$@")
parts=(address thread clang tidy fuzz crashes history damages counties screens sizes simulation mutants chroot kills forms two-counts)
for one in "${wanted[@]}"; do
  [[ " ${parts[*]} " == *" $one "* ]] || {
    echo "tests/long.sh: no part $one; there are: ${parts[*]}" >&2
    exit 2
  }
done

wants() { [ ${#wanted[@]} -eq 0 ] || [[ " ${wanted[*]} " == *" $1 "* ]]; }

part() {
  local name=$1 begin=$SECONDS
  shift
  wants "$name" || return 0
  printf '== %-12s ' "$name"
  if "$@" >"$logs/long-$name.log" 2>&1; then
    passed=$((passed + 1))
    printf 'ok     %4d s\n' $((SECONDS - begin))
    sed -n 's/^chroot: /   | /p' "$logs/long-$name.log" # how long each command took
  else
    failed=$((failed + 1))
    printf 'FAILED %4d s\n' $((SECONDS - begin))
    tail -60 "$logs/long-$name.log" | sed 's/^/   | /'
  fi
  sed -n 's/^ .*(asked for: .*)$/   | &/p' "$logs/long-$name.log" # how long each fault took (tests/service/under_load.py)
}
tests_in() { # PRESET [WITHOUT]: builds and runs every test that needs no running server
  cmake --preset "$1" >/dev/null && ninja -C "build/$1" &&
    ctest --test-dir "build/$1" --output-on-failure -LE 'stack|postgres' -E "${2:-^$}" -j2 --timeout 1800
}
simulation() { build/release/tests/simulation/simulate --first "$(date +%s)" --seeds 20000; }
fuzz() { cmake --preset fuzz >/dev/null && ninja -C build/fuzz && tests/fuzz/run.sh 300; }
crashes() {
  for seed in $(seq 10); do
    TELLER_KILL_SEED=$seed TELLER_KILL_ROUNDS=5 build/venv/test/bin/python -m pytest -q -s -x -p no:cacheprovider tests/crash || return 1
  done
}
history() {
  for seed in 1 2 3; do
    TELLER_LONG=1 TELLER_KILL_SEED=$seed build/venv/test/bin/python -m pytest -q -s -x -p no:cacheprovider tests/history || return 1
  done
}

kills() { # on servers of its own making
  packages/install.sh stack spark && spark/build.sh && stack/stack.sh clean && stack/stack.sh start kafka postgres elasticsearch spark &&
    TELLER_KILLS=3 build/venv/test/bin/python -m pytest -q -s -p no:cacheprovider tests/service/test_kills.py
  local result=$?
  stack/stack.sh clean
  return $result
}

screens() { # In a browser
  packages/install.sh board browser && TELLER_LONG=1 build/venv/test/bin/python -m pytest -q -p no:cacheprovider tests/browser/test_board_looks.py
}

forms() {
  packages/install.sh stack spark && spark/build.sh && stack/stack.sh clean && stack/stack.sh start kafka postgres elasticsearch spark &&
    TELLER_FORMS_BALLOTS=1000000 build/venv/test/bin/python -m pytest -q -p no:cacheprovider tests/service/test_both_forms.py
  local result=$?
  stack/stack.sh clean
  return $result
}

two_counts() { # With their dashboards
  packages/install.sh stack spark board superset && stack/stack.sh clean && stack/stack.sh start &&
    TELLER_DASHBOARDS=1 build/venv/test/bin/python -m pytest -q -p no:cacheprovider tests/service/test_two_counts.py
  local result=$?
  stack/stack.sh clean
  return $result
}

TELLER_YES=1 packages/install.sh build java unit test
part address tests_in dev
# librdkafka starts its threads with C11's thrd_create, which ThreadSanitizer does not see: it crashes at their first call.
part thread tests_in thread 'journal\.Kafka'
part clang tests_in clang
part tidy tools/tidy.sh all
part fuzz fuzz
if wants crashes || wants history || wants damages || wants counties || wants screens || wants sizes || wants simulation || wants kills || wants forms || wants two-counts; then make --no-print-directory build >/dev/null; fi
part crashes crashes
part history history
part damages env TELLER_LONG=1 build/venv/test/bin/python -m pytest -q -p no:cacheprovider tests/embedded/test_corruption.py tests/embedded/test_corruption_postgres.py
part counties env TELLER_COUNTIES=5000 TELLER_COUNTY_SEED="$(date +%s)" build/venv/test/bin/python -m pytest -q -p no:cacheprovider tests/embedded/test_county_files.py
part screens screens
part sizes build/venv/test/bin/python -m pytest -q -s -p no:cacheprovider tests/sizes
part simulation simulation
part mutants tests/simulation/mutants.sh
part chroot tests/chroot.sh
part kills kills
part forms forms
part two-counts two_counts
printf '\n%d passed, %d failed, %d s\n' "$passed" "$failed" "$SECONDS"
[ "$failed" -eq 0 ]

#!/usr/bin/env bash
# Runs the fuzzers, two at a time, each for so many seconds:
#
#   tests/fuzz/run.sh [SECONDS [TARGET…]]      20 seconds, all targets
#
# Begins with the seeds (make_seeds.py) and with what earlier runs on this machine learned
# (build/fuzz-corpus). What it finds is written to build/fuzz-findings and shown. A target without
# a fault proves little if the fuzzers are blind: the canary has a planted one, and must be found.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
# shellcheck source=packages/need.sh
. packages/need.sh
need unit python3
seconds=${1:-20}
shift $(($# > 0 ? 1 : 0))
bin=build/fuzz/tests/fuzz
corpus=build/fuzz-corpus
findings=build/fuzz-findings
seeds=build/fuzz-seeds
words=build/fuzz-words
ASAN_SYMBOLIZER_PATH=$(command -v addr2line)
export ASAN_SYMBOLIZER_PATH ASAN_OPTIONS=allow_addr2line=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
rm -rf "$seeds" "$words"
python3 tests/fuzz/make_seeds.py "$seeds" "$words" || exit 1
mkdir -p "$corpus" "$findings" "$seeds/canary"

fuzz() { # TARGET: its last lines go to stdout, all of them to build/fuzz-findings/TARGET.log
  local target=$1 log=$findings/$1.log
  local arguments=(-max_total_time="$seconds" -timeout=90 -rss_limit_mb=2048 -print_final_stats=1
    -artifact_prefix="$findings/$target-")
  [ -f "$words/$target.dict" ] && arguments+=(-dict="$words/$target.dict")
  mkdir -p "$corpus/$target"
  "$bin/fuzz_$target" "${arguments[@]}" "$corpus/$target" "$seeds/$target" >"$log" 2>&1
  local code=$?
  local runs
  runs=$(awk '/stat::number_of_executed_units/ {print $2}' "$log")
  if [ "$target" = canary ]; then
    if [ $code -ne 0 ] && grep -q 'the canary was found' "$log"; then
      rm -f "$findings"/canary-crash-*
      echo "canary: found, as it must be"
      return 0
    fi
    echo "canary: NOT found: these fuzzers find nothing (see $log)"
    return 1
  fi
  if [ $code -eq 0 ]; then
    echo "$target: $runs runs"
    return 0
  fi
  echo "$target: A FINDING"
  grep -v '^#' "$log" | tail -60
  cat <<EOF
To see it again:  $bin/fuzz_$target FILE      (the file is named above)
To keep it:       put the file into tests/fuzz/regressions/$target/, mend the code, run ctest --test-dir build/fuzz -R '^fuzz'
EOF
  return 1
}
export -f fuzz
export seconds bin corpus findings seeds words

if [ $# -eq 0 ]; then
  mapfile -t targets < <(find "$seeds" -mindepth 1 -maxdepth 1 -type d ! -name canary -printf '%f\n' | sort)
  set -- canary "${targets[@]}"
fi
printf '%s\n' "$@" | xargs -P 2 -I {} bash -c 'fuzz {}'

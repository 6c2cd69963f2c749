#!/usr/bin/env bash
# Breaks the program on purpose, once for each patch in tests/simulation/mutants, and counts the seeds that the
# simulation needs to notice. Prints the table of docs/design/simulation.md.
#
#   tests/simulation/mutants.sh [NAME…]     all of them, or these
#
# Works on a copy of the tree in build/mutants; the tree itself is left alone. Fails when a patch no longer applies, does
# not build, or is not noticed within TELLER_MUTANT_SEEDS (1000) seeds.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=packages/need.sh
. packages/need.sh
need build cmake ninja
need test git
copy=build/mutants
build=$copy/build/release
seeds=${TELLER_MUTANT_SEEDS:-1000}
mutants=("$@")
[ $# -gt 0 ] || for patch in tests/simulation/mutants/*.patch; do mutants+=("$(basename "$patch" .patch)"); done

# Only what differs is copied, so that a second run builds little, and a run that was interrupted leaves nothing behind.
while IFS= read -r -d '' file; do
  [ -f "$file" ] || continue
  cmp -s "$file" "$copy/$file" && continue
  mkdir -p "$copy/$(dirname "$file")"
  cp "$file" "$copy/$file"
done < <(git ls-files -z --cached --others --exclude-standard src spark tests cmake schema checks tools CMakeLists.txt)
export CCACHE_BASEDIR=$PWD/$copy
[ -f $build/build.ninja ] || cmake -S $copy -B $build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
compile() { ninja -C $build simulate >"$build/mutant.log" 2>&1; }
# Outside of any repository, as far as git can see: the copy lies in a folder that it ignores.
patched() { GIT_CEILING_DIRECTORIES=$PWD/build git -C $copy apply "$@"; }
simulate=$build/tests/simulation/simulate

compile || {
  tail -20 "$build/mutant.log"
  echo "the copy in $copy cannot be built" >&2
  exit 1
}
$simulate --seeds 50 >/dev/null || {
  echo "the simulation fails without a mutant; see: $simulate" >&2
  exit 1
}

failed=0
printf '| Mutant | Seeds needed | In the form | What did not hold |\n|---|---|---|---|\n'
for name in "${mutants[@]}"; do
  patch=$PWD/tests/simulation/mutants/$name.patch
  if ! patched "$patch" 2>/dev/null; then
    printf '| %s | **the patch no longer applies** | | |\n' "$name"
    failed=1
    continue
  fi
  if ! compile; then
    tail -20 "$build/mutant.log" >&2
    printf '| %s | **cannot be built** | | |\n' "$name"
    failed=1
  elif said=$($simulate --seeds "$seeds"); then
    printf '| %s | **not found in %s** | | |\n' "$name" "$seeds"
    failed=1
  else
    found=$(grep -m1 '^FAILED' <<<"$said" || true)
    if [[ $found =~ ^FAILED\ ([a-z]+),\ seed\ ([0-9]+):\ (.*)$ ]]; then
      printf '| %s | %s | %s | %s |\n' "$name" "${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}" "${BASH_REMATCH[3]}"
    else
      printf '| %s | **ended without saying why** | | |\n' "$name"
      failed=1
    fi
  fi
  patched -R "$patch"
done
exit $failed

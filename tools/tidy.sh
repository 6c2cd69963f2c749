#!/usr/bin/env bash
# What clang-tidy finds in our C++ and compilers do not warn of.
#
#   tools/tidy.sh changed   what changed last: at most 12 files of the last 20 commits, the newest first (make test)
#   tools/tidy.sh all       every file (make test-long)
#
# TELLER_TIDY_BASE=COMMIT: "changed" is all that differs from the merge base with it, however much that is. What is not
# committed has changed too. A header is read in the .cc and the test of its name, or in a file that includes it.
#
# Which checks there are, and which were left out and why, stands in .clang-tidy. What a finding asks for is for a
# person to do. Reads how the preset clang would compile each file; builds nothing but the table of codes.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packages/need.sh
. packages/need.sh
need test clang-tidy-19 git
need build cmake ninja python3
most=12
commits=20

changed() { # The newest first; one may come more than once.
  git diff --name-only HEAD
  git ls-files --others --exclude-standard
  if [ -n "${TELLER_TIDY_BASE:-}" ]; then
    git diff --name-only --merge-base "$TELLER_TIDY_BASE"
  else
    git log -n $commits --format= --name-only
  fi
}

# Reads names of files, and says which .cc to look at: what a header holds is compiled with them.
units() {
  local file
  while read -r file; do
    case $file in
      *.cc) printf '%s\n' "$file" ;;
      *.h)
        if [ -f "${file%.h}.cc" ] || [ -f "${file%.h}_test.cc" ]; then
          printf '%s\n' "${file%.h}.cc" "${file%.h}_test.cc"
        else
          git grep -lF "/${file##*/}\"" -- '*.cc' | sed 1q || true # A header that is gone is in none.
        fi
        ;;
    esac
  done
}

case ${1:-} in
  all | changed) ;;
  *)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
    exit 2
    ;;
esac

cmake --preset clang >/dev/null
# What files include and the build makes.
ninja -C build/clang generated/codes/code_rows.inc generated/codes/code_texts.inc generated/decisions/decision_rows.inc >/dev/null
python3 tools/roles_source.py build/clang/generated/roles # By itself: ninja would build the stages before it.
# What is built, without what must not compile.
built=$(sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' build/clang/compile_commands.json |
  awk -v tree="$PWD/" 'index($0, tree) == 1 { name = substr($0, length(tree) + 1); if (name !~ "^tests/compile_fail/" && !seen[name]++) print name }')
if [ "$1" = all ]; then
  mapfile -t files <<<"$built"
else
  names=$(changed)
  mapfile -t files < <(units <<<"$names" | awk 'NR == FNR { built[$0]; next } $0 in built && !seen[$0]++' <(printf '%s\n' "$built") -)
  if [ -z "${TELLER_TIDY_BASE:-}" ] && [ ${#files[@]} -gt $most ]; then
    echo "tidy: the newest $most of ${#files[@]} files that changed in $commits commits; the others: tools/tidy.sh all"
    files=("${files[@]:0:$most}")
  fi
  [ ${#files[@]} -gt 0 ] || exit 0
fi

# Each says on stderr how many warnings of others' headers it has kept to itself.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy-19 -p build/clang --quiet 2>"$log"; then
  grep -v 'warnings\{0,1\} \(generated\|treated as error\)' "$log" >&2 || true
  echo 'A person must mend that, or say in .clang-tidy why not.'
  exit 1
fi

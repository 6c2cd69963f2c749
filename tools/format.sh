#!/usr/bin/env bash
# The one format of C++, Python, shell and Java, and what their linters find.
#
#   tools/format.sh          formats everything (make format)
#   tools/format.sh check    changes nothing; says which file is wrong, and ends with 1 if one is (make test)
#
# How it must look stands in .clang-format, ruff.toml, .editorconfig (shfmt) and .shellcheckrc; Java is google-java-format's.
# Comments are left as their authors broke them. What a linter finds is for a person to mend. packages/install.sh test
# brings the programs.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=packages/need.sh
. packages/need.sh
need test clang-format-19 git java shellcheck shfmt
case ${1:-} in
  '') check=false ;;
  check) check=true ;;
  *)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
    exit 2
    ;;
esac

files() { git ls-files -z --cached --others --exclude-standard -- "$@" | while IFS= read -r -d '' file; do [ ! -f "$file" ] || printf '%s\n' "$file"; done; }
mapfile -t cpp < <(files '*.h' '*.cc' '*.c')
mapfile -t python < <(files '*.py')
mapfile -t shell < <(files '*.sh' .ci/run)
mapfile -t java < <(files '*.java')

ruff=build/venv/test/bin/ruff
java_format=(java -XX:+UseSerialGC -XX:TieredStopAtLevel=1)
for package in api code file parser tree util; do
  java_format+=(--add-exports "jdk.compiler/com.sun.tools.javac.$package=ALL-UNNAMED")
done
java_format+=(-jar "${XDG_CACHE_HOME:-$HOME/.cache}"/teller/google-java-format-*/google-java-format-*.jar --skip-javadoc-formatting)

if ! $check; then
  clang-format-19 -i "${cpp[@]}"
  $ruff check --quiet --select I --fix "${python[@]}"
  $ruff format --quiet --force-exclude "${python[@]}"
  shfmt -w "${shell[@]}"
  "${java_format[@]}" -i "${java[@]}"
  exit
fi

wrong=0
says() { # WHAT TO DO COMMAND…: runs it; if it fails or says something, shows that and what to do.
  local then=$1 said
  shift
  said=$("$@" 2>&1) && [ -z "$said" ] && return
  printf '%s\n%s\n\n' "$said" "$then"
  wrong=1
}
format='The format is wrong: make format'
mend='A person must mend that.'
says "$format" clang-format-19 --dry-run -Werror --ferror-limit=1 "${cpp[@]}"
says "$mend" $ruff check --quiet --output-format concise "${python[@]}"
says "$format" $ruff format --quiet --force-exclude --diff "${python[@]}"
says "$mend" shellcheck --format gcc "${shell[@]}"
says "$format" shfmt -d "${shell[@]}"
says "$format" "${java_format[@]}" --dry-run "${java[@]}"
exit $wrong

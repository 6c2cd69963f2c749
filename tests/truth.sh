#!/usr/bin/env bash
# Counts the list of `teller generate --truth` with nothing but the sqlite3 shell:
#
#   tests/truth.sh sent.csv > expected.csv
#
# Lines: outcome,<outcome>,<code>,n; total,<contest>,<option or #counter>,n; and the same by unit and method:
# cell,<contest>,<option or #counter>,<unit>,<method>,n. Fails if the list contradicts itself.
set -euo pipefail
here=$(dirname "$0")
# shellcheck source=packages/need.sh
. "$here/../packages/need.sh"
need test sqlite3
# In a file, so that a long list needs no memory.
database=$(mktemp)
trap 'rm -f "$database"' EXIT
counted=$(sqlite3 -batch "$database" "PRAGMA synchronous = OFF" ".mode csv" ".import '$1' sent" ".read $here/truth.sql")
printf '%s\n' "$counted" | tr -d '\r'
if printf '%s\n' "$counted" | grep -q '^wrong,\|^"law broken"'; then
  echo "truth.sh: the list contradicts itself" >&2
  exit 1
fi

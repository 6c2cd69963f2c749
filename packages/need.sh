# Says which program a script lacks, what it is for and how to get it, instead of "command not found". Sourced, never run:
#
#   need PURPOSE PROGRAM...   PURPOSE is a word of packages/install.sh under which apt.txt has these programs
#
# Ends the script with 3 when one is missing.
# shellcheck shell=bash
need() {
  local purpose=$1 program missing='' purposes package programs why list
  list=$(dirname "${BASH_SOURCE[0]}")/apt.txt
  shift
  for program; do
    command -v "$program" >/dev/null && continue
    missing=yes
    while read -r purposes package programs why; do
      case ,$purposes, in *,"$purpose",*) ;; *) continue ;; esac
      case ,$programs, in *,"$program",*) ;; *) continue ;; esac
      printf '%s: this machine lacks %s (Debian package %s): %s\n' "$(basename "$0" .sh)" "$program" "$package" "$why" >&2
      continue 2
    done <"$list"
    printf '%s: this machine lacks %s\n' "$(basename "$0" .sh)" "$program" >&2
  done
  [ -z "$missing" ] || {
    printf '%s: to install what is missing: packages/install.sh %s\n' "$(basename "$0" .sh)" "$purpose" >&2
    exit 3
  }
}

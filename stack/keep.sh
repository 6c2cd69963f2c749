#!/usr/bin/env bash
# Runs a process of ours, and starts it again when it ended by a fault: stack/keep.sh NAME LOG COMMAND...
#
# Started by launch_kept (lib.sh), ended before its process by halt. The pause before the next start grows from 1 s to 60 s
# while runs are short. What is left to a person: exit code 0 (somebody asked for the end), 2 (the configuration, a right
# or another count: it would say the same again), and 1 or 3 when it never ran long, or five times in a row.
# The last line of the log says how it ended and what follows.
# shellcheck source=stack/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
set +e

name=$1 log=$2
shift 2
exec >>"$log" 2>&1               # What its process writes stands there too.
long_s=${TELLER_KEEP_LONG_S:-10} # A run that took so long did work.
again=0 short=0 worked=no
pause_first=${TELLER_KEEP_PAUSE_S:-1} pause=${TELLER_KEEP_PAUSE_S:-1}
rm -f "$run/pids/$name.again"
trap 'exit 0' TERM INT

say() { printf '%(%Y-%m-%dT%H:%M:%SZ)T keep: %s %s\n' -1 "$name" "$*"; }

while :; do
  began=$SECONDS
  TELLER_SERVER=$name@$state setsid "$@" </dev/null &
  child=$!
  echo "$child" >"$run/pids/$name"
  wait "$child" 2>/dev/null
  code=$?
  how="ended with exit code $code"
  [ "$code" -le 128 ] || how="was ended by SIG$(kill -l "$code" 2>/dev/null || echo "$code")"
  if [ $((SECONDS - began)) -ge "$long_s" ]; then worked=yes short=0 pause=$pause_first; else short=$((short + 1)); fi
  case $code in
    0)
      say "$how: it was asked to"
      exit 0
      ;;
    2)
      say "$how: a person must look; it is not started again"
      exit 2
      ;;
    1 | 3)
      if [ $worked = no ] || [ "$short" -ge 5 ]; then
        say "$how, $short time(s) in a row: a person must look; it is not started again"
        exit "$code"
      fi
      ;;
  esac
  again=$((again + 1))
  echo "$again" >"$run/pids/$name.again"
  say "$how; it is started again in $pause s (the ${again}. time)"
  sleep "$pause" &
  wait $! # A sleep in the foreground would hold up the trap.
  pause=$((pause < 30 ? 2 * pause : 60))
  end_leftovers "$name" # What it left behind holds its ports.
done

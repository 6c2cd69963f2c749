# What the scripts of stack/ share: places, settings, secrets, and processes. Sourced, never run.
#
# Always true:
#   - A server's process carries TELLER_SERVER=<name>@<state folder> in its environment. That, not the number in a pid
#     file, says that it is ours: after a reboot the number may be anybody's, and it is never signalled then.
#   - A secret goes from a file to a file, through a pipe or the environment; never into a command line, which every
#     user of the machine can read.
#   - Waiting means asking again and again whether it is so, with a limit; never a fixed sleep.

# shellcheck shell=bash disable=SC2034
set -euo pipefail
umask 077

stack=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(dirname "$stack")
# shellcheck source=packages/need.sh
. "$tree/packages/need.sh"
state=${TELLER_STATE:-$tree/.stack}
secrets=$state/secrets
run=$state/run
venvs=$tree/build/venv
cache=${XDG_CACHE_HOME:-$HOME/.cache}/teller

if [ -n "${STACK_SETTINGS:-}" ]; then
  STACK_SETTINGS=$(realpath "$STACK_SETTINGS") # A script that this one calls may work in another folder.
  export STACK_SETTINGS
fi
# What is in the environment goes first, then the profile of larger machines if one is named, then the laptop's.
for file in ${STACK_SETTINGS:+"$STACK_SETTINGS"} "$stack/settings.env"; do
  [ -r "$file" ] || {
    echo "$(basename "$0" .sh): STACK_SETTINGS names $file, which cannot be read; stack/server.env is one" >&2
    exit 3
  }
  while IFS='=' read -r name value; do
    case $name in '' | '#'*) continue ;; esac
    [ -n "${!name:-}" ] || printf -v "$name" '%s' "$value"
  done <"$file"
done

# ------------------------------------------------------------------------------------------------- speaking

fail() {
  printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2
  exit 3
}

began_us=${EPOCHREALTIME/./}
# One line a step: what is so now, and after how many seconds.
step() {
  local us=$((${EPOCHREALTIME/./} - began_us))
  printf '%-16s %-52s %4d.%d s\n' "$1" "$2" $((us / 1000000)) $((us / 100000 % 10))
}

# What a server in Java writes to stderr: warnings and worse. log4j2_to_stderr PATTERN: the lines of its log4j2.properties.
log4j2_to_stderr() {
  cat <<CONF
rootLogger.level=WARN
rootLogger.appenderRef.o.ref=o
appender.o.type=Console
appender.o.name=o
appender.o.target=SYSTEM_ERR
appender.o.layout.type=PatternLayout
appender.o.layout.pattern=$1
CONF
}

# ------------------------------------------------------------------------------------------------- places

# Others may pass through .stack, but not look into it: PostgreSQL and Elasticsearch refuse to run as root, and keep
# their data in folders of their own users below it.
prepare_state() {
  mkdir -p "$state" "$run" "$secrets"
  chmod 0711 "$state" "$run"
  chmod 0700 "$secrets"
}

# One at a time: two starts would both find a server down, two new counts the same slot free.
lock() {
  prepare_state
  exec 9>"$state/lock"
  flock -w 600 9 || fail "another script of the stack has been at work for ten minutes"
}

# A folder for a server that runs as another user. Where that user cannot reach the tree (root's home, a private
# home), the folder lies in /var/lib/teller-<hash of the tree> and run/<server> is a link to it. The server itself must be
# given the real path: real_folder.
real_folder() { readlink -m "$run/$1"; }

elsewhere=/var/lib/teller-$(printf '%s' "$state" | sha256sum | cut -c1-12)
folder_for_user() {
  local server=$1 user=$2 above=$state
  if [ ! -e "$run/$server" ]; then
    while [ "$above" != / ]; do
      case $(stat -c %A "$above") in *[xt]) above=$(dirname "$above") ;; *) break ;; esac
    done
    if [ "$above" = / ] || [ "$user" = "$(id -un)" ]; then
      mkdir -p "$run/$server"
    else
      step "$server" "data in $elsewhere ($above is private)"
      mkdir -p "$elsewhere/$server"
      chmod 0711 "$elsewhere"
      ln -s "$elsewhere/$server" "$run/$server"
    fi
  fi
  chown "$user" "$run/$server/"
  chmod 0700 "$run/$server/"
}

# Prefix of a command that shall run as `user` and is the same process (so that its pid is the server's).
as_user() {
  as_user=()
  [ "$1" = "$(id -un)" ] || as_user=(setpriv --reuid "$1" --regid "$(id -g "$1")" --init-groups --)
}

java_home() {
  local folder
  for folder in /usr/lib/jvm/java-17-openjdk-*; do [ -x "$folder/bin/java" ] && echo "$folder" && return; done
  fail "no JDK 17 in /usr/lib/jvm; packages/install.sh stack"
}

# ------------------------------------------------------------------------------------------------- secrets

# Makes a random secret in secrets/NAME unless it is there, and leaves it in `secret`.
secret() {
  need stack openssl
  [ -s "$secrets/$1" ] || {
    openssl rand -hex 24 >"$secrets/$1.new"
    mv "$secrets/$1.new" "$secrets/$1"
  }
  secret=$(<"$secrets/$1")
}

# ------------------------------------------------------------------------------------------------- processes

pid_of() { [ -s "$run/pids/$1" ] && pid=$(<"$run/pids/$1"); }

# A process that becomes another program (a shell that ends in `exec java`) shows no environment for an instant, or a part
# of it: only what was asked again and again is an answer of no. One that has ended, or waits to be reaped, is not ours.
is_ours() { # NAME PID
  local attempt status
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    grep -qzxsF "TELLER_SERVER=$1@$state" "/proc/$2/environ" && return 0
    status=$(grep -s '^State:' "/proc/$2/status") || return 1
    case $status in *[ZX]\ *) return 1 ;; esac
    [ "$attempt" = 10 ] || sleep 0.02
  done
  return 1
}

alive() { pid_of "$1" && is_ours "$1" "$pid"; }

# Every process of a server, the main one or what it left behind when it was killed.
all_of() {
  grep -lzxsF "TELLER_SERVER=$1@$state" /proc/[0-9]*/environ | tr -cd '0-9\n' || true
}

# launch NAME LOG COMMAND...: starts it as a process group of its own, its words going to LOG.
launch() {
  local name=$1 log=$2
  shift 2
  end_leftovers "$name"
  mkdir -p "$run/pids"
  [ ! -e "$log" ] || mv -f "$log" "$log.before"
  TELLER_SERVER=$name@$state setsid "$@" >"$log" 2>&1 </dev/null 9>&- &
  local pid=$!
  echo "$pid" >"$run/pids/$name"
  # Until it carries its name: before that it is still this shell.
  until is_ours "$name" "$pid" || ! kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
}

# launch_kept NAME LOG COMMAND...: the same, and keep.sh starts it again when it ends by a fault.
launch_kept() {
  local name=$1 log=$2
  shift 2
  end_keeper "$name"
  rm -f "$run/pids/$name"
  launch "keep-$name" "$log" "$stack/keep.sh" "$name" "$log" "$@"
  until alive "$name" || ! alive "keep-$name"; do sleep 0.02; done
}

# Before its process is ended: it would start another one.
end_keeper() {
  if alive "keep-$1"; then kill "$pid" 2>/dev/null || true; fi
  while alive "keep-$1"; do sleep 0.02; done
  rm -f "$run/pids/keep-$1"
}

# claim NAME PORT...: the ports must be free before NAME starts. What an earlier NAME left behind is ended; anybody else
# who holds one, for example the stack of another tree, is named and left alone.
claim() {
  local name=$1 port until=$((SECONDS + 10))
  shift
  end_keeper "$name"
  end_leftovers "$name"
  for port; do
    while listening "$port"; do
      [ $SECONDS -lt $until ] || fail "port $port, which $name needs, is held by another process (a stack of another tree?); stack/settings.env has the ports"
      sleep 0.1
    done
  done
}

end_leftovers() {
  local left
  left=$(all_of "$1")
  # shellcheck disable=SC2086  # a list of numbers
  [ -z "$left" ] || kill -9 $left 2>/dev/null || true
}

# wait_for NAME LOG SECONDS COMMAND...: until COMMAND succeeds; fails at once when the process has ended.
wait_for() {
  local name=$1 log=$2 until=$((SECONDS + $3))
  shift 3
  until "$@" >/dev/null 2>&1; do
    if ! alive "$name"; then
      end_keeper "$name"
      tail -n 20 "$log" >&2
      fail "$name ended while it started; its log is $log"
    fi
    [ $SECONDS -lt $until ] || fail "$name is not ready in time; its log is $log"
    sleep 0.1
  done
}

# halt SIGNAL SECONDS NAME...: asks all at once, waits for all, and ends by force what is left.
halt() {
  local signal=$1 until=$((SECONDS + $2)) name
  shift 2
  for name; do end_keeper "$name"; done
  for name; do if alive "$name"; then kill "-$signal" "$pid" 2>/dev/null || true; fi; done
  for name; do
    while alive "$name" && [ $SECONDS -lt $until ]; do sleep 0.1; done
    ! alive "$name" || printf '%s did not stop in time and was killed\n' "$name" >&2
    end_leftovers "$name"
    rm -f "$run/pids/$name" "$run/pids/$name.again"
  done
}

# Whether somebody listens on 127.0.0.1:PORT. Read from the kernel: a connection would leave an error in a TLS server's log.
listening() {
  local port
  printf -v port '0100007F:%04X' "$1"
  awk -v port="$port" '$2 == port && $4 == "0A" { found = 1 } END { exit !found }' /proc/net/tcp && return
  # Java listens with IPv6 sockets, for which 127.0.0.1 is ::ffff:127.0.0.1.
  printf -v port '0000000000000000FFFF00000100007F:%04X' "$1"
  awk -v port="$port" '$2 == port && $4 == "0A" { found = 1 } END { exit !found }' /proc/net/tcp6
}

# status_row NAME PORT: name, pid, MiB of it and its children (shared memory divided among its users), port, state, and how
# often it was started again.
status_row() {
  local name=$1 port=$2 memory
  need stack ps
  if ! alive "$name"; then
    printf '%-16s %8s %8s %6s  %s\n' "$name" - - "$port" "$([ -s "$run/pids/$name" ] && echo "gone" || echo stopped)"
    return
  fi
  memory=$(ps -eo pid=,ppid= | awk -v root="$pid" '
    { parent[$1] = $2 }
    END { for (p in parent) { q = p; while (q != root && q > 1) q = parent[q]; if (q == root) print p } }' |
    while read -r p; do awk '/^Pss:/ { print $2 }' "/proc/$p/smaps_rollup" 2>/dev/null || true; done |
    awk '{ kib += $1 } END { printf "%d", kib / 1024 }')
  local is=up
  [ "$port" = - ] || listening "$port" || is="not listening"
  [ ! -s "$run/pids/$name.again" ] || is+=", started again: $(<"$run/pids/$name.again")"
  printf '%-16s %8s %8s %6s  %s\n' "$name" "$pid" "$memory" "$port" "$is"
}

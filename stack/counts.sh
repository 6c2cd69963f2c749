# Counts beside each other on one set of servers. Sourced, never run; brings lib.sh along.
#
# A count has a name, or is the one without; everything that it has here follows from that, in of_count() and nowhere else:
#
#                 without a name          with the name rill, in slot 1
#   teller.toml   .stack/teller.toml      .stack/teller-rill.toml
#   home          .stack/count            .stack/count-rill
#   topics        entries, inbox, …       rill.entries, rill.inbox, …      (src/settings derives them from [count] name)
#   indices       teller-<id>-…           teller-rill-<id>-…               (so do these)
#   database      teller                  teller_rill
#   ports         GATEWAY_PORT, …         COUNT_PORT_BASE + 10, …
#   processes     gateway, …              rill.gateway, …; a board of its own among them
#   Superset      dashboard teller        dashboard teller-rill, with database, datasets and charts of its own
#
# .stack/counts/NAME says that there is a count of that name, in which slot, with how many cores, who may send to it, and who may deliver.

# shellcheck shell=bash disable=SC2034,SC2153
# shellcheck source=stack/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

slots=9
core_wait_s=20
count_names() {
  local file
  for file in "$state"/counts/*; do [ ! -s "$file" ] || basename "$file"; done
}

must_be_a_name() {
  [[ $1 =~ ^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$ ]] ||
    fail "'$1' cannot be a count's name: 1 to 20 of a-z, 0-9 and -, with a letter first and no - at the end"
}

# of_setting KEY: what .stack/counts/NAME says.
of_setting() { sed -n "s/^$1=//p" "$state/counts/$count"; }
names_of_setting() { of_setting "$1" | sed 's/[^ ]*/"&"/g; s/ /, /g'; }

# Cores of a driver, unless it is told: all of them for a single count, for each of several its part.
its_part() {
  local counts
  counts=$(($(count_names | wc -l) + 1))
  [ -e "$state/count/count.json" ] || [ $counts = 1 ] || counts=$((counts - 1)) # None without a name is there.
  echo $((SPARK_WORKERS > counts ? SPARK_WORKERS / counts : 1))
}

# Free cores of Spark as its master says, and who has the others.
cores_now() {
  need stack curl python3
  curl -fsS --max-time 5 "http://127.0.0.1:$SPARK_PAGE_PORT/json/" | python3 -c 'import json, sys
of = json.load(sys.stdin)
print(of["cores"] - of["coresused"], ", ".join("%s has %d" % (app["name"], app["cores"]) for app in of["activeapps"]))'
}

# A driver that gets no core waits for one without an end. One that has just ended gives its cores back in a moment.
must_have_a_core() { # NAME
  local until=$((SECONDS + core_wait_s)) free who
  alive spark-master || return 0 # It says so itself.
  until read -r free who < <(cores_now) && [ "$free" -gt 0 ]; do
    [ $SECONDS -lt $until ] || fail "no core of Spark is free for $1: ${who:-its master does not answer}. Give each count its part: stop and start the driver that has them all (stack/teller.sh stop count, then start count; COUNT_CORES in stack/settings.env), or add a worker (SPARK_WORKERS there, then stack/spark.sh start)"
    sleep 0.2
  done
  [ "$free" -ge "$cores" ] || step "$1" "$free of $cores cores are free: $who"
}

# of_count NAME: `count` is it from now on (empty: the one without a name), and so are all these.
of_count() {
  count=$1
  if [ -z "$count" ]; then
    config=$state/teller.toml count_home=$state/count database=teller topics='' process='' logs=$run/teller dashboard=teller
    gateway_port=$GATEWAY_PORT reconcile_port=$RECONCILE_PORT log_port=$LOG_PORT board_port=$BOARD_PORT
    inbox_port=$INBOX_PORT api_port=$API_PORT
    page_port=$((SPARK_PAGE_PORT + 7)) senders='"station"' clerks='"clerk"' cores=$COUNT_CORES
  else
    must_be_a_name "$count"
    [ -s "$state/counts/$count" ] ||
      fail "there is no count $count here (there are: $(count_names | tr '\n' ' ')); make it with: stack/teller.sh --count $count create"
    local first
    first=$((COUNT_PORT_BASE + 10 * $(of_setting SLOT)))
    config=$state/teller-$count.toml count_home=$state/count-$count database=teller_$count topics=$count. process=$count.
    logs=$run/teller/$count dashboard=teller-$count
    gateway_port=$first reconcile_port=$((first + 1)) log_port=$((first + 2)) board_port=$((first + 3)) page_port=$((first + 4))
    inbox_port=$((first + 5)) api_port=$((first + 6))
    senders=$(names_of_setting SENDERS) clerks=$(names_of_setting CLERKS) cores=$(of_setting CORES)
    [ -n "$clerks" ] || clerks='"clerk"' # Made before there was an API.
  fi
  [ -n "$cores" ] || cores=$(its_part)
}

# name_for_demo HELD: a demo takes the place of the last one, or stands beside what is there (HELD: as teller.sh held says it).
name_for_demo() {
  local id mode
  while read -r id mode; do
    case $mode in '' | demo) ;; *) echo demo && return ;; esac
  done <<<"$1"
}

# ------------------------------------------------------------------------------------- what is not deleted unasked

# in_home HOME, in_database NAME: "id mode" of the count that is there, if one is.
in_home() {
  need stack python3
  [ ! -e "$1/count.json" ] ||
    python3 -c 'import json, sys; of = json.load(open(sys.argv[1])); print(of["id"].lower(), of["mode"])' "$1/count.json" 2>/dev/null ||
    fail "nothing was deleted: $1/count.json cannot be read, so nobody knows whether its count is live. Bring it back from a backup; if nothing of it is wanted, remove that folder by hand"
}
in_database() {
  asked() { "$stack/postgres.sh" sql -AtF ' ' "$@" || fail "nothing was deleted: PostgreSQL cannot be asked whether it holds a live count (what it said is above)"; }
  [ "$(asked -d "$1" -c "SELECT to_regclass('teller.head') IS NOT NULL")" = f ] ||
    asked -d "$1" -c "SELECT encode(count_id, 'hex'), mode FROM teller.head"
}

# must_be_named HELD HOW ID...: fails unless each live or rehearsed count of HELD (lines "id mode") is one of these. HOW: what
# would delete them, before their ids.
must_be_named() {
  local held=$1 how=$2 id mode unnamed=()
  shift 2
  local given=" ${*,,} "
  while read -r id mode; do
    case $mode in live | rehearsal) ;; *) continue ;; esac
    case "$given ${unnamed[*]} " in *" $id "*) continue ;; esac
    unnamed+=("$id")
    echo "the servers hold count $id, which is ${mode/rehearsal/a rehearsal}" >&2
  done <<<"$held"
  [ ${#unnamed[@]} = 0 ] ||
    fail "nothing was stopped or deleted. Keep a copy of what is wanted (docs/guides/backup-and-restore.md); what may go for good goes with: ${how//@/${unnamed[*]}}"
}

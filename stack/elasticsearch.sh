#!/usr/bin/env bash
# Elasticsearch 8.19, one node: stack/elasticsearch.sh start|stop|status|forget OF_COUNT
#
# HTTPS with TLS 1.3 only, on 127.0.0.1. Three accounts and no administrator: `publisher` makes, writes, reads and deletes
# teller-* and audit-* (what is not as it made it is built anew), `board` reads teller-*, `auditor` reads both; passwords in
# secrets/elastic.<account>. A fourth, `tester`, may also close, but only indices of the counts that tests make (ids that
# begin with 7e57). No write makes an index: the server is told so, and `publisher` has the right to make one (an action, by
# its name) without that to have one made by a write, which `create_index` would include. Their hashes and roles are files
# that this script writes at every start; accounts that could be made over the network (native realm, API keys, tokens, the
# built-in `elastic`) are switched off. The transport port trusts only this node's own certificate.
# forget OF_COUNT deletes the indices teller<OF_COUNT>-… and audit<OF_COUNT> of one count; OF_COUNT is -<8 digits> or
# -<name>-<8 digits>.
# It refuses to run as root: started by root, it runs as the user teller-search, which is made for it.
# shellcheck source=stack/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need stack curl openssl python3 unzip

version=8.19.16
log=$run/elasticsearch.log # of the start; the server's own is in logs/ of its folder
user=teller-search
[ "$(id -u)" = 0 ] || user=$(id -un)

places() {
  home=$(real_folder elasticsearch)
  program=$home/elasticsearch-$version
}
places

# password_hash: of standard input, in the form that Elasticsearch's file realm calls PBKDF2.
password_hash() {
  python3 -c 'import base64, hashlib, os, sys
salt = os.urandom(32)
key = hashlib.pbkdf2_hmac("sha512", sys.stdin.read().strip().encode(), salt, 10000, 32)
print("{PBKDF2}10000$" + base64.b64encode(salt).decode() + "$" + base64.b64encode(key).decode())'
}

configure() {
  local config=$program/config name
  mkdir -p "$config/certs" "$program"/{data,logs,plugins,tmp}
  cp "$secrets"/{ca.crt,elasticsearch.crt,elasticsearch.key} "$config/certs/"
  [ -s "$config/certs/transport.crt" ] ||
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 -subj /CN=transport \
      -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
      -keyout "$config/certs/transport.key" -out "$config/certs/transport.crt" 2>/dev/null
  cat >"$config/elasticsearch.yml" <<CONF
cluster.name: teller
node.name: node-1
discovery.type: single-node
network.host: 127.0.0.1
http.port: $ELASTICSEARCH_PORT
transport.port: $ELASTICSEARCH_TRANSPORT_PORT
action.auto_create_index: false
action.destructive_requires_name: true
xpack.security.enabled: true
xpack.security.autoconfiguration.enabled: false
xpack.security.enrollment.enabled: false
xpack.security.http.ssl.enabled: true
xpack.security.http.ssl.key: certs/elasticsearch.key
xpack.security.http.ssl.certificate: certs/elasticsearch.crt
xpack.security.http.ssl.certificate_authorities: [ "certs/ca.crt" ]
xpack.security.http.ssl.supported_protocols: [ "TLSv1.3" ]
xpack.security.transport.ssl.enabled: true
xpack.security.transport.ssl.key: certs/transport.key
xpack.security.transport.ssl.certificate: certs/transport.crt
xpack.security.transport.ssl.certificate_authorities: [ "certs/transport.crt" ]
xpack.security.transport.ssl.client_authentication: required
xpack.security.transport.ssl.supported_protocols: [ "TLSv1.3" ]
xpack.security.authc.realms.file.file1.order: 0
xpack.security.authc.realms.native.native1.enabled: false
xpack.security.authc.realms.native.native1.order: 1
xpack.security.authc.reserved_realm.enabled: false
xpack.security.authc.api_key.enabled: false
xpack.security.authc.token.enabled: false
# A test machine's disk may be nearly full of other things; writes go on until it really is.
cluster.routing.allocation.disk.threshold_enabled: false
CONF
  cat >"$config/roles.yml" <<'CONF'
teller_publisher: { cluster: [ monitor ], indices: [ { names: [ 'teller-*', 'audit-*' ], privileges: [ 'indices:admin/create', delete_index, write, read, view_index_metadata, maintenance ] } ] }
teller_tester: { indices: [ { names: [ 'teller-7e57*', 'audit-7e57*' ], privileges: [ read, write, manage ] } ] }
teller_board: { cluster: [ monitor ], indices: [ { names: [ 'teller-*' ], privileges: [ read, view_index_metadata ] } ] }
teller_auditor: { cluster: [ monitor ], indices: [ { names: [ 'teller-*', 'audit-*' ], privileges: [ read, view_index_metadata ] } ] }
CONF
  : >"$config/users"
  for name in publisher board auditor tester; do
    secret "elastic.$name"
    printf '%s:%s\n' "$name" "$(password_hash <<<"$secret")" >>"$config/users"
  done
  printf 'teller_publisher:publisher\nteller_board:board\nteller_auditor:auditor\nteller_tester:tester\n' >"$config/users_roles"
}

# as_publisher PATH OPTIONS...
as_publisher() {
  secret elastic.publisher
  curl -fsS --cacert "$secrets/ca.crt" --config - "https://localhost:$ELASTICSEARCH_PORT/$1" "${@:2}" <<<"user = \"publisher:$secret\""
}

healthy() { as_publisher "_cluster/health?wait_for_status=yellow&timeout=2s" --max-time 5; }

# The server deletes no pattern, so they are named one by one.
forget() { # OF_COUNT
  local names
  names=$(as_publisher "teller$1-*,audit$1?ignore_unavailable=true&filter_path=*.aliases" |
    python3 -c 'import json, sys; print(",".join(json.load(sys.stdin)))') || fail "the indices of $1 could not be asked for"
  [ -z "$names" ] || as_publisher "$names" -X DELETE --output /dev/null || fail "the indices $names could not be deleted"
}

start() {
  prepare_state
  if alive elasticsearch && healthy >/dev/null 2>&1; then
    step elasticsearch "already up"
    return
  fi
  if [ "$user" = teller-search ] && ! id "$user" >/dev/null 2>&1; then
    useradd --system --no-create-home --shell /usr/sbin/nologin "$user"
  fi
  folder_for_user elasticsearch "$user"
  places
  if [ ! -d "$program/lib" ]; then
    rm -rf "$home/unpacked"
    unzip -q "$cache/elasticsearch-$version/elasticsearch-$version.zip" -d "$home/unpacked"
    mv "$home/unpacked/elasticsearch-$version" "$program"
    rmdir "$home/unpacked"
  fi
  configure
  chown -R "$user" "$home/"
  as_user "$user"
  alive elasticsearch || claim elasticsearch "$ELASTICSEARCH_PORT" "$ELASTICSEARCH_TRANSPORT_PORT"
  alive elasticsearch || (
    cd "$program"
    unset JAVA_TOOL_OPTIONS ES_HOME ES_PATH_CONF
    rm -f "$home/pid"
    # A short-lived launcher: it ends when the server, its child, has opened its ports, and leaves its pid in a file.
    launch elasticsearch "$log" "${as_user[@]}" env HOME="$home" ES_JAVA_HOME="$(java_home)" ES_TMPDIR="$program/tmp" \
      ES_JAVA_OPTS="-Xms$ELASTICSEARCH_HEAP -Xmx$ELASTICSEARCH_HEAP -Des.queryable_built_in_roles_enabled=false -XX:-HeapDumpOnOutOfMemoryError -Xlog:disable" \
      "$program/bin/elasticsearch" -d -p "$home/pid"
    wait $! || {
      tail -n 20 "$log" >&2
      fail "elasticsearch ended while it started; its log is $log"
    }
    cat "$home/pid" >"$run/pids/elasticsearch"
  )
  wait_for elasticsearch "$program/logs/teller.log" 300 healthy
  step elasticsearch "ready on $ELASTICSEARCH_PORT"
}

case ${1:-} in
  start) start ;;
  stop) halt TERM 30 elasticsearch ;;
  status) status_row elasticsearch "$ELASTICSEARCH_PORT" ;;
  forget) forget "${2:?count}" ;;
  *)
    echo "usage: $0 start|stop|status|forget OF_COUNT" >&2
    exit 2
    ;;
esac

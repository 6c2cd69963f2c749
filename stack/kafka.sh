#!/usr/bin/env bash
# Kafka 4.3.1, three nodes, each broker and controller:
#   stack/kafka.sh start [NODE...]|stop|status|add|remove|allow PREFIX|forget PREFIX|tool CLASS ARGS...
#
# TLS 1.3 only. Four listeners a node: outside producers (SASL_SSL, SCRAM), controllers and brokers (mTLS), and our own
# processes (mTLS; the CN is the principal: Debian's librdkafka cannot log in to Kafka 4 with SCRAM). Who may do what
# stands in kafka_accounts.txt; everything else is refused. Topics are made by `teller topics create`, by nothing else.
# allow PREFIX gives the same rights for the topics PREFIXentries, PREFIXinbox, PREFIXrefused (of a count with a name "NAME.", or a
# test's own); forget PREFIX deletes these topics, and with a PREFIX their rights.
# add brings up a fourth node, a broker only, that takes no partition until it is given some; remove takes it away again when
# it has none left, and forgets it (a test of moving house).
# tool runs one of Kafka's tools as admin: kafka.sh tool org.apache.kafka.tools.TopicCommand --list
# shellcheck source=stack/counts.sh
. "$(dirname "${BASH_SOURCE[0]}")/counts.sh"
need stack openssl

controllers=(1 2 3)
home=$run/kafka
nodes=("${controllers[@]}")
[ ! -e "$home/data-4" ] || nodes+=(4)
libs=$cache/kafka-4.3.1
java=$(java_home)/bin/java
port() { echo $((KAFKA_PORT_BASE + 100 * $1 + ${2:-0})); }
# each TEXT LISTENER: TEXT for nodes 1 to 3, their number for @n and their port of that listener for @p, joined by commas.
each() {
  local n text joined=
  for n in "${controllers[@]}"; do
    text=${1//@n/$n}
    joined+=${joined:+,}${text//@p/$(port "$n" "$2")}
  done
  echo "$joined"
}

# A short-lived JVM: small, and quick to start.
brief_java() { "$java" -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dlog4j2.configurationFile="$home/log4j2.properties" -cp "$libs/*" "$@"; }

configure() {
  mkdir -p "$home"
  {
    log4j2_to_stderr '%d %p %c{1} %m%n'
    echo logger.s.name=kafka.server.KafkaRaftServer
    echo logger.s.level=INFO
  } >"$home/log4j2.properties"
  local n roles control
  for n in "${nodes[@]}"; do
    roles=broker control=
    [ "$n" = 4 ] || roles=broker,controller control=CONTROLLER://127.0.0.1:$(port "$n" 1),
    cat >"$home/node-$n.properties" <<CONF
process.roles=$roles
node.id=$n
controller.quorum.voters=$(each '@n@localhost:@p' 1)
listeners=CLIENT://127.0.0.1:$(port "$n"),${control}INTERNAL://127.0.0.1:$(port "$n" 2),MTLS://127.0.0.1:$(port "$n" 3)
advertised.listeners=CLIENT://localhost:$(port "$n"),INTERNAL://localhost:$(port "$n" 2),MTLS://localhost:$(port "$n" 3)
controller.listener.names=CONTROLLER
inter.broker.listener.name=INTERNAL
listener.security.protocol.map=CLIENT:SASL_SSL,MTLS:SSL,INTERNAL:SSL,CONTROLLER:SSL
ssl.keystore.type=PEM
ssl.keystore.location=$secrets/broker-$n.pem
ssl.truststore.type=PEM
ssl.truststore.location=$secrets/ca.crt
ssl.enabled.protocols=TLSv1.3
ssl.principal.mapping.rules=RULE:^CN=([^,]+).*$/\$1/,DEFAULT
listener.name.internal.ssl.client.auth=required
listener.name.controller.ssl.client.auth=required
listener.name.mtls.ssl.client.auth=required
listener.name.client.ssl.client.auth=none
listener.name.client.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.client.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=false
super.users=$(each 'User:broker-@n' 0 | tr , ';');User:broker-4;User:admin
default.replication.factor=3
min.insync.replicas=2
unclean.leader.election.enable=false
auto.create.topics.enable=false
offsets.topic.replication.factor=3
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
# A dead broker is noticed after 3 s (9 s by default), and deliveries go on.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# Kept until certified: nothing expires by itself.
log.retention.ms=-1
log.retention.bytes=-1
message.max.bytes=4194304
log.dirs=$home/data-$n
CONF
  done
  cat >"$home/admin.properties" <<CONF
bootstrap.servers=$(each 'localhost:@p' 3)
security.protocol=SSL
ssl.keystore.type=PEM
ssl.keystore.location=$secrets/admin.pem
ssl.truststore.type=PEM
ssl.truststore.location=$secrets/ca.crt
CONF
}

format() {
  [ -e "$home/formatted" ] && return
  local id n
  rm -rf "$home"/data-*
  id=t$(openssl rand -base64 16 | tr '+/' '-_' | cut -c2-22) # Kafka's form of a UUID, never beginning with a dash
  for n in "${nodes[@]}"; do
    brief_java kafka.tools.StorageTool format -t "$id" -c "$home/node-$n.properties" >"$home/format-$n.log" 2>&1 &
  done
  wait
  for n in "${nodes[@]}"; do
    [ -s "$home/data-$n/meta.properties" ] || {
      cat "$home/format-$n.log" >&2
      fail "the storage could not be formatted"
    }
  done
  touch "$home/formatted"
}

started() { grep -q 'Kafka Server started' "$1"; }

accounts() { # allow|forget TOPIC_PREFIX...
  secret kafka.producer
  echo "producer $secret" |
    brief_java "$stack/KafkaAccounts.java" "$home/admin.properties" "$stack/kafka_accounts.txt" "${#nodes[@]}" "$@" ||
    fail "the accounts could not be set"
}

# What the accounts were last made from: they are made again when that has changed.
accounts_source() { cat "$stack/kafka_accounts.txt" "$stack/KafkaAccounts.java" "$secrets/kafka.producer" 2>/dev/null | sha256sum; }

start() {
  prepare_state
  local n name prefixes asleep=() only=("$@")
  for n in "${nodes[@]}"; do
    [ ${#only[@]} = 0 ] || case " ${only[*]} " in *" $n "* | *" kafka-$n "*) ;; *) continue ;; esac
    alive "kafka-$n" || asleep+=("$n")
  done
  if [ ${#asleep[@]} = 0 ] && cmp -s <(accounts_source) "$home/accounts"; then
    step kafka "already up"
    return
  fi
  configure
  format
  for n in "${asleep[@]}"; do claim "kafka-$n" "$(port "$n")" "$(port "$n" 1)" "$(port "$n" 2)" "$(port "$n" 3)"; done
  for n in "${asleep[@]}"; do
    launch "kafka-$n" "$home/node-$n.log" "$java" -Xms"$KAFKA_HEAP" -Xmx"$KAFKA_HEAP" -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError \
      -Dlog4j2.configurationFile="$home/log4j2.properties" -cp "$libs/*" kafka.Kafka "$home/node-$n.properties"
  done
  for n in "${asleep[@]}"; do
    # One node alone has no quorum and is not "started" until a second one is there.
    wait_for "kafka-$n" "$home/node-$n.log" 300 started "$home/node-$n.log"
  done
  if [ ${#only[@]} = 0 ] && ! cmp -s <(accounts_source) "$home/accounts"; then
    prefixes=('')
    for name in $(count_names); do prefixes+=("$name."); done
    accounts allow "${prefixes[@]}"
    accounts_source >"$home/accounts"
  fi
  step kafka "${#asleep[@]} nodes ready on $(each @p 0) (mTLS +3)"
}

add() {
  [ -e "$home/formatted" ] || fail "start Kafka first"
  nodes=("${controllers[@]}" 4)
  configure
  [ -s "$home/data-4/meta.properties" ] ||
    brief_java kafka.tools.StorageTool format -t "$(sed -n 's/^cluster.id=//p' "$home/data-1/meta.properties")" \
      -c "$home/node-4.properties" >"$home/format-4.log" 2>&1 || {
    cat "$home/format-4.log" >&2
    fail "the storage could not be formatted"
  }
  start 4
}

remove() {
  [ -e "$home/data-4" ] || return 0
  # Kafka would forget a replica without a word, and its partitions would be a copy short.
  if "$stack/kafka.sh" tool org.apache.kafka.tools.TopicCommand --describe | grep -qP 'Replicas: [\d,]*\b4\b'; then
    fail "node 4 still has partitions; move them first (ReassignPartitionsCommand)"
  fi
  halt TERM 60 kafka-4
  brief_java org.apache.kafka.tools.ClusterTool unregister --bootstrap-server "$(each 'localhost:@p' 3)" \
    --config "$home/admin.properties" --id 4 >/dev/null || fail "node 4 could not be forgotten"
  rm -rf "$home/data-4" "$home"/node-4.*
  step kafka "node 4 is gone"
}

case ${1:-} in
  start)
    shift
    start "$@"
    ;;
  add) add ;;
  remove) remove ;;
  # All at once: the last two would otherwise wait for a quorum that is gone.
  stop) halt TERM 30 "${nodes[@]/#/kafka-}" ;;
  status) for n in "${nodes[@]}"; do status_row "kafka-$n" "$(port "$n")"; done ;;
  allow) accounts allow "${2:?prefix}" ;;
  forget) accounts forget "${2?prefix}" ;; # It may be empty.
  tool)
    shift
    class=${1:?class}
    shift
    brief_java "$class" --bootstrap-server "$(each 'localhost:@p' 3)" --command-config "$home/admin.properties" "$@"
    ;;
  *)
    echo "usage: $0 start [NODE...]|stop|status|add|remove|allow PREFIX|forget PREFIX|tool CLASS ARGUMENTS..." >&2
    exit 2
    ;;
esac

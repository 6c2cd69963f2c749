#!/usr/bin/env bash
# Our own certificate authority and what it signs: stack/certificates.sh start|stop|status
#
# start makes what is missing or has less than 30 days left (servers must be started again to use it). Keys are P-256,
# 0600, in .stack/secrets. A name in CN is an identity: the Kafka principal, the sender at the gateway.
#   ca                                                      signs the others; nobody needs to trust it beyond this stack
#   server postgres elasticsearch board superset            localhost and 127.0.0.1; cannot be used as a client
#   broker-1 broker-2 broker-3 broker-4                     both: brokers speak to each other (4: kafka.sh add)
#   gateway spark publish reconcile api admin station clerk clients of Kafka, gateway and API; cannot be used as a server
#   teller_owner, … teller_registrar, superset-account      the accounts of PostgreSQL: the same, and there are no passwords
# NAME.pem is key and certificate in one file, as Java wants them.
# shellcheck source=stack/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need stack openssl

servers=(server postgres elasticsearch board superset)
brokers=(broker-1 broker-2 broker-3 broker-4)
clients=(gateway spark publish reconcile api admin station clerk teller_owner teller_writer teller_publisher teller_deliverer teller_reader teller_auditor teller_registrar superset-account)
localhost='subjectAltName=DNS:localhost,IP:127.0.0.1'
days=825

fresh() { [ -s "$secrets/$1.crt" ] && openssl x509 -in "$secrets/$1.crt" -noout -checkend $((30 * 86400)) >/dev/null; }

make_ca() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days $days -subj "/CN=teller stack CA $(openssl rand -hex 4)" \
    -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign \
    -keyout "$secrets/ca.key" -out "$secrets/ca.crt.new" 2>/dev/null
  mv "$secrets/ca.crt.new" "$secrets/ca.crt" # the certificate last: it says that all is there
}

sign() { # NAME EXTENSIONS
  local at=$secrets/$1
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$at.key" -out "$at.csr" 2>/dev/null
  openssl x509 -req -in "$at.csr" -CA "$secrets/ca.crt" -CAkey "$secrets/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
    -days $days -out "$at.crt.new" \
    -extfile <(printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n%s\n' "$2") 2>/dev/null
  cat "$at.key" "$at.crt.new" >"$at.pem"
  rm "$at.csr"
  mv "$at.crt.new" "$at.crt"
}

start() {
  prepare_state
  local made=0 name
  fresh ca || {
    make_ca
    made=all
  }
  for name in "${servers[@]}" "${brokers[@]}" "${clients[@]}"; do
    [ "$made" != all ] && fresh "$name" && continue
    case " ${servers[*]} " in *" $name "*) sign "$name" "$localhost"$'\nextendedKeyUsage=serverAuth' ;; *)
      case $name in
        broker-*) sign "$name" "$localhost"$'\nextendedKeyUsage=serverAuth,clientAuth' ;;
        *) sign "$name" 'extendedKeyUsage=clientAuth' ;;
      esac
      ;;
    esac
  done
  step certificates "in $secrets"
}

status() {
  local name
  for name in ca "${servers[@]}" "${brokers[@]}" "${clients[@]}"; do
    printf '%-16s %s\n' "$name" "$(openssl x509 -in "$secrets/$name.crt" -noout -enddate 2>/dev/null || echo missing)"
  done
}

case ${1:-} in
  start) start ;;
  stop) ;;
  status) status ;;
  *)
    echo "usage: $0 start|stop|status" >&2
    exit 2
    ;;
esac

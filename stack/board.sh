#!/usr/bin/env bash
# The Streamlit board over HTTPS: stack/board.sh start|stop|status
#
# Runs view/board/app.py in build/venv/board. It reads TELLER_CONFIG (.stack/teller.toml) and PostgreSQL as teller_reader.
# shellcheck source=stack/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need stack curl

page=$tree/view/board/app.py
log=$run/board/board.log

answers() { curl -fsS --max-time 2 --cacert "$secrets/ca.crt" "https://localhost:$BOARD_PORT/_stcore/health"; }

start() {
  prepare_state
  if alive board && answers >/dev/null 2>&1; then
    step board "already up"
    return
  fi
  mkdir -p "$run/board"
  alive board || claim board "$BOARD_PORT"
  # HOME: Streamlit keeps an id of the machine there, and would read settings that are not ours.
  alive board || (
    cd "$run/board"
    TELLER_CONFIG=$state/teller.toml OPENSSL_CONF=$stack/board_openssl.cnf HOME=$run/board PYTHONDONTWRITEBYTECODE=1 \
      launch board "$log" "$venvs/board/bin/python" -m streamlit run "$page" \
      --server.headless true --server.address 127.0.0.1 --server.port "$BOARD_PORT" \
      --server.sslCertFile "$secrets/board.crt" --server.sslKeyFile "$secrets/board.key" \
      --server.fileWatcherType none --browser.gatherUsageStats false --client.toolbarMode minimal
  )
  wait_for board "$log" 60 answers
  step board "ready on https://localhost:$BOARD_PORT"
}

case ${1:-} in
  start) start ;;
  stop) halt TERM 10 board ;;
  status) status_row board "$BOARD_PORT" ;;
  *)
    echo "usage: $0 start|stop|status" >&2
    exit 2
    ;;
esac

#!/usr/bin/env bash
# The Streamlit board over HTTPS: stack/board.sh [--count NAME] start|stop|status
#
# Runs view/board/app.py in build/venv/board. It reads TELLER_CONFIG (.stack/teller.toml) and PostgreSQL as teller_reader.
# Each count has one, on a port of its own (counts.sh).
# shellcheck source=stack/counts.sh
. "$(dirname "${BASH_SOURCE[0]}")/counts.sh"
need stack curl

page=$tree/view/board/app.py

answers() { curl -fsS --max-time 2 --cacert "$secrets/ca.crt" "https://localhost:$board_port/_stcore/health"; }

start() {
  prepare_state
  if alive "$board" && answers >/dev/null 2>&1; then
    step "$board" "already up"
    return
  fi
  mkdir -p "$run/board"
  alive "$board" || claim "$board" "$board_port"
  # HOME: Streamlit keeps an id of the machine there, and would read settings that are not ours.
  alive "$board" || (
    cd "$run/board"
    TELLER_CONFIG=$config OPENSSL_CONF=$stack/board_openssl.cnf HOME=$run/board PYTHONDONTWRITEBYTECODE=1 \
      launch "$board" "$log" "$venvs/board/bin/python" -m streamlit run "$page" \
      --server.headless true --server.address 127.0.0.1 --server.port "$board_port" \
      --server.sslCertFile "$secrets/board.crt" --server.sslKeyFile "$secrets/board.key" \
      --server.fileWatcherType none --browser.gatherUsageStats false --client.toolbarMode minimal
  )
  wait_for "$board" "$log" 60 answers
  step "$board" "ready on https://localhost:$board_port"
}

if [ "${1:-}" = --count ]; then
  of_count "${2:?name}"
  shift 2
else
  of_count ''
fi
board=${process}board
log=$run/board/$board.log
case ${1:-} in
  start) start ;;
  stop) halt TERM 10 "$board" ;;
  status) status_row "$board" "$board_port" ;;
  *)
    echo "usage: $0 [--count NAME] start|stop|status" >&2
    exit 2
    ;;
esac

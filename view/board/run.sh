#!/usr/bin/env bash
# The board on this machine only, without TLS: view/board/run.sh HOME_OR_URL [PORT]
#
# HOME_OR_URL: a count's home (its store.sqlite is opened read-only), or an SQLAlchemy URL such as
#   postgresql+psycopg://teller_reader@localhost:25432/teller?sslmode=verify-full&sslrootcert=ca.crt&passfile=reader.pgpass
# without a password in it. PORT is 18502 unless given. Runs in the foreground until it is interrupted.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(cd "$here/../.." && pwd)
case ${1:-} in
  '' | -h | --help)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
  *://*) TELLER_BOARD_URL=$1 ;;
  *) TELLER_BOARD_URL=$(realpath -m "$1") ;;
esac
export TELLER_BOARD_URL PYTHONDONTWRITEBYTECODE=1
"$tree/packages/install.sh" board
cd "$here" # Streamlit reads .streamlit/config.toml from here
exec "$tree/build/venv/board/bin/python" -m streamlit run app.py --server.port "${2:-18502}" --server.address 127.0.0.1

#!/usr/bin/env bash
# Installs what a purpose needs and this machine lacks: packages/install.sh WHAT...
#
#   build      compiler and libraries of the program `teller` (Debian)
#   java       Java compiler and Maven, for the library and the job that run in Spark (Debian)
#   unit       what the unit tests need (Debian)
#   test       second compiler, formatters and linters, and the Python environment of the tests
#   board      Python environment of the Streamlit page
#   superset   Python environment of Superset
#   spark      Spark 4.2.0, as a Python environment, and Kafka's client for it
#   stack      Kafka, Elasticsearch, PostgreSQL
#   browser    Debian's Chromium, for tests that look at pages
#   chroot     debootstrap, for the test on a bare Debian
#   bench      what Teller is compared with: PostgreSQL, Redis (Debian), DuckDB (a Python environment)
#   rivals     what the service form is compared with: Kafka Streams, and plain Spark's source for Kafka
#
# Says first what will be installed and what it costs, and asks when a person is there to answer (TELLER_YES=1: does not).
# When nothing is missing it says nothing and is done in a fraction of a second. Everything is pinned: Debian's release,
# python/*.txt with hashes, java/*.xml with *.sha256, go.sum beside each go.mod of tests/. Downloads are kept in ${XDG_CACHE_HOME:-~/.cache}/teller and a
# second tree on the same machine needs no network for them.
#
# Exit codes: 0 all there, 2 wrong usage, 3 could not.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(dirname "$here")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/teller
venvs=$tree/build/venv
kafka_version=4.3.1 kafka_clients_version=3.9.2 elasticsearch_version=8.19.16 google_java_format_version=1.28.0 spark_version=4.2.0 # as in java/*.xml
maven_plugin=org.apache.maven.plugins:maven-dependency-plugin:3.8.1

declare -A python_cost=([board]="400 MB, 10 s" [superset]="630 MB, 15 s" [spark]="660 MB, 40 s" [test]="180 MB, 5 s" [bench]="80 MB, 5 s")

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }
fail() {
  printf 'install: %s\n' "$*" >&2
  exit 3
}
now() { printf '%(%s)T' -1; }

[ $# -gt 0 ] || {
  usage >&2
  exit 2
}
what=()
for word; do
  case $word in
    -h | --help)
      usage
      exit 0
      ;;
    build | java | unit | test | board | superset | spark | stack | browser | chroot | bench | rivals) what+=("$word") ;;
    *)
      printf 'install: no such purpose: %s\n' "$word" >&2
      usage >&2
      exit 2
      ;;
  esac
done

# ------------------------------------------------------------------------------------------- what is missing

go_sums() { cat "${go_modules[@]/%//go.sum}"; }
environments=() jars=() apt_purposes=" "
go_modules=("$tree/tests/interop/go" "$tree/tests/history/judge") go_cache=$cache/go missing_go=()
for word in "${what[@]}"; do
  apt_purposes+="$word "
  case $word in board | superset | spark | test | bench)
    environments+=("$word")
    apt_purposes+="python "
    ;;
  esac
  case $word in stack) jars+=(kafka elasticsearch) ;; spark) jars+=(spark) ;; rivals) jars+=(kafka-streams spark-kafka) ;; test) jars+=(google-java-format) ;; esac
  case $word in test) cmp -s <(go_sums) "$go_cache/.installed" || missing_go=(golang.org/x/mod github.com/anishathalye/porcupine) ;; esac
done

wanted=()
while read -r purposes package _; do
  case $purposes in '' | '#'*) continue ;; esac
  for purpose in ${purposes//,/ }; do
    case $apt_purposes in *" $purpose "*)
      wanted+=("$package")
      break
      ;;
    esac
  done
done <"$here/apt.txt"

missing_debs=()
if [ ${#wanted[@]} -gt 0 ]; then
  installed=$(dpkg-query -W -f='${db:Status-Abbrev}${Package}\n' "${wanted[@]}" 2>/dev/null || true)
  for package in $(printf '%s\n' "${wanted[@]}" | sort -u); do
    case $'\n'$installed$'\n' in *$'\n'"ii $package"$'\n'*) ;; *) missing_debs+=("$package") ;; esac
  done
fi

# The lock an environment was made from lies in it, beside the tree's place: environments do not survive a move.
stamp() {
  cat "$here/python/$1.txt"
  printf '%s\n' "$venvs"
}
missing_environments=()
for name in "${environments[@]}"; do
  [ -x "$venvs/$name/bin/python" ] && cmp -s <(stamp "$name") "$venvs/$name/.installed" || missing_environments+=("$name")
done

declare -A jar_folder=(
  [kafka]=$cache/kafka-$kafka_version
  ["kafka-streams"]=$cache/kafka-streams-$kafka_version
  [spark]=$cache/kafka-clients-$kafka_clients_version
  ["spark-kafka"]=$cache/spark-kafka-$spark_version
  [elasticsearch]=$cache/elasticsearch-$elasticsearch_version
  ["google-java-format"]=$cache/google-java-format-$google_java_format_version)
declare -A jar_cost=([kafka]="55 MB, 10 s" [spark]="5 MB, 5 s" ["kafka-streams"]="95 MB, 10 s" ["spark-kafka"]="1 MB, 5 s" [elasticsearch]="105 MB, 10 s" ["google-java-format"]="4 MB, 5 s")
missing_jars=()
for name in "${jars[@]}"; do [ -d "${jar_folder[$name]}" ] || missing_jars+=("$name"); done

[ ${#missing_debs[@]} -gt 0 ] || [ ${#missing_environments[@]} -gt 0 ] || [ ${#missing_jars[@]} -gt 0 ] || [ ${#missing_go[@]} -gt 0 ] || exit 0

# ------------------------------------------------------------------------------------------- say it, and ask

as_root=()
if [ ${#missing_debs[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
      fail "these Debian packages are missing; ask an administrator: apt-get install ${missing_debs[*]}"
    as_root=(sudo)
  fi
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get update -qq || fail "apt-get update failed"
  cost=$(LC_ALL=C apt-get install --no-install-recommends --assume-no "${missing_debs[@]}" 2>/dev/null |
    sed -n 's/^Need to get \(.*\) of archives.*/\1 to download/p; s/^After this operation, \(.*\) of additional.*/\1 on disk/p' |
    paste -sd, | sed 's/,/, /' || true)
fi

echo "Teller (${what[*]}) needs and this machine lacks:"
[ ${#missing_debs[@]} = 0 ] || printf '  Debian packages (%s): %s\n' "${cost:-size unknown}" "${missing_debs[*]}"
for name in "${missing_environments[@]}"; do printf '  Python environment build/venv/%s (about %s)\n' "$name" "${python_cost[$name]}"; done
for name in "${missing_jars[@]}"; do printf '  Java: %s (about %s), into %s\n' "$name" "${jar_cost[$name]}" "$cache"; done
[ ${#missing_go[@]} = 0 ] || printf '  Go: %s (about 1 MB, 2 s), into %s\n' "${missing_go[*]}" "$go_cache"
if [ -t 0 ] && [ -t 2 ] && [ -z "${TELLER_YES:-}" ]; then
  read -r -p "Install it? [Y/n] " answer
  case $answer in '' | [yY]*) ;; *)
    echo "Nothing was installed."
    exit 3
    ;;
  esac
fi

# ------------------------------------------------------------------------------------------- do it

began=$(now)
step() { printf '%5d s  %s\n' $(($(now) - began)) "$*"; }

if [ ${#missing_debs[@]} -gt 0 ]; then
  # Debian would start a PostgreSQL of its own: ours is the one of stack/, and only that.
  case " ${missing_debs[*]} " in *" postgresql-15 "*)
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
      "${as_root[@]}" mkdir -p /etc/postgresql-common
      echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    ;;
  esac
  log=$(mktemp)
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${missing_debs[@]}" >"$log" 2>&1 ||
    {
      tail -20 "$log" >&2
      fail "apt-get install failed; all it said is in $log"
    }
  rm -f "$log"
  step "Debian packages"
fi

# Debian's own Python 3.11 first: one that came through PATH (pyenv, conda) may go away or lack parts.
find_python() {
  local candidate
  for candidate in /usr/bin/python3.11 python3.11 python3; do
    "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || continue
    command -v "$candidate"
    return
  done
  fail "no Python 3.11 with venv was found"
}

if [ ${#missing_environments[@]} -gt 0 ]; then
  python=$(find_python)
  export UV_CACHE_DIR=$cache/uv PIP_DISABLE_PIP_VERSION_CHECK=1 UV_PYTHON_DOWNLOADS=never
  mkdir -p "$venvs"
  if ! cmp -s <(stamp uv) "$venvs/uv/.installed"; then
    rm -rf "$venvs/uv"
    "$python" -m venv "$venvs/uv"
    "$venvs/uv/bin/python" -m pip install -q --require-hashes -r "$here/python/uv.txt"
    stamp uv >"$venvs/uv/.installed"
    step "uv, which makes the environments"
  fi
  for name in "${missing_environments[@]}"; do
    rm -rf "${venvs:?}/$name"
    "$venvs/uv/bin/uv" venv -q --python "$python" "$venvs/$name"
    "$venvs/uv/bin/uv" pip install -q --python "$venvs/$name/bin/python" --require-hashes \
      --build-constraints "$here/python/build.txt" -r "$here/python/$name.txt" ||
      fail "the Python environment $name could not be made"
    stamp "$name" >"$venvs/$name/.installed" # last: a half-made environment is made again
    step "Python environment $name"
  done
fi

if [ ${#missing_jars[@]} -gt 0 ]; then
  for name in "${missing_jars[@]}"; do
    folder=${jar_folder[$name]}
    part=$folder.part.$$
    mkdir -p "$part"
    only=()
    [ "$name" != spark ] || only=(-DincludeArtifactIds=kafka-clients)
    # Maven on Debian ends with an escape sequence, on both ways out, even when it has nothing to say.
    mvn -B -q -ntp -Dstyle.color=never -f "$here/java/$name.xml" "$maven_plugin:copy-dependencies" \
      -DoutputDirectory="$part" -DincludeScope=runtime "${only[@]}" 2>&1 | sed $'s/\033\\[0m//g' | sed '/^$/d' >&2 || {
      rm -rf "$part"
      fail "Maven could not fetch $name"
    }
    (cd "$part" && sha256sum --quiet -c "$here/java/$name.sha256") ||
      {
        rm -rf "$part"
        fail "$name is not what java/$name.sha256 says; nothing was kept"
      }
    mv -T "$part" "$folder" 2>/dev/null || { [ -d "$folder" ] && rm -rf "$part"; } # another tree was quicker
    step "$name"
  done
fi

if [ ${#missing_go[@]} -gt 0 ]; then
  for module in "${go_modules[@]}"; do
    (cd "$module" && GOMODCACHE=$go_cache GOFLAGS=-mod=readonly GOTOOLCHAIN=local go mod download) ||
      fail "Go could not fetch ${missing_go[*]}"
  done
  go_sums >"$go_cache/.installed"
  step "Go modules"
fi

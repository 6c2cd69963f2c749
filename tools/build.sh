#!/usr/bin/env bash
# Builds what a person asked for in build/release, and nothing else: tools/build.sh program|service|all
#
#   program   teller
#   service   teller, and the library and the job that count in Spark
#   all       these and the unit tests
#
# Installs first what is missing (packages/install.sh). A tree that was configured for less is configured again; what is
# built already stays. Exit codes: 0 built, 2 wrong usage, 3 could not.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/release

fail() { # WHAT DO
  printf 'build: %s\nbuild: %s\n' "$1" "$2" >&2
  exit 3
}
configure() {
  cmake --preset release "$@" >/dev/null || fail "the build could not be configured" "what CMake says is above; after mending it: make"
}
holds() { grep -qs "^$1:[A-Z]*=ON" $build/CMakeCache.txt; }

case ${1:-} in
  program)
    packages/install.sh build
    [ -f $build/build.ninja ] || configure -D BUILD_TESTING=OFF -D TELLER_SPARK=OFF
    targets=(teller)
    ;;
  service)
    packages/install.sh build java
    { [ -f $build/build.ninja ] && holds TELLER_SPARK; } || configure -D BUILD_TESTING=OFF
    targets=(teller teller_jni)
    ;;
  all)
    packages/install.sh build java unit
    { [ -f $build/build.ninja ] && holds TELLER_SPARK && holds BUILD_TESTING; } || configure
    targets=(all)
    ;;
  *)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0" >&2
    exit 2
    ;;
esac

[ -x $build/teller ] || echo "Building Teller: this takes some minutes, the first time only"
quiet=(--quiet)
[ ! -t 1 ] || quiet=() # A person sees how far it is.
first=$([ -x $build/teller ] || echo yes)
ninja -C $build "${quiet[@]}" "${targets[@]}" ||
  fail "the build failed; what the compiler says is above" \
    "if it was killed, memory was short: ninja -j1 -C $build ${targets[*]}"
[ -z "$first" ] || echo "Built in $SECONDS s"
[ "$1" = program ] || spark/build.sh

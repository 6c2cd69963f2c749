#!/usr/bin/env bash
# Builds spark/target/teller-spark.jar: spark/build.sh [test]
#
# With "test" it also runs the Java tests, over libteller.so and spark_fixture of build/release (TELLER_BUILD names another
# folder). Maven keeps what it fetched in ~/.m2; with all of it there the network is not asked. Silent when all is well.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=packages/need.sh
. "$here/../packages/need.sh"
need java mvn
build=$(realpath -m "${TELLER_BUILD:-$here/../build/release}")
options=(-B -q -ntp -Dstyle.color=never -f "$here/pom.xml" "-Dteller.build=$build")

case ${1:-} in
  test) ;;
  '')
    # Nothing to do when nothing has changed since.
    jar=$here/target/teller-spark.jar
    [ ! -e "$jar" ] || [ -n "$(find "$here/src/main" "$here/pom.xml" -newer "$jar" -print -quit)" ] || exit 0
    options+=(-Dmaven.test.skip=true)
    ;;
  *)
    echo "usage: $0 [test]" >&2
    exit 2
    ;;
esac

# Maven on Debian ends with an escape sequence, on both ways out, even when it has nothing to say.
mvn "${options[@]}" package 2>&1 | sed $'s/\033\\[0m//g' | sed '/^$/d'

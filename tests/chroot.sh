#!/usr/bin/env bash
# The commands of the README on a bare machine: tests/chroot.sh [demo|stack|test]...      (the first two, unless told otherwise)
#
# Makes a Debian 12 that has git, make and what no Debian is without (debootstrap, minbase), clones what is committed here into
# it, and runs `make demo` and `make stack` there, up to the servers being ready, as somebody does who has just found
# Teller; `test` runs `make test` there, every test. Says of which commit
# each command ended well, and how long it took, which fails nothing: a time says more of a machine than of Teller. A
# command that fails, or a program that is missing in packages/, stops it.
#
# The bare machine comes to its packages as this one does: it is given this one's name server, CA certificates, proxies,
# and settings of apt, pip, Maven and Go; none of its programs, and none of its caches. Processes and mounts are its own and
# end with this script; the network is this machine's, so that no stack may run here meanwhile. About 6 GB in
# TMPDIR (/var/tmp), deleted at the end; needs root. TELLER_CCACHE=FOLDER: begins with a copy of this ccache, to try the
# script itself; its times then say little.
set -euo pipefail
cd "$(dirname "$0")/.."
tree=$PWD
wanted=("$@")
[ $# -gt 0 ] || wanted=(demo stack)
suite=bookworm

fail() {
  printf 'chroot: %s\n' "$*" >&2
  exit 3
}
say() { printf 'chroot: %-44s %5d s\n' "$1" "$2"; }

for one in "${wanted[@]}"; do case $one in demo | stack | test) ;; *) fail "no such command: $one (demo, stack, test)" ;; esac done
[ "$(id -u)" = 0 ] || fail "only root can make another root folder: sudo tests/chroot.sh"
packages/install.sh chroot
# shellcheck source=packages/need.sh
. packages/need.sh
need chroot debootstrap
need test git

root=$(mktemp -d "${TMPDIR:-/var/tmp}/teller-chroot.XXXXXX")
chmod 0755 "$root" # PostgreSQL and Elasticsearch run there as users of their own
# Mounts are made in a namespace of their own (inside), so that nothing of this machine lies below.
trap 'rm -rf --one-file-system "$root"' EXIT
trap 'exit 130' INT TERM

# What this machine fetches packages with. Without any apt source of it, debootstrap knows Debian's own.
# shellcheck disable=SC2016 # apt-get's own words
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
  awk -v suite=$suite '$1 == suite { print $2; exit }' || true)
settings=(/etc/resolv.conf /etc/apt/{sources.list,sources.list.d,apt.conf,apt.conf.d,auth.conf.d,keyrings,trusted.gpg,trusted.gpg.d}
  /usr/share/keyrings /usr/local/share/ca-certificates /etc/pip.conf /etc/maven/settings.xml
  "$HOME"/{.pip,.config/pip,.config/uv,.config/go,.m2/settings.xml})
environment=(HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TELLER_YES=1)
while IFS= read -r -d '' variable; do
  case ${variable%%=*} in
    PIP_FIND_LINKS) ;; # a folder of this machine
    *_proxy | *_PROXY | PIP_* | UV_* | GO* | MAVEN_* | SSL_CERT_FILE | SSL_CERT_DIR) environment+=("$variable") ;;
  esac
done </proc/self/environ

# inside COMMAND: runs it in the bare machine, in the clone; what it leaves running ends with it.
inside() {
  # shellcheck disable=SC2016 # expands in there
  unshare --mount --pid --fork --kill-child -- bash -ec '
    root=$1 command=$2
    shift 2
    mount --bind "$root" "$root" # Java looks for the mount of what it writes to
    mount --rbind /dev "$root/dev"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    mount --rbind /sys "$root/sys"
    mount -t proc proc "$root/proc"
    exec env -i "$@" chroot "$root" bash -ec "cd ~/teller; $command"
  ' bash "$root" "$1" "${environment[@]}" </dev/null
}

begin=$SECONDS
debootstrap --variant=minbase --include=git,make $suite "$root" ${mirror:+"$mirror"} >"$root.log" 2>&1 || {
  tail -20 "$root.log" >&2
  rm -f "$root.log"
  fail "debootstrap could not make a Debian"
}
rm -f "$root.log" "$root/etc/apt/sources.list"
for one in "${settings[@]}"; do
  [ -e "$one" ] || continue
  there=$root$(dirname "${one/#"$HOME"//root}")
  mkdir -p "$there"
  cp -rL "$one" "$there/"
done
git clone -q "$tree" "$root/root/teller"
commit=$(git -C "$root/root/teller" rev-parse --short HEAD)
[ -z "${TELLER_CCACHE:-}" ] || {
  mkdir -p "$root/root/.cache"
  cp -a "$TELLER_CCACHE" "$root/root/.cache/ccache"
  environment+=(CCACHE_NOHASHDIR=1) # it was filled by a tree in another place
}
say "a bare Debian, and the clone" $((SECONDS - begin))

# Or this test would prove nothing.
for one in python3 curl g++ openssl ps; do
  ! inside "command -v $one" >/dev/null || fail "the bare machine has $one"
done

for one in "${wanted[@]}"; do
  begin=$SECONDS
  case $one in
    demo) inside 'make demo' ;;
    stack) inside 'make stack; make stack-status; make stack-stop' ;;
    test) inside 'make test' ;;
  esac || fail "make $one ended with an error on a bare Debian, at commit $commit"
  say "make $one ended well at commit $commit" $((SECONDS - begin))
done

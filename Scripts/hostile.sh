#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a hostile network does, and what comes of it, in a table: one line for each row of the fault matrix.
#   hostile.sh [--short] [--row N]...
# Rows "virtual" are two engines of a release build over a network in memory, in virtual time (Tests/hostile); rows
# "sockets" are C programs on the provider over UDP. A row is red when a run did not survive or the worst figure is
# beyond the limit. Ends with "N passed, N failed", a row each.
set -eu
cd "$(dirname "$0")/.."

options=$*
seconds=30 wishes=''
while [ $# -gt 0 ]; do
  case $1 in
    --short) seconds=5 ;;
    --row) wishes="$wishes ${2:?a row}"; shift ;;
    *) sed -n '6p' "$0" >&2; exit 2 ;;
  esac
  shift
done

mkdir -p build
GDTLS_SWIFT_HOSTILE=1 swift build -c release --disable-local-rpath --product hostile >build/hostile-build.log 2>&1 || { cat build/hostile-build.log >&2; exit 1; }

# wanted ID: whether the options ask for this row; 13 stands for 13a and 13b as well.
wanted() {
  [ -n "$wishes" ] || return 0
  for wish in $wishes; do
    [ "$1" != "$wish" ] && [ "${1%[a-z]}" != "$wish" ] || return 0
  done
  return 1
}

# programs ID FAULT UNIT COMMAND...: a row whose command counts its runs at its end, and whose figure is how many failed
programs() {
  id=$1 fault=$2 unit=$3
  shift 3
  wanted "$id" || return 0
  "$@" >"build/hostile-$id.log" 2>&1 || true
  counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "build/hostile-$id.log" | tail -n 1)
  : "${counts:=0 1}"
  colour=ok
  [ "${counts#* }" = 0 ] && [ "${counts% *}" != 0 ] || colour=RED
  printf '%s\t%s\tsockets\t%d\t%d\t%d %s\t0 %s\t%s\n' "$id" "$fault" $((${counts% *} + ${counts#* })) "${counts% *}" \
    "${counts#* }" "$unit" "$unit" $colour
  [ $colour = ok ] || sed 's/^/  /' "build/hostile-$id.log" | grep -aE 'not ok|ERROR|CRITICAL|failed' | head -n 5
}

socket_rows() {
  wanted 22b || wanted icmp || return 0
  Scripts/build-c.sh build/tests gio-2.0 Tests/c/unreachable.c -- Tests/support/loopback.c
  [ -d build/certificates ] || Scripts/make-certificates.sh build/certificates
  modules=$(Scripts/stage.sh)
  programs 22b 'close, cancel, unref at random, in threads' failed Scripts/stress.sh release life-cycle --seconds $seconds
  programs icmp 'port unreachable, in a handshake and after it' ended env GIO_USE_TLS=gdtls-swift \
    GIO_MODULE_DIR="$modules" TEST_CERTIFICATES="$PWD/build/certificates" Scripts/run-gtests.sh build/tests/unreachable
}

table=$(mktemp) sockets=$(mktemp)
trap 'rm -f "$table" "$sockets"' EXIT
# A virtual row reads the heap, of which malloc's caches per thread would hide some. Not Swift's report of a crash,
# which takes long; that row is missing then, and the process's end is red.
{
  socket_rows >"$sockets" &
  # shellcheck disable=SC2086  # a list of words
  GLIBC_TUNABLES=glibc.malloc.tcache_count=0 SWIFT_BACKTRACE=enable=no .build/release/hostile $options || [ $? = 1 ] \
    || printf -- '-\tthe process of the virtual rows died\tvirtual\t1\t0\tnone\t0\tRED\n'
  wait
  cat "$sockets"
} | tee "$table" | {
  # Not by awk, some of which keep back what they read: a row is to be seen when it is done.
  line() { printf '%-5s %-58s %-8s %8s %9s %22s %22s  %s\n' "$@"; }
  line row fault over runs survived worst limit ''
  while IFS="$(printf '\t')" read -r row fault over runs survived worst limit colour; do
    [ -n "$colour" ] || { echo "$row"; continue; }
    line "$row" "$fault" "$over" "$runs" "$survived" "$worst" "$limit" "$colour"
  done
}
passed=$(grep -c "$(printf '\tok$')" "$table" || true)
failed=$(grep -c "$(printf '\tRED$')" "$table" || true)
[ $((passed + failed)) -gt 0 ] || failed=1
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Prints what a hostile network does to associations, one row for each kind of fault:
#   hostile.sh [--short] [ROW...]
# The rows with numbers run in virtual time between two engines (Tests/hostile); those with names are programs over
# loopback. --short is a part of a minute or so. Ends with "N passed, N failed", each row being one.
set -eu
cd "$(dirname "$0")/.."

short=
[ "${1-}" != --short ] || { short=--short; shift; }
mkdir -p build
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# The executable exports its gettimeofday, which libssl takes instead of the C library's.
if ! GDTLS_SWIFT_HOSTILE=1 swift build -c release --product hostile --scratch-path .build-hostile \
  -Xlinker --export-dynamic >build/hostile-build.log 2>&1; then
  cat build/hostile-build.log >&2
  echo '0 passed, 1 failed'
  exit 1
fi

row() { printf '%-4s %-69s %7s %8s  %-49s %s\n' "$@"; }
row row fault runs survived 'worst figure, limit' ''

# wanted NAME: it is among the rows that were asked for, or all were
wanted() { [ -z "$rows" ] || case " $rows " in *" $1 "*) true ;; *) false ;; esac; }
rows=$*
passed=0 failed=0
# add: what the log's last line counts
add() {
  counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log" | tail -n 1)
  passed=$((passed + ${counts% *} + 0)) failed=$((failed + ${counts#* } + 0))
}

numbers=
for name in "$@"; do case $name in [0-9]*) numbers="$numbers $name" ;; esac; done
if [ -z "$rows" ] || [ -n "$numbers" ]; then
  # shellcheck disable=SC2086  # a list
  { .build-hostile/release/hostile $short $numbers || true; } | tee "$log" | grep --line-buffered -v ' passed, ' || true
  grep -q ' passed, ' "$log" || echo '0 passed, 1 failed' >>"$log"
  add
fi

# The network's own errors: nobody listens, and a router says so.
if wanted icmp; then
  modules=$(Scripts/stage.sh)
  Scripts/make-certificates.sh build/certificates
  Scripts/build-c.sh build/hostile gio-2.0 Tests/c/unreachable.c Tests/c/bad-peer.c -- Tests/support/loopback.c
  GIO_MODULE_DIR=$modules GIO_USE_TLS=gdtls-swift G_DEBUG=fatal-criticals TEST_CERTIFICATES=$PWD/build/certificates \
    Scripts/run-gtests.sh build/hostile/* >"$log" 2>&1 || true
  survived=$(grep -c '^ok ' "$log" || true)
  runs=$(grep -cE '^(not )?ok ' "$log" || true)
  verdict=RED
  if [ "$runs" -gt 0 ] && [ "$survived" = "$runs" ]; then
    passed=$((passed + 1)) verdict=green
  else
    failed=$((failed + 1))
  fi
  row icmp 'ICMP errors, noise and vanished peers over loopback' "$runs" "$survived" "$((runs - survived)) deaths, 0 at most" $verdict
  [ $verdict = green ] || grep -A 5 '^not ok' "$log"
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

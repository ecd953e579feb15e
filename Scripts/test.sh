#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs every test and ends with "N passed, N failed". Another provider can be put through the programs that know GIO
# alone: GIO_USE_TLS=gnutls test.sh.
set -eu
cd "$(dirname "$0")/.."

Scripts/setup.sh
backend=${GIO_USE_TLS:-gdtls-swift}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0

# Adds what the log's last "N passed, N failed" counts; a suite that ended without one is one failure.
count() {
  counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log" | tail -n 1)
  passed=$((passed + ${counts% *} + 0))
  failed=$((failed + ${counts#* } + 0))
}

# suite TITLE COMMAND...: the command prints its own count
suite() {
  printf '\n== %s\n' "$1"
  shift
  { "$@" 2>&1 || true; } | tee "$log"
  grep -qE '^[0-9]+ passed, [0-9]+ failed$' "$log" || echo '0 passed, 1 failed' | tee "$log"
  count
}

# swift test counts in its own words, and says nothing of the test that took the process down.
swift_tests() {
  status=0
  timeout -k 10 1200 swift test 2>"$log.err" >"$log.out" || status=$?
  cat "$log.err" "$log.out"
  good=$(grep -cE '^(✔|.* ✔) Test .* passed after' "$log.out" || true)
  bad=$(grep -cE '^(✘|.* ✘) Test .* failed after' "$log.out" || true)
  summary=$(grep -cE 'Test run with .* passed after' "$log.out" || true)
  if [ "$summary" -gt 0 ]; then good=$((good - summary)); fi
  bad=$((bad - $(grep -cE 'Test run with .* failed after' "$log.out" || true)))
  if [ "$status" != 0 ] && [ "$bad" -lt 1 ]; then bad=1; fi
  rm -f "$log.err" "$log.out"
  echo "$good passed, $bad failed"
}

modules=$(Scripts/stage.sh --with-command)
Scripts/make-certificates.sh build/certificates
Scripts/make-test-tokens.sh build/tokens build/certificates Server:server-p256 Client:client-p256
Scripts/build-c.sh build/tests gio-2.0 Tests/c/*.c -- Tests/support/loopback.c
Scripts/build-c.sh build/interop gio-2.0 Tests/interop/gio-peer.c -- Tests/support/loopback.c
Scripts/build-c.sh build/interop '' Tests/interop/lossy-proxy.c
foreign_peer() { Scripts/build-c.sh build/interop "$1" "Tests/interop/$2-peer.c" -- Tests/interop/foreign-peer.c; }
foreign_peer openssl openssl
foreign_peer gnutls gnutls
foreign_peer '-lmbedtls -lmbedx509 -lmbedcrypto' mbedtls
foreign_peer wolfssl wolfssl

[ "$backend" != gdtls-swift ] || suite 'Swift' swift_tests

export GIO_USE_TLS="$backend" G_DEBUG=fatal-criticals TEST_CERTIFICATES="$PWD/build/certificates"
[ "$backend" != gdtls-swift ] || export GIO_MODULE_DIR="$modules"
suite 'C programs' env SOFTHSM2_CONF="$PWD/build/tokens/softhsm2.conf" Scripts/run-gtests.sh build/tests/*
library=$PWD/build/root/lib
for script in Tests/python/test-*.py; do
  [ ! -f "$script" ] || suite "$script" env GI_TYPELIB_PATH="$library/girepository-1.0" LD_LIBRARY_PATH="$library" \
    timeout -k 10 600 "$script"
done
[ "$backend" != gdtls-swift ] || suite 'Installation' timeout -k 10 600 \
  Tests/install/run.sh build/interop/gio-peer build/certificates
[ "$backend" != gdtls-swift ] || suite 'Hostile network' timeout -k 10 900 Scripts/hostile.sh --short
if [ "$backend" = gdtls-swift ]; then
  for kind in release debug valgrind; do suite "Stress, $kind" timeout -k 10 900 Scripts/stress.sh $kind; done
fi
[ "$backend" != gdtls-swift ] || suite 'Command' timeout -k 10 1200 Tests/cli/run.sh build/root build/certificates
[ "$backend" != gdtls-swift ] || suite 'Meson' timeout -k 10 1800 Tests/meson/run.sh build/certificates
[ "$backend" != gdtls-swift ] || suite 'Examples and documentation' timeout -k 10 600 \
  Tests/examples/run.sh build/root build/certificates
suite 'Interoperation' timeout -k 10 1200 Tests/interop/run.sh build/interop/gio-peer build/certificates
suite 'Interoperation over a lossy network' timeout -k 10 900 Tests/interop/lossy.sh build/interop build/certificates

printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]

#!/bin/bash
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Compares the provider with bare libssl and with the providers that glib-networking has installed, side by side:
# each round runs every provider in turn, each in a process of its own. The table holds medians over the rounds, of the
# figures and of their ratios within a round, since machines are noisy and neighbours in time share the noise.
# ROUNDS (5) and SECONDS_EACH (1) say how much; PROVIDERS which ('libssl gdtls-swift gnutls openssl').
set -eu
cd "$(dirname "$0")/.."

rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-1}
read -ra providers <<<"${PROVIDERS:-libssl gdtls-swift gnutls openssl}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# name | metric | the baseline's metric | unit | what
metrics='
handshake|handshake-blocking|handshake-memory|µs|full handshake, CPU of both ends: blocking, each end a thread
handshake|handshake-async|handshake-udp|µs|full handshake, CPU of both ends: handshake_async (libssl: over UDP)
handshake|handshake-blocking-rate|handshake-memory-rate|/s|full handshakes a second, one after the other, blocking
handshake|handshake-async-rate|handshake-udp-rate|/s|full handshakes a second, one after the other, handshake_async
datagrams|datagram-64|datagram-64|µs|64-byte datagram, CPU to send and receive
datagrams|datagram-64-batch|datagram-64|µs|64-byte datagram, 16 a call
datagrams|datagram-1200|datagram-1200|µs|1200-byte datagram, CPU to send and receive
datagrams|datagram-1200-batch|datagram-1200|µs|1200-byte datagram, 16 a call
round-trip|round-trip-median|round-trip-median|µs|round trip of 64 bytes between two threads, median
round-trip|round-trip-p99|round-trip-p99|µs|round trip of 64 bytes between two threads, 99th percentile
many|many-completed|many-completed||400 handshakes at once by handshake_async: completed
many|many-rate|many-rate|/s|400 handshakes at once: rate
many|many-threads|many-threads||400 handshakes at once: most threads in the process
verify|verify-alone|verify-alone|/s|verifications of a certificate by one shared database, one thread
verify|verify-together|verify-together|/s|verifications of a certificate by one shared database, a thread for each processor
memory|memory-heap|memory-heap|KiB|an idle connection: heap
memory|memory-resident|memory-resident|KiB|an idle connection: resident memory'

modules=$(Scripts/stage.sh)
Scripts/build-c.sh build/bench gio-2.0 Benchmarks/start-up.c
certificates=$PWD/build/certificates
Scripts/make-certificates.sh "$certificates"
Scripts/build-c.sh build/bench 'gio-2.0 openssl' Benchmarks/bench.c -- Tests/support/loopback.c \
  Benchmarks/{handshake,datagrams,round-trip,many,verify,memory,measure,libssl-pair}.c

# measure NAME PROVIDER: adds "ROUND PROVIDER METRIC VALUE" lines
measure() {
  local -a environment=() mode=gio
  local status=0
  case $2 in
    libssl) mode=libssl ;;
    gdtls-swift) environment=("GIO_USE_TLS=$2" "GIO_MODULE_DIR=$modules") ;;
    *) environment=("GIO_USE_TLS=$2") ;;
  esac
  # shellcheck disable=SC2128  # one word
  env "${environment[@]}" timeout -k 2 "$((seconds * 14 + 30))" build/bench/bench "$1" "$mode" "$certificates" \
    "$seconds" >"$work/out" 2>"$work/err" || status=$?
  sed "s/^/$round $2 /" "$work/out" >>"$work/results"
  case $status in
    0) ;;
    77) return 1 ;;
    *) echo "bench: $1 on $2 ended with status $status: $(tail -n 1 "$work/err")" >&2 ;;
  esac
}

round=0
: >"$work/results"
installed=()
for provider in "${providers[@]}"; do
  if [ "$provider" = libssl ] || measure memory "$provider"; then
    installed+=("$provider")
  else
    echo "bench: provider $provider is not installed" >&2
  fi
done
: >"$work/results"
for round in $(seq "$rounds"); do
  for name in $(cut -d'|' -f1 <<<"$metrics" | uniq); do
    for provider in "${installed[@]}"; do
      [ ! -t 2 ] || printf '\rround %d of %d: %s on %s          ' "$round" "$rounds" "$name" "$provider" >&2
      measure "$name" "$provider" || true
    done
  done
done
[ ! -t 2 ] || printf '\r%60s\r' '' >&2

# One line: what, then for each provider the median, and the median of its ratios to libssl.
awk -v providers="${installed[*]}" -v rounds="$rounds" '
  function median(count,   i, j, t) {
    for (i = 2; i <= count; i++)
      for (j = i; j > 1 && sorted[j] < sorted[j - 1]; j--) { t = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = t }
    return count % 2 ? sorted[(count + 1) / 2] : (sorted[count / 2] + sorted[count / 2 + 1]) / 2
  }
  # The median over the rounds of one metric, divided by that of another if there is one; "" if nothing was measured.
  function over_rounds(provider, metric, base,   round, value, below, count) {
    count = 0
    for (round = 1; round <= rounds; round++) {
      value = samples[round, provider, metric]
      below = base == "" ? 1 : samples[round, "libssl", base]
      if (value != "" && below != "" && below > 0) sorted[++count] = value / below
    }
    return count ? median(count) : ""
  }
  function shown(value) { return sprintf(value >= 100 ? "%.0f" : "%.1f", value) }
  NR == FNR { samples[$1, $2, $3] = $4; next }
  FNR == 1 {
    count = split(providers, provider, " ")
    printf "%-72s %-4s", "", ""
    for (i = 1; i <= count; i++) printf " %18s", provider[i]
    print ""
  }
  {
    split($0, field, "|")
    printf "%-72s %-4s", field[5], field[4]
    for (i = 1; i <= count; i++) {
      value = over_rounds(provider[i], provider[i] == "libssl" ? field[3] : field[2])
      ratio = provider[i] == "libssl" ? "" : over_rounds(provider[i], field[2], field[3])
      cell = value == "" ? "failed" : shown(value)
      if (ratio != "") cell = sprintf("%s (×%.2f)", cell, ratio)
      printf " %18s", cell
    }
    print ""
  }' "$work/results" <(tail -n +2 <<<"$metrics")

echo
echo "Medians of $rounds rounds, $seconds s a measurement, $(nproc) processors; (×) is the ratio to bare libssl of the"
echo 'same run, whose handshakes are joined in memory unless the line says otherwise.'
case " ${installed[*]} " in
  *' gnutls '*) echo 'gnutls reads the system trust store anew for each connection: most of its handshake CPU and its heap.' ;;
esac

# What our module costs the programs that use another provider.
usual=$(pkg-config --variable=giomoduledir gio-2.0)/libgiognutls.so
query_modules=$(pkg-config --variable=gio_querymodules gio-2.0)
if [ -f "$usual" ] && [ -x "$query_modules" ]; then
  mkdir "$work/without" "$work/with"
  cp "$usual" "$work/without"
  cp "$usual" "$modules/libgiogdtls-swift.so" "$work/with"
  "$query_modules" "$work/without" "$work/with"
  echo
  build/bench/start-up "$work/without" "$work/with"
fi

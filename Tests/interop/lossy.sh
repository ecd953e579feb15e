#!/bin/bash
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Our provider with OpenSSL, GnuTLS, mbed TLS and wolfSSL, in both roles, over a network that loses a fifth of all
# datagrams, repeats a tenth and delays each by up to 60 ms, so that they overtake each other:
#   lossy.sh PROGRAMS CERTIFICATES [PATTERN]
# PROGRAMS is a folder with gio-peer, lossy-proxy and the peers built, CERTIFICATES one made by make-certificates.sh,
# PATTERN chooses cases by name. GIO_USE_TLS and GIO_MODULE_DIR choose the provider, SEED (1) what is lost. The cases
# wait for timers most of the time and run side by side. Ends with "N passed, N failed".
set -u

[ $# -ge 2 ] || { sed -n '7,8p' "$0" >&2; exit 2; }
programs=$(realpath "$1") certificates=$(realpath "$2") pattern=${3:-.}
seed=${SEED:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
server_certificate=$certificates/server-p256.pem client_certificate=$certificates/client-p256.pem
together=6 # more would only wait for each other

"$programs/gio-peer" --check >/dev/null || exit

# await FILE: until a program has said its port, which is printed
await() {
  for _ in $(seq 100); do
    sed -n 's/^port //p' "$1" | grep . && return
    sleep 0.1
  done
  return 1
}

# network SERVER PORT: prints the port in front of it
network() {
  local faults=(--loss 20 --duplicate 10 --delay 60)
  # The server of wolfSSL 5.5 fails with any client, OpenSSL's too, that lacks its last flight or has lost a part of one.
  [ "$1" != wolfssl ] || faults=(--lose-first 3 --duplicate 10)
  timeout 130 "$programs/lossy-proxy" --to "$2" --seed "$seed" "${faults[@]}" >proxy.out &
  await proxy.out
}

# server PROGRAM AUTHENTICATION: starts it, prints its port
server() {
  local options=(--cert "$server_certificate" --ca "$certificates/ca.pem" --send pong --expect ping)
  if [ "$1" = gio ]; then
    options+=(--listen 0 --repeat --timeout 120)
    [ -z "$2" ] || options+=(--authentication required)
  elif [ -n "$2" ]; then
    options+=(--require)
  fi
  timeout 130 "$programs/$1-peer" "${options[@]}" >server.out 2>&1 &
  await server.out
}

# converse CLIENT SERVER AUTHENTICATION (AUTHENTICATION: anything, or nothing for none), in a folder of its own
converse() {
  local port options=(--ca "$certificates/ca.pem" --send ping --expect pong)
  if ! { port=$(server "$2" "$3") && port=$(network "$2" "$port"); }; then
    echo 'no server'
    return 1
  fi
  [ -z "$3" ] || options+=(--cert "$client_certificate")
  [ "$1" != gio ] || options+=(--repeat --timeout 120)
  timeout 130 "$programs/$1-peer" --connect "$port" "${options[@]}" >client.out 2>&1
  # The goodbye may be lost: a server that hears nothing more stops by itself.
  for _ in $(seq 120); do
    grep -qE '^(ok|error)' server.out && break
    sleep 0.1
  done
  # shellcheck disable=SC2046  # a list of processes
  kill $(jobs -p) 2>/dev/null
  [ "$(tail -n 1 client.out)" = ok ] && [ "$(tail -n 1 server.out)" = ok ] && return
  echo "client: $(tail -n 1 client.out)"
  echo "server: $(tail -n 1 server.out)"
  return 1
}

# check SENTENCE ARGUMENTS-OF-CONVERSE...: in the background
check() {
  grep -qE -- "$pattern" <<<"$1" || return 0
  local folder=$work/$RANDOM$RANDOM
  mkdir "$folder"
  while [ "$(jobs -pr | wc -l)" -ge $together ]; do wait -n; done
  (
    cd "$folder" || exit
    if converse "${@:2}" >trouble 2>&1 </dev/null; then
      echo "ok      $1"
    else
      echo "not ok  $1, seed $seed"
      sed 's/^/        /' trouble
    fi
  ) | tee "$folder/verdict" &
  seed=$((seed + 1))
}

for library in openssl gnutls mbedtls wolfssl; do
  check "our client talks to a server of $library" gio $library ''
  check "our client shows its certificate to a server of $library" gio $library yes
  check "our server talks to a client of $library" $library gio ''
  check "our server asks for the certificate of a client of $library" $library gio yes
done
check 'our client talks to our server' gio gio yes
wait

passed=$(cat "$work"/*/verdict | grep -c '^ok') failed=$(cat "$work"/*/verdict | grep -c '^not ok')
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Shows the provider at work: unmodified GIO programs, in C and Python, over real UDP sockets.
# GIO_USE_TLS=gnutls shows the same programs on the provider that GLib has by default.
set -eu
cd "$(dirname "$0")/.."

backend=${GIO_USE_TLS:-gdtls-swift}
work=$(mktemp -d)
server=
leave() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap leave EXIT
trap 'exit 1' INT TERM

say() { printf '\n%s\n' "$*"; }
indented() { sed 's/^/    /' "$1"; }
fail() { say "FAILED: $1"; [ $# -lt 2 ] || indented "$2"; exit 1; }

start_server() {
  # Emptied here and not by the server's shell, which may come to it after the port of the last server has been read.
  : >"$work/server"
  timeout 60 build/examples/dtls-server --port 0 --once --cert "$work/certificates/server-p256.pem" "$@" \
    >"$work/server" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    port=$(sed -n 's/^listening on .* port //p' "$work/server")
    [ -z "$port" ] || return 0
    sleep 0.1
  done
  fail 'the server does not start' "$work/server"
}

# The server's own account, and its exit status.
wait_for_server() {
  status=0
  wait "$server" || status=$?
  server=
  echo '  the server says:'
  indented "$work/server"
}
end_server() {
  wait_for_server
  [ "$status" = 0 ] || fail "the server ended with status $status"
}

# talk PROGRAM ARGUMENTS...: runs a client against the server.
talk() {
  if timeout 30 "$@" >"$work/client" 2>&1; then
    echo '  the client says:'
    indented "$work/client"
  else
    fail 'the client did not succeed' "$work/client"
  fi
}

# refuse WORDS WORDS CLIENT-ARGUMENTS...: the handshake fails, and the client and the server each tell why, in these words.
refuse() {
  client_words=$1 server_words=$2
  shift 2
  if timeout 30 build/examples/dtls-client --host $host --port "$port" "$@" >"$work/client" 2>&1; then
    fail 'there was no refusal' "$work/client"
  fi
  echo '  the client says:'
  indented "$work/client"
  wait_for_server
  [ "$status" != 0 ] || fail 'the server noticed nothing'
  # Other providers have other words, and some none.
  [ "$backend" = gdtls-swift ] || return 0
  grep -qF "$client_words" "$work/client" || fail "the client does not say: $client_words"
  grep -qF "$server_words" "$work/server" || fail "the server does not say: $server_words"
}

say 'Building: the library (a minute or so the first time), two C examples that know <gio/gio.h> alone.'
modules=$(Scripts/stage.sh 2>"$work/staging") || fail 'the library does not build' "$work/staging"
Scripts/build-c.sh build/examples gio-2.0 Examples/c/*.c
Scripts/make-certificates.sh "$work/certificates"
[ "$backend" != gdtls-swift ] || export GIO_MODULE_DIR="$modules"
export GIO_USE_TLS="$backend" G_DEBUG=fatal-criticals
# A relative path, as people type it.
ca=$(realpath --relative-to=. "$work/certificates/ca.pem")
host=127.0.0.1

say "1. A C client and a C server, provider $backend (GIO_USE_TLS=$backend). The server is checked against an authority."
start_server --alpn demo/1
talk build/examples/dtls-client --host $host --port "$port" --identity localhost --ca "$ca" --alpn demo/1 --count 1000
end_server

say '2. The same, and the server demands a certificate of the client.'
start_server --ca "$ca"
talk build/examples/dtls-client --host $host --port "$port" --ca "$ca" --cert "$work/certificates/client-p256.pem"
end_server

say '3. A Python script (PyGObject) shakes hands and inspects.'
start_server --alpn demo/1
talk Examples/python/dtls-inspect.py $host "$port" --identity localhost --ca "$ca" --alpn demo/1
end_server

say '4. A client that expects another name refuses the server, and sends it no data. Both ends are told why.'
start_server
refuse 'it is not for "elsewhere.example"' "it does not accept this end's certificate" \
  --identity elsewhere.example --ca "$ca"

say '5. A client refuses a server that nobody it trusts vouches for.'
start_server --cert "$work/certificates/stranger-p256.pem"
refuse 'no authority that is trusted here vouches for it' 'unknown CA (48)' --identity localhost --ca "$ca"

say '6. A server refuses a client that nobody it trusts vouches for, and one that shows no certificate.'
start_server --ca "$ca"
refuse 'unknown CA (48)' 'no authority that is trusted here vouches for it' \
  --identity localhost --ca "$ca" --cert "$work/certificates/stranger-p256.pem"
start_server --ca "$ca"
refuse 'it requires a certificate of this end' 'authentication-mode requires a certificate' --identity localhost --ca "$ca"

say 'All went as it should. README.md tells how to install it, and to use it in a program of yours.'

#!/bin/bash
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Our provider against the command line programs of OpenSSL and GnuTLS, in both roles, over UDP on 127.0.0.1:
#   run.sh GIO-PEER CERTIFICATES [PATTERN]
# GIO-PEER is gio-peer.c built, CERTIFICATES a folder made by make-certificates.sh, PATTERN chooses cases by name.
# GIO_USE_TLS and GIO_MODULE_DIR choose the provider. Ends with "N passed, N failed".
# GIO-PEER's folder has mbedtls-peer too, since no such program sends empty datagrams.
# Not covered, because the peers cannot: openssl s_server closes its socket before its goodbye, so no client ever sees
# that; gnutls-serv drops a client that lacks a required certificate without an alert.
set -u

[ $# -ge 2 ] || { sed -n '5,8p' "$0" >&2; exit 2; }
gio_peer=$(realpath "$1") certificates=$(realpath "$2") pattern=${3:-.}
ca=$certificates/ca.pem
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 limit=40
declare -A process input

"$gio_peer" --check >/dev/null || exit

# --- the tools of a case ------------------------------------------------------------------------------------------

# start NAME COMMAND...: in the background, input from `tell NAME`, output into NAME.out
start() {
  local name=$1 fd
  shift
  mkfifo "$work/$name.in"
  timeout -k 2 "$limit" "$@" <"$work/$name.in" >"$work/$name.out" 2>&1 &
  process[$name]=$!
  exec {fd}>"$work/$name.in"
  input[$name]=$fd
}
tell() { echo "$2" >&"${input[$1]}"; }
hang_up() { local fd=${input[$1]}; exec {fd}>&-; }

# await NAME PATTERN: until the output has it
await() {
  for _ in $(seq 150); do
    grep -aqE -- "$2" "$work/$1.out" 2>/dev/null && return 0
    kill -0 "${process[$1]}" 2>/dev/null || { sleep 0.1; grep -aqE -- "$2" "$work/$1.out" && return 0; break; }
    sleep 0.1
  done
  echo "$1 never said: $2"
  return 1
}
# success NAME, failure NAME: it ends so
success() { wait "${process[$1]}" || { echo "$1 ended with status $?"; return 1; }; }
failure() { if wait "${process[$1]}"; then echo "$1 did not fail"; return 1; fi; }

free_port() {
  python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

client() { start client "$gio_peer" --connect "$port" --ca "$ca" "$@"; }

server() {
  start server "$gio_peer" --listen 0 "$@"
  await server '^port ' || return
  port=$(sed -n 's/^port //p' "$work/server.out")
}

openssl_server() {
  start openssl openssl s_server -dtls1_2 -accept 127.0.0.1:0 -naccept 1 -CAfile "$ca" "$@"
  await openssl '^ACCEPT 127' || return
  port=$(sed -n 's/^ACCEPT 127.0.0.1://p' "$work/openssl.out")
}

openssl_client() { start openssl openssl s_client -dtls1_2 -connect "127.0.0.1:$port" -CAfile "$ca" "$@"; }

# gnutls_server CERTIFICATE OPTIONS...
gnutls_server() {
  port=$(free_port)
  start gnutls gnutls-serv --udp --echo --port "$port" --x509cafile "$ca" --x509certfile "$1" --x509keyfile "$@"
  await gnutls 'IPv4.*done'
}

gnutls_client() {
  start gnutls gnutls-cli --udp --port "$port" --x509cafile "$ca" --verify-hostname localhost 127.0.0.1 "$@"
}

# --- we are the client --------------------------------------------------------------------------------------------

our_client_openssl_server() {
  openssl_server -cert "$certificates/$1.pem" "${@:2}" || return
  client --send 'hello openssl' --expect 'hello gio'
  await openssl '^hello openssl' && tell openssl 'hello gio' && success client && await openssl 'CONNECTION CLOSED' \
    && success openssl
}

our_client_gnutls_server() {
  gnutls_server "$certificates/$1.pem" "${@:2}" || return
  client --send 'hello gnutls' --expect 'hello gnutls'
  success client
}

our_client_refuses_openssl_server() {
  openssl_server -cert "$certificates/$1.pem" || return
  client --send 'nobody may read this'
  failure client && await client "^error G_TLS_ERROR_BAD_CERTIFICATE" || return
  hang_up openssl
  sleep 0.5
  if grep -q nobody "$work/openssl.out"; then echo 'the refused server got data'; return 1; fi
}

our_client_refuses_gnutls_server() {
  gnutls_server "$certificates/$1.pem" || return
  client --send 'nobody may read this'
  failure client && await client "^error G_TLS_ERROR_BAD_CERTIFICATE"
}

# client_certificate_to_openssl -verify|-Verify [CERTIFICATE]
client_certificate_to_openssl() {
  openssl_server -cert "$certificates/server-p256.pem" "$1" 3 -verify_return_error || return
  client --send hello --expect 'hello gio' ${2:+--cert "$certificates/$2.pem"}
  await openssl '^hello' && tell openssl 'hello gio' && success client || return
  [ -z "${2:-}" ] || await openssl 'CN ?= ?A client'
}

client_certificate_to_gnutls() {
  gnutls_server "$certificates/server-p256.pem" "$1" --verify-client-cert || return
  client --send hello --expect hello ${2:+--cert "$certificates/$2.pem"}
  success client
}

our_client_lacks_certificate() {
  "$@" || return
  client --send hello --expect 'this never comes' --timeout 5
  failure client && await client '^error G_TLS_ERROR_CERTIFICATE_REQUIRED'
}

our_client_agrees_on_protocol() {
  local expected=$1
  "${@:2}" || return
  client --alpn one --alpn two
  success client && await client "^session .*alpn=$expected "
}

# --- we are the server --------------------------------------------------------------------------------------------

our_server_openssl_client() {
  server --cert "$certificates/$1.pem" --expect 'hello gio' --send 'hello openssl' --close last || return
  openssl_client -verify_return_error -verify_hostname localhost "${@:2}"
  tell openssl 'hello gio'
  await openssl '^hello openssl' && tell openssl Q && success server && success openssl
}

# Sleeps, because nothing may come meanwhile: that would wake the client, which then waits for data and forgets its user.
our_server_thoughtful_openssl_client() {
  server --cert "$certificates/$1.pem" --expect 'hello gio' --send 'hello openssl' --close last || return
  openssl_client
  await openssl 'Verify return code' && sleep 1.5 && tell openssl 'hello gio' && await openssl '^hello openssl' \
    && tell openssl Q && success server && success openssl
}

our_server_closes_on_openssl() {
  server --cert "$certificates/server-p256.pem" --expect 'hello gio' --close first || return
  openssl_client
  tell openssl 'hello gio'
  success server && await openssl '^closed' && success openssl
}

our_server_gnutls_client() {
  server --cert "$certificates/$1.pem" --expect 'hello gio' --send 'hello gnutls' --close last || return
  gnutls_client "${@:2}"
  await gnutls 'Handshake was completed' && tell gnutls 'hello gio' && await gnutls 'hello gnutls' || return
  hang_up gnutls
  success server && success gnutls
}

our_server_closes_on_gnutls() {
  server --cert "$certificates/server-p256.pem" --expect 'hello gio' --close first || return
  gnutls_client
  await gnutls 'Handshake was completed' && tell gnutls 'hello gio' && success server \
    && await gnutls 'Peer has closed'
}

our_server_is_refused_by_openssl() {
  server --cert "$certificates/$1.pem" --expect 'this never comes' --timeout 5 || return
  openssl_client -verify_return_error -verify_hostname localhost
  failure openssl && failure server
}

# client_of openssl|gnutls [CERTIFICATE]: that program as a client, with that certificate
client_of() {
  local file=${2:+$certificates/$2.pem}
  case $1 in
    openssl) openssl_client ${file:+-cert "$file"} ;;
    gnutls) gnutls_client ${file:+--x509certfile "$file" --x509keyfile "$file"} ;;
  esac
}
connected() { case $1 in openssl) await openssl 'Verify return code' ;; gnutls) await gnutls 'Handshake was completed' ;; esac; }

# our_server_authenticates MODE SUBJECT PROGRAM [CERTIFICATE]
our_server_authenticates() {
  server --cert "$certificates/server-p256.pem" --ca "$ca" --authentication "$1" --expect hello --send hello || return
  client_of "$3" "${4:-}"
  connected "$3" && tell "$3" hello && success server && await server "^session .*subject=$2 "
}

# our_server_refuses MODE ERROR PROGRAM [CERTIFICATE]
our_server_refuses() {
  server --cert "$certificates/server-p256.pem" --ca "$ca" --authentication "$1" --expect hello --timeout 8 || return
  client_of "$3" "${4:-}"
  failure server && await server "^error $2 " && failure "$3"
}

# Libssl 3.0 and 3.1 give us empty datagrams, later ones pass them over.
our_server_gets_empty_datagrams() {
  server --cert "$certificates/$p256.pem" --repeat --expect ping --send pong || return
  start mbedtls "$(dirname "$gio_peer")/mbedtls-peer" --connect "$port" --ca "$ca" --empty --send ping --expect pong
  success mbedtls && success server || return
  case $(openssl version) in 'OpenSSL 3.'[01].*) await server '^empty' ;; esac
}

our_server_agrees_on_protocol() {
  local expected=$1
  server --cert "$certificates/server-p256.pem" --alpn two --alpn three || return
  "${@:2}"
  success server && await server "^session .*alpn=$expected "
}

# --- running ------------------------------------------------------------------------------------------------------

# check SENTENCE FUNCTION ARGUMENTS...
check() {
  local sentence=$1 status
  grep -qE -- "$pattern" <<<"$sentence" || return 0
  shift
  rm -f "$work"/*
  (
    trap 'kill $(jobs -p) 2>/dev/null' EXIT
    "$@"
  ) >"$work/verdict" 2>/dev/null </dev/null
  status=$?
  if [ $status = 0 ]; then
    passed=$((passed + 1))
    echo "ok      $sentence"
  else
    failed=$((failed + 1))
    echo "not ok  $sentence"
    sed 's/^/        /' "$work/verdict"
    for output in "$work"/*.out; do
      grep -aiE '^error|error:|fatal|\*\*\*|alert|CRITICAL' "$output" | head -n 4 | sed "s|^|        $(basename "$output" .out): |"
    done
  fi
}

p256=server-p256 rsa=server-rsa2048
for key in p256 rsa2048; do
  check "our client talks to openssl with a $key certificate" our_client_openssl_server server-$key
  check "our client talks to gnutls with a $key certificate" our_client_gnutls_server server-$key
  check "our server with a $key certificate talks to openssl" our_server_openssl_client server-$key
  check "our server with a $key certificate talks to gnutls" our_server_gnutls_client server-$key
  check "our client sends its $key certificate to openssl, which requires one" \
    client_certificate_to_openssl -Verify client-$key
  check "our client sends its $key certificate to gnutls, which requires one" \
    client_certificate_to_gnutls --require-client-cert client-$key
  for program in openssl gnutls; do
    check "our server requires a certificate and accepts the $key one of $program" \
      our_server_authenticates required 'O=libgdtls-swift,CN=A client' $program client-$key
  done
done

check 'our server hears openssl that had nothing to say at first' our_server_thoughtful_openssl_client server-p256
check 'openssl sees our server close' our_server_closes_on_openssl
check 'gnutls sees our server close' our_server_closes_on_gnutls
check 'our client answers the cookie of openssl' our_client_openssl_server $p256 -listen
check 'our client takes handshake messages in fragments' our_client_openssl_server $rsa -mtu 300
check 'our server takes handshake messages in fragments' our_server_openssl_client $rsa -mtu 300
check 'our client takes AES-128 from openssl' our_client_openssl_server $p256 -cipher ECDHE-ECDSA-AES128-GCM-SHA256
check 'our server gives ChaCha20 to openssl' our_server_openssl_client $rsa -cipher ECDHE-RSA-CHACHA20-POLY1305

check 'our client refuses openssl with the certificate of another host' our_client_refuses_openssl_server elsewhere-p256
check 'our client refuses openssl with the certificate of a stranger' our_client_refuses_openssl_server stranger-p256
check 'our client refuses gnutls with the certificate of another host' our_client_refuses_gnutls_server elsewhere-p256
check 'our client refuses gnutls with the certificate of a stranger' our_client_refuses_gnutls_server stranger-p256
check 'our server learns that openssl refuses its certificate' our_server_is_refused_by_openssl stranger-p256

check 'openssl asks for a certificate and our client has none' client_certificate_to_openssl -verify
check 'gnutls asks for a certificate and our client has none' client_certificate_to_gnutls --verify-client-cert
check 'openssl requires a certificate and our client has none' our_client_lacks_certificate \
  openssl_server -cert "$certificates/$p256.pem" -Verify 3 -verify_return_error
check 'our server gets empty datagrams of mbed TLS, and what comes after them' our_server_gets_empty_datagrams
for program in openssl gnutls; do
  check "our server asks for no certificate of $program" our_server_authenticates none none $program client-p256
  check "our server requests a certificate and $program has none" our_server_authenticates requested none $program
  check "our server requests a certificate and accepts the one of $program" \
    our_server_authenticates requested 'O=libgdtls-swift,CN=A client' $program client-p256
  check "our server requires a certificate and $program has none" \
    our_server_refuses required G_TLS_ERROR_CERTIFICATE_REQUIRED $program
  check "our server requires a certificate and refuses the one that $program has of a stranger" \
    our_server_refuses required G_TLS_ERROR_BAD_CERTIFICATE $program stranger-p256
done

check 'our client agrees with openssl on a protocol' our_client_agrees_on_protocol two \
  openssl_server -cert "$certificates/$p256.pem" -alpn two,three
check 'our client agrees with gnutls on a protocol' our_client_agrees_on_protocol two \
  gnutls_server "$certificates/$p256.pem" --alpn two
check 'our client and openssl without ALPN agree on none' our_client_agrees_on_protocol none \
  openssl_server -cert "$certificates/$p256.pem"
check 'our server agrees with openssl on a protocol' our_server_agrees_on_protocol two openssl_client -alpn one,two
check 'our server agrees with gnutls on a protocol' our_server_agrees_on_protocol two \
  gnutls_client --alpn one --alpn two
check 'our server and openssl have no protocol in common' our_server_agrees_on_protocol none openssl_client -alpn one

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

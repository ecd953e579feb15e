# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154  # the variables are the sourcing script's
#
# The command and the programs of OpenSSL and GnuTLS. Sourced by run.sh.

openssl_serves() {
  start openssl openssl s_server -dtls1_2 -accept 127.0.0.1:0 -naccept 1 -cert "$own" -alpn two
  await openssl '^ACCEPT 127' || return
  port=$(sed -n 's/^ACCEPT 127.0.0.1://p' "$work/openssl.out")
  connect --alpn one,two && tell client 'hello openssl' && await openssl 'hello openssl' && tell openssl 'hello gdtls' \
    && await client '^hello gdtls$' && says client 'ALPN two' || return
  hang_up client
  ends client 0 && await openssl 'CONNECTION CLOSED'
}

openssl_connects() {
  serve --echo --ca "$ca" --require-client-cert || return
  start openssl openssl s_client -dtls1_2 -connect "127.0.0.1:$port" -CAfile "$ca" -verify_return_error \
    -cert "$certificates/client-p256.pem"
  await server connected && tell openssl 'hello gdtls' && await openssl '^hello gdtls$' \
    && says server 'certificate .*CN=A client' || return
  tell openssl Q
  ends openssl 0 && await server 'has closed'
}

gnutls_serves() {
  port=$(free_port)
  start gnutls gnutls-serv --udp --echo --port "$port" --x509certfile "$own" --x509keyfile "$own"
  await gnutls 'IPv4.*done' && connect && tell client 'hello gnutls' && await client '^hello gnutls$' || return
  hang_up client
  ends client 0
}

gnutls_connects() {
  serve --echo || return
  start gnutls gnutls-cli --udp --port "$port" --x509cafile "$ca" --verify-hostname localhost 127.0.0.1
  await gnutls 'Handshake was completed' && tell gnutls 'hello gdtls' && await gnutls 'hello gdtls' || return
  hang_up gnutls
  ends gnutls 0 && await server 'has closed'
}

server_closes_on_openssl() {
  serve || return
  start openssl openssl s_client -dtls1_2 -connect "127.0.0.1:$port" -CAfile "$ca"
  await server connected && signal server TERM && ends server 0 && await openssl '^closed'
}

check 'openssl s_server and gdtls connect' openssl_serves
check 'openssl s_client and gdtls serve' openssl_connects
check 'openssl s_client sees gdtls serve close' server_closes_on_openssl
check 'gnutls-serv and gdtls connect' gnutls_serves
check 'gnutls-cli and gdtls serve' gnutls_connects

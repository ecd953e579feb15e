#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes throw-away certificates for the demo, the tests and the benchmarks:
#   make-certificates.sh DIR
# Each file but ca.pem holds a certificate and its key, which GTlsCertificate, openssl and gnutls all read:
#   ca.pem                     the authority to trust
#   server-p256.pem            for localhost and 127.0.0.1, P-256; server-rsa2048.pem is the same with RSA
#   client-p256.pem            a client's; client-rsa2048.pem is the same with RSA
#   elsewhere-p256.pem         a server's, by the same authority but for another host
#   stranger-p256.pem          a server's and client's, by an authority that nobody trusts
set -eu

[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
mkdir -p "$1"
cd "$1"
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

quietly() { "$@" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }; }

# key FILE p256|rsa2048
key() {
  case $2 in
    p256) quietly openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" ;;
    rsa2048) quietly openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1" ;;
  esac
}

# authority NAME COMMON-NAME
authority() {
  key "$work/$1.key" p256
  quietly openssl req -new -x509 -days 3650 -key "$work/$1.key" -subj "/O=libgdtls-swift/CN=$2" -out "$1.pem" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

# certificate NAME p256|rsa2048 AUTHORITY COMMON-NAME EXTENDED-KEY-USAGE [SUBJECT-ALTERNATIVE-NAMES]
certificate() {
  key "$work/$1.key" "$2"
  quietly openssl req -new -key "$work/$1.key" -subj "/O=libgdtls-swift/CN=$4" -out "$work/$1.csr"
  {
    printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature "extendedKeyUsage=$5" \
      subjectKeyIdentifier=hash authorityKeyIdentifier=keyid
    [ $# -lt 6 ] || printf 'subjectAltName=%s\n' "$6"
  } >"$work/$1.ext"
  quietly openssl x509 -req -in "$work/$1.csr" -days 3650 -extfile "$work/$1.ext" -out "$work/$1.crt" \
    -CA "$3.pem" -CAkey "$work/$3.key" -set_serial "0x$(openssl rand -hex 8)"
  cat "$work/$1.crt" "$work/$1.key" >"$1.pem"
}

authority ca 'Throw-away authority'
here=DNS:localhost,IP:127.0.0.1
for kind in p256 rsa2048; do
  certificate "server-$kind" $kind ca localhost serverAuth $here
  certificate "client-$kind" $kind ca 'A client' clientAuth
done
certificate elsewhere-p256 p256 ca elsewhere.example serverAuth DNS:elsewhere.example
authority stranger-ca 'Authority nobody trusts'
certificate stranger-p256 p256 stranger-ca localhost serverAuth,clientAuth $here
rm stranger-ca.pem

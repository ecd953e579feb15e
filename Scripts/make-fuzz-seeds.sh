#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes the seeds of the fuzzers anew, from real handshakes and certificates, after Scripts/fuzz.sh has built them:
#   make-fuzz-seeds.sh [FOLDER]
# FOLDER is Tests/fuzz/corpus if none is given. What the fuzzers have found stays there beside them.
set -eu
cd "$(dirname "$0")/.."

corpus=${1:-Tests/fuzz/corpus}
mkdir -p "$corpus/datagrams" "$corpus/conversation" "$corpus/certificates" "$corpus/containers"
corpus=$(realpath "$corpus")
.build-fuzz/release/fuzz seeds "$corpus"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
Scripts/make-certificates.sh "$work"
cd "$work"
openssl x509 -in server-p256.pem -outform DER -out "$corpus/certificates/p256.der"
openssl x509 -in server-rsa2048.pem -outform DER -out "$corpus/certificates/rsa2048.der"
openssl pkey -in server-p256.pem -outform DER -out "$corpus/certificates/p256-key.der"
openssl x509 -in server-p256.pem -out "$corpus/certificates/p256.pem"
openssl pkey -in server-p256.pem -out "$corpus/certificates/p256-key.pem"
cat server-p256.pem ca.pem >"$corpus/certificates/chain.pem"
printf 'text\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' >"$corpus/certificates/broken.pem"

# container NAME OPTIONS...
container() {
  name=$1
  shift
  openssl pkcs12 -export -inkey server-p256.pem -in server-p256.pem -out "$corpus/containers/$name.p12" "$@"
}
# Few iterations: the fuzzer wants many runs.
container modern -certfile ca.pem -passout pass:secret -iter 1 -maciter
container no-password -passout pass: -iter 1
container no-encryption -passout pass: -keypbe NONE -certpbe NONE -nomaciter
container no-mac -passout pass:secret -nomac -iter 1
container triple-des -passout pass:secret -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -iter 1 -macalg SHA1
container no-key -nokeys -passout pass:secret -iter 1

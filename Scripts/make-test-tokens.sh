#!/usr/bin/env bash
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes PKCS #11 tokens for the tests: make-test-tokens.sh DIRECTORY CERTIFICATES TOKEN[:IDENTITY[,IDENTITY...]] ...
# CERTIFICATES holds IDENTITY.pem, a certificate, and its key in IDENTITY-key.pem or the same file. Both go into the token
# under IDENTITY as their label and with the numbers 01, 02 and so on; of IDENTITY@, the key alone. The PIN of each token
# is "PIN of TOKEN".
# Leaves DIRECTORY/softhsm2.conf, for SOFTHSM2_CONF, DIRECTORY/module.so, a link to the module, and strict.so, which is
# Tests/support/strict-module.c over that module.
set -eu
[ $# -ge 3 ] || { sed -n '5,12p' "$0" >&2; exit 2; }
scripts=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
directory=$(cd "$1" && pwd) certificates=$2
shift 2

module=
for candidate in /usr/lib/*/softhsm/libsofthsm2.so /usr/lib*/softhsm/libsofthsm2.so /usr/lib*/pkcs11/libsofthsm2.so; do
  [ ! -e "$candidate" ] || { module=$candidate; break; }
done
[ -n "$module" ] || { echo 'make-test-tokens.sh: there is no libsofthsm2.so: install softhsm2' >&2; exit 1; }

rm -rf "$directory/tokens"
mkdir "$directory/tokens"
export SOFTHSM2_CONF="$directory/softhsm2.conf"
printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$directory" >"$SOFTHSM2_CONF"
ln -sf "$module" "$directory/module.so"
cc -shared -fPIC -O1 -Wall -Werror -DMODULE="\"$module\"" -I"$scripts/../Sources/CPKCS11" \
  -o "$directory/strict.so" "$scripts/../Tests/support/strict-module.c" -ldl -lcrypto

for description in "$@"; do
  token=${description%%:*} number=0
  softhsm2-util --init-token --free --label "$token" --so-pin "PUK of $token" --pin "PIN of $token" >/dev/null
  [ "$token" != "$description" ] || continue
  IFS=, read -ra identities <<<"${description#*:}"
  for identity in "${identities[@]}"; do
    number=$((number + 1)) name=${identity%@}
    key=$certificates/$name-key.pem
    [ -e "$key" ] || key=$certificates/$name.pem
    openssl pkey -in "$key" -out "$directory/key.pem"
    softhsm2-util --import "$directory/key.pem" --token "$token" --label "$name" --id "0$number" \
      --pin "PIN of $token" >/dev/null
    [ "$name" = "$identity" ] || continue
    openssl x509 -in "$certificates/$name.pem" -outform DER -out "$directory/certificate.der"
    pkcs11-tool --module "$module" --token-label "$token" --login --pin "PIN of $token" --type cert --label "$name" \
      --id "0$number" --write-object "$directory/certificate.der" >/dev/null
  done
done
rm -f "$directory/certificate.der" "$directory/key.pem"

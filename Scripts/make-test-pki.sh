#!/usr/bin/env bash
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes the certificates that the tests use, anew each time: make-test-pki.sh DIRECTORY
# NAME.pem is a certificate, NAME-key.pem its key. Needs the openssl command, 3.0 or later.
set -eu
[ $# = 1 ] || { sed -n '5,6p' "$0" >&2; exit 2; }
mkdir -p "$1"
cd "$1"

# Those that the openssl command asks its configuration for; nothing here may depend on the machine's.
cat > openssl.cnf <<'CONFIG'
[req]
distinguished_name = dn
[dn]
[ca]
default_ca = test
[test]
database = index.txt
rand_serial = yes
new_certs_dir = .
default_md = sha256
policy = policy
unique_subject = no
crlnumber = crlnumber
default_crl_days = 9000
[policy]
domainComponent = optional
organizationName = optional
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:server.example.com,DNS:*.wild.example.com,IP:192.168.1.10,IP:2001:db8::1,email:a@example.com
authorityKeyIdentifier = keyid
[client]
basicConstraints = CA:FALSE
extendedKeyUsage = clientAuth
[special]
extendedKeyUsage = 1.2.3.4
[odd-alternatives]
# server.example.com NUL .evil.org, a.example.com, an empty name, ::1, 127.0.0.1, and five bytes that are no address.
subjectAltName = DER:30:4E:82:1C:73:65:72:76:65:72:2E:65:78:61:6D:70:6C:65:2E:63:6F:6D:00:2E:65:76:69:6C:2E:6F:72:67:82:0D:61:2E:65:78:61:6D:70:6C:65:2E:63:6F:6D:82:00:87:10:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:01:87:04:7F:00:00:01:87:05:01:02:03:04:05
[broken-alternatives]
subjectAltName = DER:30:05:82:09:61
[unhandled]
basicConstraints = CA:FALSE
1.2.3.4.5 = critical,ASN1:NULL
CONFIG
export OPENSSL_CONF=$PWD/openssl.cnf

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1-key.pem" 2>/dev/null; }
request() { openssl req -new -key "$1-key.pem" -subj "$2" -out "$1.csr"; }
# root NAME SUBJECT: a self-signed authority.
root() { key "$1"; openssl req -x509 -new -key "$1-key.pem" -subj "$2" -days 9000 -extensions authority -out "$1.pem"; }
# issue NAME SUBJECT ISSUER [option ...]: a certificate from ISSUER; an extension section or a digest by option.
issue() {
    local name=$1 subject=$2 issuer=$3
    shift 3
    [ -e "$name-key.pem" ] || key "$name"
    request "$name" "$subject"
    sign "$name" "$name" "$issuer" "$@"
}
# sign NAME REQUEST ISSUER [option ...]: one more certificate for a request that is there.
sign() {
    local name=$1 request=$2 issuer=$3
    shift 3
    openssl x509 -req -in "$request.csr" -CA "$issuer.pem" -CAkey "$issuer-key.pem" -days 8000 -extfile openssl.cnf \
        -set_serial "0x$(openssl rand -hex 8)" "$@" -out "$name.pem" 2>/dev/null
}

server=(-extensions server) client=(-extensions client) authority=(-extensions authority)

root root /DC=COM/DC=EXAMPLE/CN=Root
root other-root /DC=COM/DC=EXAMPLE/CN=Other
root twin-root /DC=COM/DC=EXAMPLE/CN=Root
issue intermediate /DC=COM/DC=EXAMPLE/CN=Intermediate root "${authority[@]}"
issue server /DC=COM/DC=EXAMPLE/CN=server.example.com root "${server[@]}"
issue deep-server /DC=COM/DC=EXAMPLE/CN=server.example.com intermediate "${server[@]}"
issue client /DC=COM/DC=EXAMPLE/CN=Client root "${client[@]}"
issue below-server /CN=server.example.com server "${server[@]}"
issue special /CN=Special root -extensions special
issue unhandled /CN=server.example.com root -extensions unhandled
# Without -extfile: X.509 version 1.
key v1-client
request v1-client /DC=COM/DC=EXAMPLE/CN=Client
openssl x509 -req -in v1-client.csr -CA root.pem -CAkey root-key.pem -days 8000 -set_serial 7 -out v1-client.pem 2>/dev/null
key self-signed
openssl req -x509 -new -key self-signed-key.pem -subj /DC=COM/DC=EXAMPLE/CN=server.example.com -days 9000 -out self-signed.pem

# The same authority, cross-signed by another.
request root /DC=COM/DC=EXAMPLE/CN=Root
sign root-by-other root other-root "${authority[@]}"

# A circle: two authorities that vouch for each other, and a server below one of them.
root circle-a /CN=A
root circle-b /CN=B
request circle-a /CN=A
request circle-b /CN=B
sign a-by-b circle-a circle-b "${authority[@]}"
sign b-by-a circle-b circle-a "${authority[@]}"
issue circle-server /CN=server.example.com circle-a "${server[@]}"

# Weak ones.
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out short-key-key.pem 2>/dev/null
issue short-key /CN=server.example.com root "${server[@]}"
issue sha1 /CN=server.example.com root "${server[@]}" -sha1

# Signatures of other kinds: of no one hash function, and of one that its parameters name.
openssl genpkey -algorithm ED25519 -out ed25519-root-key.pem
openssl req -x509 -new -key ed25519-root-key.pem -subj /CN=Ed25519 -days 9000 -extensions authority -out ed25519-root.pem
issue ed25519-signed /CN=server.example.com ed25519-root "${server[@]}"
issue sha384 /CN=server.example.com root "${server[@]}" -sha384
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa-root-key.pem 2>/dev/null
openssl req -x509 -new -key rsa-root-key.pem -subj /CN=RSA -days 9000 -extensions authority -out rsa-root.pem
issue pss-sha512 /CN=server.example.com rsa-root "${server[@]}" -sha512 -sigopt rsa_padding_mode:pss

# Out of their time.
: > index.txt
echo 1000 > crlnumber
dated() {
    key "$1"
    request "$1" /CN=server.example.com
    openssl ca -config openssl.cnf -batch -notext -in "$1.csr" -cert root.pem -keyfile root-key.pem \
        -startdate "$2" -enddate "$3" -extensions server -out "$1.pem" 2>/dev/null
}
dated past 20000717230000Z 20010717230000Z
dated future 20600717230000Z 20610717230000Z
dated ageless 19500101000000Z 99991231235959Z

# Names that are hard to print.
key odd-name
openssl req -new -utf8 -key odd-name-key.pem -subj '/O=A, B\+C/CN=Jürgen "J" <x>' -out odd-name.csr
sign odd-name odd-name root

issue odd-alternatives /CN=other.example.com root -extensions odd-alternatives
issue broken-alternatives /CN=server.example.com root -extensions broken-alternatives
key latin-name
openssl req -new -key latin-name-key.pem -config <(sed 's/^\[req\]/[req]\nstring_mask = MASK:0x4/' openssl.cnf) \
    -subj "/CN=$(printf 'J\374rgen')" -out latin-name.csr
sign latin-name latin-name root

# Keys of every kind that signs in TLS.
kind() {
    openssl genpkey "${@:2}" -out "$1-key.pem" 2>/dev/null
    issue "$1" /CN=server.example.com root "${server[@]}"
    cp "$1-key.pem" "$1-client-key.pem"
    issue "$1-client" /CN=Client root "${client[@]}"
}
kind rsa-server -algorithm RSA -pkeyopt rsa_keygen_bits:2048
kind p256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
kind p384 -algorithm EC -pkeyopt ec_paramgen_curve:P-384
kind p521 -algorithm EC -pkeyopt ec_paramgen_curve:P-521
kind ed25519 -algorithm ED25519
kind ed448 -algorithm ED448
kind rsa-pss -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048

# The same key in every form.
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa-key.pem 2>/dev/null
openssl rsa -in rsa-key.pem -traditional -out rsa-pkcs1-key.pem 2>/dev/null
openssl rsa -in rsa-key.pem -traditional -outform DER -out rsa-pkcs1-key.der 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in rsa-key.pem -outform DER -out rsa-key.der
openssl pkcs8 -topk8 -in rsa-key.pem -passout pass:secret -out rsa-encrypted-key.pem
openssl pkcs8 -topk8 -in rsa-key.pem -passout pass:secret -outform DER -out rsa-encrypted-key.der
openssl rsa -in rsa-key.pem -aes128 -traditional -passout pass:secret -out rsa-encrypted-pkcs1-key.pem 2>/dev/null
openssl ec -in server-key.pem -out server-sec1-key.pem 2>/dev/null
for name in root server client; do openssl x509 -in $name.pem -outform DER -out $name.der; done
openssl pkcs8 -topk8 -nocrypt -in server-key.pem -outform DER -out server-key.der

cat deep-server.pem intermediate.pem root.pem > chain.pem
cat root.pem other-root.pem > roots.pem
cat server.pem client.pem v1-client.pem > leaves.pem
cat server.pem server-key.pem > server-and-key.pem
printf 'This is no certificate.\n' > garbage.pem
sed '5s/..../!!!!/' server.pem > broken.pem
head -n 5 server.pem > truncated.pem
openssl x509 -in root.pem -trustout -addtrust serverAuth -out trusted-root.pem

# Containers.
cat intermediate.pem root.pem > above.pem
cat deep-server.pem intermediate.pem > chain-without-root.pem
pkcs12() { openssl pkcs12 -export -inkey deep-server-key.pem -in deep-server.pem -certfile above.pem "$@"; }
pkcs12 -passout pass:secret -out server.p12
pkcs12 -passout pass: -out no-password.p12
pkcs12 -passout pass:secret -nomac -out no-mac.p12
pkcs12 -passout pass:pässwörd -out unicode.p12
pkcs12 -passout pass:secret -legacy -out legacy.p12
openssl pkcs12 -export -nokeys -in chain.pem -passout pass:secret -out no-key.p12

# hashed/ is a directory as `openssl rehash` makes it.
mkdir -p hashed
cp root.pem "hashed/$(openssl x509 -in root.pem -noout -subject_hash).0"
cp other-root.pem hashed/unhashed.pem

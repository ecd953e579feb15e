# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154  # the variables are the sourcing script's
#
# Who is who: certificates, names, refusals. Sourced by run.sh.

# refuses CERTIFICATE PROBLEM ADVICE OPTIONS...
refuses() {
  serve --cert "$certificates/$1.pem" || return
  exits 77 "$gdtls" connect "127.0.0.1:$port" "${@:4}" && says once "$2" && says once "$3" && silent server connected
}

other_name_is_accepted() {
  serve --cert "$certificates/elsewhere-p256.pem" --echo && connect --servername elsewhere.example \
    && tell client hello && await client '^hello$'
}

insecure_accepts() {
  serve --cert "$certificates/stranger-p256.pem" --echo && connect --insecure --servername elsewhere.example \
    && tell client hello && await client '^hello$' && says client 'insecure: anybody' \
    && says client 'problems .*trusted.*somebody else'
}

insecure_tells_problems_to_programs() {
  serve --cert "$certificates/stranger-p256.pem" && connect --insecure --json && await client connected || return
  hang_up client
  ends client 0 && json client 'of("connected")[0]["certificate"]["problems"] == ["unknown-ca"]' \
    && json client 'len(of("notice")) == 1' && says client insecure
}

refusal_is_json() {
  serve --cert "$certificates/stranger-p256.pem" || return
  exits 77 "$gdtls" connect "127.0.0.1:$port" --ca "$ca" --json \
    && json once 'of("error")[0]["error"] == "not-verified" and of("error")[0]["status"] == 77' \
    && json once '"--ca" in of("error")[0]["advice"] and of("error")[0]["message"]'
}

client_shows_certificate() {
  serve --ca "$ca" "$@" && connect --cert "$certificates/client-p256.pem" && await server connected \
    && says server 'certificate .*CN=A client' && says server 'problems +none'
}

key_in_its_own_file() {
  openssl x509 -in "$own" -out "$work/certificate.pem" && openssl pkey -in "$own" -out "$work/key.pem" || return
  serve --cert "$work/certificate.pem" --key "$work/key.pem" --echo && connect && tell client hello && await client '^hello$'
}

# No option takes a password, so the messages must lead out.
encrypted_container() {
  openssl pkcs12 -export -in "$own" -inkey "$own" -passout pass:secret -out "$work/own.p12" || return
  exits 66 "$gdtls" serve --port 0 --cert "$work/own.p12" && says once 'password' && says once 'openssl pkcs12 '
}
encrypted_key() {
  openssl pkey -in "$own" -aes128 -passout pass:secret -out "$work/key.pem" || return
  exits 66 "$gdtls" serve --port 0 --cert "$own" --key "$work/key.pem" && says once 'key is encrypted.*openssl pkey'
}

client_without_certificate_is_welcome() {
  serve --ca "$ca" --echo && connect && tell client hello && await client '^hello$' && says server 'certificate +none'
}

client_without_certificate_is_refused() {
  serve --ca "$ca" --require-client-cert --once || return
  exits 77 "$gdtls" connect "127.0.0.1:$port" --ca "$ca" && says once 'requires a certificate of this end' && says once '--cert FILE' \
    && ends server 77 && says server 'certificate is required, and 127.0.0.1:[0-9]+ has shown none' && silent server '^connected'
}

strange_client_is_refused() {
  serve --ca "$ca" --require-client-cert --once || return
  exits 76 "$gdtls" connect "127.0.0.1:$port" --ca "$ca" --cert "$certificates/stranger-p256.pem" \
    && says once 'alert' && ends server 77 && silent server '^connected'
}

server_survives_refusals() {
  serve --ca "$ca" --require-client-cert --echo || return
  exits 77 "$gdtls" connect "127.0.0.1:$port" --ca "$ca" || return
  connect --cert "$certificates/client-p256.pem" && tell client hello && await client '^hello$'
}

check 'a server with the name of another is refused' refuses elsewhere-p256 'CN=elsewhere.example.* is refused: it is about somebody else' '--servername' --ca "$ca"
check 'a server of a stranger is refused' refuses stranger-p256 'is refused: nobody who is trusted has signed it' '--ca FILE' --ca "$ca"
check 'a server is refused that the system does not trust' refuses server-p256 '127.0.0.1' '--ca FILE'
check 'a server with an expected other name is accepted' other_name_is_accepted
check '--insecure accepts anybody, and says so' insecure_accepts
check '--insecure tells programs what is wrong' insecure_tells_problems_to_programs
check 'a refusal is an event, too' refusal_is_json
check 'a client shows its certificate to a server that asks' client_shows_certificate
check 'a client shows its certificate to a server that requires one' client_shows_certificate --require-client-cert
check 'the key may be in a file of its own' key_in_its_own_file
check 'a container with a password is refused, with a way out' encrypted_container
check 'a key with a password is refused, with a way out' encrypted_key
check 'a client without a certificate is welcome where one is asked for' client_without_certificate_is_welcome
check 'a client without a certificate is refused where one is required' client_without_certificate_is_refused
check 'a client of a stranger is refused' strange_client_is_refused
check 'a server goes on after refusals' server_survives_refusals

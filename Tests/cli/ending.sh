# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154  # the variables are the sourcing script's
#
# How the command ends: signals, errors, exit statuses. Sourced by run.sh.

signal_closes_client() {
  serve --echo && connect && await client connected && signal client "$1" || return
  ends client 0 && await server 'has closed'
}

signal_closes_server() {
  serve && connect && await client connected && await server connected && signal server "$1" || return
  ends server 0 && await client 'has closed' && ends client 0
}

signal_ends_idle_server() { serve && signal server "$1" && ends server 0; }

# silence: a port where nobody says a word
silence() {
  start silence python3 -uc 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0))
print("port", s.getsockname()[1])
while True: print("datagram", len(s.recv(9999)))'
  await silence '^port' || return
  port=$(sed -n 's/^port //p' "$work/silence.out")
}

no_answer() {
  silence || return
  exits 75 "$gdtls" "$1" "127.0.0.1:$port" -t 0.5 --ca "$ca" && says once "127.0.0.1:$port" && says once 'firewall|UDP|answer'
}

signal_before_association() {
  silence && connect -t 50 || return
  await silence '^datagram' || return
  signal client "$1"
  ends client "$2"
}

nobody_listens() {
  port=$(free_port)
  exits 69 "$gdtls" "$1" "127.0.0.1:$port" -t 50 && says once "Nobody listens on 127.0.0.1:$port"
}

unknown_host() { exits 68 "$gdtls" connect no-such-host.invalid:4433 && says once 'no-such-host.invalid'; }

# bad_file PATTERN ARGUMENTS...
bad_file() { exits 66 "$gdtls" "${@:2}" && says once "$1"; }

certificate_without_key() {
  openssl x509 -in "$own" -out "$work/lonely.pem"
  bad_file 'lonely.pem holds no private key. --key FILE' serve --port 0 --cert "$work/lonely.pem" \
    && bad_file 'lonely.pem holds no private key. --key FILE' connect 127.0.0.1:9 --cert "$work/lonely.pem"
}

garbage() {
  echo 'no certificate' >"$work/garbage.pem"
  bad_file garbage.pem connect 127.0.0.1:9 --ca "$work/garbage.pem" && bad_file garbage.pem serve --port 0 --cert "$work/garbage.pem"
}

port_in_use() {
  serve || return
  exits 71 "$gdtls" serve --host 127.0.0.1 --port "$port" --cert "$own" && says once 'in use.*--port'
}

port_in_use_meanwhile() {
  serve --echo && connect && await client connected || return
  exits 71 "$gdtls" serve --host 127.0.0.1 --port "$port" --cert "$own" || return
  tell client hello && await client '^hello$'
}

nothing_in_common() {
  start openssl openssl s_server -dtls1_2 -accept 127.0.0.1:0 -cert "$own" -cipher ECDHE-ECDSA-AES128-SHA
  await openssl '^ACCEPT 127' || return
  port=$(sed -n 's/^ACCEPT 127.0.0.1://p' "$work/openssl.out")
  exits 76 "$gdtls" connect "127.0.0.1:$port" --ca "$ca" && says once "127.0.0.1:$port"
}

peer_vanishes() {
  serve && connect && await client connected || return
  # Not timeout, which would pass nothing on: the program itself.
  kill -9 "$(pgrep -P "${process[server]}")"
  for _ in $(seq 100); do tell client hello && sleep 0.1; kill -0 "${process[client]}" 2>/dev/null || break; done 2>/dev/null
  ends client 1 && says client "The association with 127.0.0.1:$port broke"
}

idle_client_is_given_up() {
  serve --idle 1 --once && connect && await client connected && ends server 0 && says server 'has been silent for 1 s' \
    && await client 'has closed' && ends client 0
}

once() {
  serve --once --echo && connect && tell client hello && await client '^hello$' || return
  hang_up client
  ends client 0 && ends server 0
}

# wrong PATTERN ARGUMENTS...
wrong() { exits 64 "$gdtls" "${@:2}" && says once "$1"; }

for name in INT TERM; do
  check "a client closes on SIG$name" signal_closes_client $name
  check "a server closes on SIG$name" signal_closes_server $name
  check "an idle server ends well on SIG$name" signal_ends_idle_server $name
done
check 'a client that is interrupted before it is connected says so (130)' signal_before_association INT 130
check 'a client that is terminated before it is connected says so (143)' signal_before_association TERM 143
check 'a server ends after one client by --once' once
check 'a server gives up a client that is silent' idle_client_is_given_up
check 'nobody listens: 69, at once' nobody_listens connect
check 'nobody listens for a ping: 69' nobody_listens ping
check 'no answer: 75' no_answer connect
check 'no answer for a ping: 75' no_answer ping
check 'unknown host: 68' unknown_host
check 'missing authorities: 66' bad_file missing.pem connect 127.0.0.1:9 --ca missing.pem
check 'missing certificate: 66' bad_file missing.pem serve --port 0 --cert missing.pem
check 'certificate without its key: 66' certificate_without_key
check 'no certificate in the file: 66' garbage
check 'port in use: 71' port_in_use
check 'port in use by a server with a client: 71' port_in_use_meanwhile
check 'nothing in common: 76' nothing_in_common
check 'a peer that vanishes: 1' peer_vanishes
check 'no port: 64' wrong 'HOST:PORT' connect localhost
check 'an impossible port: 64' wrong '1 to 65535' connect localhost:65536
check 'IPv6 without brackets: 64' wrong '\[::1\]:4433' connect ::1:4433
check 'a key without a certificate: 64' wrong '--cert' connect localhost:1 --key key.pem
check 'an impossible MTU: 64' wrong '228 to 65507' connect localhost:1 --mtu 100
check 'an impossible time: 64' wrong '0.001 to 3600' connect localhost:1 -t 0
check 'an empty protocol: 64' wrong '1 to 255 bytes' connect localhost:1 --alpn a,,b
check 'a server without a certificate: 64' wrong '--cert FILE' serve --port 0
check 'a server on a name: 64' wrong 'IP address' serve --port 0 --cert x --host localhost
check 'a ping of nothing: 64' wrong '8 to' ping localhost:1 -s 1
check 'an unknown option: 64' wrong 'Unknown option' connect localhost:1 --fast

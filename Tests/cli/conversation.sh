# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154  # the variables are the sourcing script's
#
# What is said: lines, datagrams, events. Sourced by run.sh.

echo_comes_back() {
  serve --echo && connect && tell client 'hello server' && await client '^hello server$' || return
  hang_up client
  ends client 0 && await server 'has closed' && says client 'DTLS 1.2' && says client '^certificate .*CN=localhost' \
    && says client 'SHA-256 .*:' && says client 'problems +none' && silent server '^hello'
}

both_talk() {
  serve && connect && tell client 'from the client' && await server '^from the client$' \
    && tell server 'from the server' && await client '^from the server$' || return
  hang_up client
  ends client 0 && await server 'has closed'
}

# As in `echo hello | gdtls connect`: the answer comes after the end of the input.
piped() {
  serve --echo || return
  printf 'first\nlast' >"$work/input"
  timeout "$limit" "$gdtls" connect "127.0.0.1:$port" --ca "$ca" --linger 3 <"$work/input" \
    >"$work/client.out" 2>"$work/client.err" || return
  prints client first && prints client last && says client 'end of input'
}

bytes_are_bytes() {
  serve --echo || return
  python3 -c 'import sys; sys.stdout.buffer.write(bytes(b for b in range(256) if b != 10) + b"\n\xff\xfe\n")' \
    >"$work/input"
  timeout "$limit" "$gdtls" connect "127.0.0.1:$port" --ca "$ca" --linger 3 <"$work/input" \
    >"$work/client.out" 2>"$work/client.err" || return
  cmp "$work/input" "$work/client.out"
}

empty_lines_are_skipped() {
  serve --echo && connect && tell client '' && tell client '' && tell client after && await client '^after$' || return
  hang_up client
  ends client 0 && [ "$(grep -c 'empty' "$work/client.err")" -le 1 ]
}

long_line_is_refused() {
  serve --echo && connect --mtu 500 && await client connected || return
  local most
  most=$(sed -nE 's/.*up to ([0-9]+) bytes.*/\1/p' "$work/client.err")
  if [ "$most" -lt 400 ] || [ "$most" -ge 500 ]; then echo "up to $most bytes"; return 1; fi
  tell client "$(printf "%$((most + 1))s" x)" && tell client "$(printf "%${most}s" y)" && await client ' y$' || return
  hang_up client
  ends client 1 && says client "$((most + 1)) bytes were not sent: .* $most at most" && says client '1 datagram was not sent'
}

events_are_json() {
  serve --echo --json && connect --json --alpn one,two && tell client 'some "text"' && await client '"data"' || return
  tell client "$(printf 'no UTF-8 \xff')" && await client base64 || return
  hang_up client
  ends client 0 && await server '"closed"' || return
  json server 'of("listening")[0]["address"].startswith("127.0.0.1:")' \
    && json server 'of("connected")[0]["certificate"] is None and of("closed")[0]["by"] == "peer"' \
    && json client '[e["event"] for e in events] == ["connected", "data", "data", "closed"]' \
    && json client 'of("data")[0] == {"event": "data", "size": 11, "text": "some \"text\""}' \
    && json client '__import__("base64").b64decode(of("data")[1]["base64"]) == b"no UTF-8 \xff"' \
    && json client 'of("connected")[0]["version"] == "DTLS 1.2" and of("connected")[0]["max_data_size"] > 1000' \
    && json client 'of("connected")[0]["certificate"]["subject"] == "O=libgdtls-swift,CN=localhost"' \
    && json client 'of("connected")[0]["certificate"]["problems"] == [] and of("connected")[0]["alpn"] is None' \
    && json client 'of("connected")[0]["handshake_ms"] > 0 and of("connected")[0]["cipher"].startswith("ECDHE-")' \
    || return
  local ours theirs
  theirs=$(openssl x509 -in "$own" -noout -fingerprint -sha256 | sed 's/.*=//')
  ours=$(sed -nE 's/.*"sha256":"([^"]*)".*/\1/p' "$work/client.out")
  [ "$ours" = "$theirs" ] || { echo "fingerprint $ours is not $theirs"; return 1; }
}

protocol_is_agreed() {
  serve --alpn two,three && connect --alpn one,two && await client connected && says client 'ALPN two' \
    && await server connected && says server 'ALPN two'
}

answer_that_does_not_fit() {
  serve --echo && connect --mtu 2000 && tell client "$(printf '%1500s' x)" && await server '1500 bytes were not sent' \
    && tell client hello && await client '^hello$'
}

mtu_holds() {
  serve --echo && connect --mtu 300 && tell client "$(printf '%200s' x)" && await client ' x$' && says client 'up to 2[0-9][0-9] '
}

over_ipv6() {
  serve --host ::1 --echo || return
  start client "$gdtls" connect "[::1]:$port" --ca "$ca" --servername localhost
  tell client hello && await client '^hello$' && says client 'connected +\[::1\]:'
}

tries_each_address() {
  serve --echo || return
  start client "$gdtls" connect "localhost:$port" --ca "$ca"
  tell client hello && await client '^hello$' && says client 'connected +127.0.0.1:'
}

listens_on_all() {
  serve --host :: --echo || return
  start client "$gdtls" connect "127.0.0.1:$port" --ca "$ca"
  tell client hello && await client '^hello$' && says server 'connected +127.0.0.1:'
}

one_after_the_other() {
  serve --echo && connect && await client connected || return
  start second "$gdtls" connect "127.0.0.1:$port" --ca "$ca" -t 50
  await server 'knocks' && silent second '^connected' && tell client still && await client '^still$' || return
  hang_up client
  ends client 0 && tell second mine && await second '^mine$' || return
  hang_up second
  ends second 0
}

noise_is_no_client() {
  serve --echo || return
  python3 - "$port" <<'END' || return
import socket, sys
noise = socket.socket(type=socket.SOCK_DGRAM)
for datagram in b"", b"hello", bytes(100), b"\x16\xfe\xfd" + bytes(40), b"\x17\xfe\xfd" + bytes(40):
    noise.sendto(datagram, ("127.0.0.1", int(sys.argv[1])))
END
  connect && tell client hello && await client '^hello$'
}

check 'what a client says comes back from an echo' echo_comes_back
check 'both ends talk' both_talk
check 'input by a pipe gets its answers after its end' piped
check 'any byte but a newline goes through' bytes_are_bytes
check 'an empty line is skipped, which is told once' empty_lines_are_skipped
check 'a line that is too long is not sent, and the limit told' long_line_is_refused
check 'an echo that does not fit is told, and the echo goes on' answer_that_does_not_fit
check 'events come as JSON' events_are_json
check 'the ends agree on a protocol' protocol_is_agreed
check 'the MTU limits what fits' mtu_holds
check 'a client connects over IPv6' over_ipv6
check 'a client tries each address of a name' tries_each_address
check 'a server listens on all addresses, and shows IPv4 as IPv4' listens_on_all
check 'a second client is mentioned, waits and is served' one_after_the_other
check 'noise is no client' noise_is_no_client

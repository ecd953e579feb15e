# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154  # the variables are the sourcing script's
#
# Round trips. Sourced by run.sh.

ping() { run ping "$gdtls" ping "127.0.0.1:$port" --ca "$ca" "$@"; }

statistics_add_up() {
  serve --echo && ping -c 5 -i 0.02 -W 30 -s 100 || return
  [ "$(grep -cE '^100 bytes from 127.0.0.1:[0-9]+: seq=[0-4] time=[0-9.]+ ms$' "$work/ping.out")" = 5 ] \
    && grep -q '^5 sent, 5 received, 0% loss, time [0-9]* ms$' "$work/ping.out" \
    && grep -qE '^rtt min/avg/max/mdev = [0-9.]+/[0-9.]+/[0-9.]+/[0-9.]+ ms$' "$work/ping.out" \
    && grep -qE '^PING .* handshake [0-9.]+ ms$' "$work/ping.out"
}

statistics_are_json() {
  serve --echo && ping -c 5 -i 0.02 -W 30 --json || return
  json ping '[e["sequence"] for e in of("answer")] == [0, 1, 2, 3, 4]' \
    && json ping 'of("statistics")[0]["sent"] == of("statistics")[0]["received"] == 5' \
    && json ping 'min(e["ms"] for e in of("answer")) == of("statistics")[0]["min_ms"]' \
    && json ping 'max(e["ms"] for e in of("answer")) == of("statistics")[0]["max_ms"]' \
    && json ping 'abs(sum(e["ms"] for e in of("answer")) / 5 - of("statistics")[0]["avg_ms"]) < 0.002' \
    && json ping 'of("statistics")[0]["loss_percent"] == 0 and of("connected")[0]["handshake_ms"] > 0'
}

no_echo() {
  serve || return
  exits 1 "$gdtls" ping "127.0.0.1:$port" --ca "$ca" -c 2 -i 0.01 -W 0.5 && says once 'No ping was answered' \
    && grep -q '^2 sent, 0 received, 100% loss' "$work/once.out"
}

interrupted() {
  serve --echo || return
  start client "$gdtls" ping "127.0.0.1:$port" --ca "$ca" -i 0.1
  await client 'seq=2' && signal client INT || return
  ends client 0 && await client '^rtt min' && await server 'has closed'
}

too_large() {
  serve --echo --mtu 2000 || return
  exits 1 "$gdtls" ping "127.0.0.1:$port" --ca "$ca" -c 1 -s 1500 && says once '1500 bytes do not fit: .* [0-9]+ at most' \
    && ping -c 1 -W 30 -s 1500 --mtu 2000
}

server_leaves() {
  serve --echo || return
  start client "$gdtls" ping "127.0.0.1:$port" --ca "$ca" -i 0.1
  await client 'seq=1' && signal server TERM || return
  ends client 1 && says client 'has closed' && await client '^rtt min'
}

check 'ping tells round trips and statistics' statistics_add_up
check "ping's statistics are JSON" statistics_are_json
check 'ping without an echo fails' no_echo
check 'ping tells its statistics when it is interrupted' interrupted
check 'a ping that does not fit is not sent' too_large
check 'ping tells its statistics when the server leaves' server_leaves

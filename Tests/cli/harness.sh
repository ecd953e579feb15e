# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154  # the variables are the sourcing script's
#
# Cases that run programs side by side, each with standard input from `tell`, output in NAME.out and errors in NAME.err.
# To be sourced, with `pattern` set to choose cases by name.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
# Seconds: how long a program may run at all. It has to do with hangs alone.
limit=60
declare -A process input

# check SENTENCE FUNCTION ARGUMENTS...
check() {
  local sentence=$1 status
  grep -qE -- "$pattern" <<<"$sentence" || return 0
  shift
  rm -rf "${work:?}"/*
  (
    trap 'kill $(jobs -p) 2>/dev/null' EXIT
    "$@"
  ) >"$work/verdict" 2>"$work/complaints" </dev/null
  status=$?
  if [ $status = 0 ]; then
    passed=$((passed + 1))
    echo "ok      $sentence"
  else
    failed=$((failed + 1))
    echo "not ok  $sentence"
    sed 's/^/        /' "$work/verdict"
    for file in "$work"/*.err "$work"/*.out; do
      [ ! -s "$file" ] || tail -n 14 "$file" | cut -c1-300 | sed "s|^|        $(basename "$file"): |"
    done
  fi
}

# run NAME COMMAND...: to its end, without input
run() {
  local name=$1
  shift
  timeout -k 2 "$limit" "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null
}

# start NAME COMMAND...: in the background
start() {
  local name=$1 fd
  shift
  mkfifo "$work/$name.in"
  (
    # It must not keep the others' inputs open.
    for fd in "${input[@]}"; do exec {fd}>&-; done
    exec timeout -k 2 "$limit" "$@" <"$work/$name.in" >"$work/$name.out" 2>"$work/$name.err"
  ) &
  process[$name]=$!
  exec {fd}>"$work/$name.in"
  input[$name]=$fd
}
tell() { printf '%s\n' "$2" >&"${input[$1]}"; }
hang_up() { local fd=${input[$1]}; exec {fd}>&-; }
# signal NAME SIGNAL: to the command itself; timeout would pass it on twice, to its child and to its group.
signal() { kill -"$2" "$(pgrep -P "${process[$1]}")"; }

# await NAME PATTERN: until its output or errors have it
await() {
  for _ in $(seq 300); do
    grep -aqE -- "$2" "$work/$1.out" "$work/$1.err" 2>/dev/null && return 0
    kill -0 "${process[$1]}" 2>/dev/null || break
    sleep 0.1
  done
  grep -aqE -- "$2" "$work/$1.out" "$work/$1.err" && return 0
  echo "$1 never said: $2"
  return 1
}

# ends NAME STATUS: it ends so
ends() {
  local status=0
  wait "${process[$1]}" || status=$?
  [ $status = "$2" ] || { echo "$1 ended with status $status, not $2"; return 1; }
}

# exits STATUS COMMAND...: the same for one in the foreground; its output is NAME once.
exits() {
  local expected=$1 status=0
  shift
  run once "$@" || status=$?
  [ $status = "$expected" ] || { echo "status $status, not $expected: $*"; return 1; }
}

says() { grep -aqE -- "$2" "$work/$1.err" || { echo "$1 does not say: $2"; return 1; }; }
silent() { ! grep -aqE -- "$2" "$work/$1.err" "$work/$1.out" || { echo "$1 says: $2"; return 1; }; }
prints() { grep -aqxF -- "$2" "$work/$1.out" || { echo "$1 does not print: $2"; return 1; }; }

# json NAME EXPRESSION: Python's, over `events`, all that it printed, and `of(EVENT)`, those of one kind
json() {
  python3 - "$work/$1.out" "$2" <<'END' || { echo "not so: $2"; return 1; }
import json, sys
events = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
def of(kind): return [event for event in events if event["event"] == kind]
sys.exit(not eval(sys.argv[2], {"events": events, "of": of}))
END
}

free_port() {
  python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}

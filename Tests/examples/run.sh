#!/bin/bash
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The examples of the library's own API are built as their first lines say and talk to each other; the documentation is
# built without a warning:
#   run.sh ROOT CERTIFICATES
# ROOT is an installation, CERTIFICATES a folder made by make-certificates.sh. Ends with "N passed, N failed".
# The examples that know GIO alone are run by the demo, those in Python by Tests/python.
set -u

[ $# -eq 2 ] || { sed -n '5,9p' "$0" >&2; exit 2; }
root=$(realpath "$1") certificates=$(realpath "$2")
cd "$(dirname "$0")/../.." || exit
# No module, no backend asked for: the programs are linked with the library.
unset GIO_USE_TLS GIO_MODULE_DIR GIO_EXTRA_MODULES
export LD_LIBRARY_PATH=$root/lib PKG_CONFIG_PATH=$root/lib/pkgconfig
work=$(mktemp -d)
trap '[ -z "${server:-}" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
passed=0 failed=0

check() {
  local sentence=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $sentence"
  else
    failed=$((failed + 1))
    echo "not ok  $sentence"
    tail -n 5 "$work/log" | sed 's/^/        /'
  fi
}

build_c() { Scripts/build-c.sh "$work" 'gdtls-swift gio-2.0' "Examples/gdtls/$1.c"; }
# valac takes no folder with a space in its name. -w: what the C compiler has to say is about valac's code.
build_vala() {
  C_INCLUDE_PATH=$root/include LIBRARY_PATH=$root/lib valac --girdir="$root/share/gir-1.0" --pkg gio-2.0 \
    --pkg GDtlsSwift-1.0 -X -w -o "$work/vala-client" Examples/vala/echo-client.vala
}
start_server() {
  : >"$work/server"
  timeout 120 "$work/echo-server" "$certificates/server-p256.pem" 0 >"$work/server" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    port=$(sed -n 's/^listening on .* port //p' "$work/server")
    [ -z "$port" ] || return 0
    sleep 0.1
  done
  cat "$work/server"
  return 1
}
says_what_it_was_told() { [ "$(timeout 60 "$@" "$certificates/ca.pem" localhost "$port" 'good day')" = 'good day' ]; }
refuses_another_name() {
  ! timeout 60 "$1" "$certificates/ca.pem" elsewhere.example "$port" 'good day' 2>"$work/error" || return 1
  grep -q 'elsewhere.example' "$work/error" || { cat "$work/error"; return 1; }
}
# All begin before the first ends.
serves_many_at_once() {
  local clients=() client
  for client in 1 2 3 4 5 6 7 8; do
    says_what_it_was_told "$work/echo-client" &
    clients+=($!)
  done
  for client in "${clients[@]}"; do wait "$client" || return 1; done
}
# Each block of C in README.md and docs/ becomes a file, named after the page and its number in it.
take_snippets() {
  mkdir "$work/pages" && awk -v folder="$work/pages" '
    FNR == 1 { page = FILENAME; sub(/.*\//, "", page); sub(/\.md$/, "", page); number = 0 }
    /^ *```/ { inside = /^ *```c$/; if (inside) output = folder "/" page "-" ++number ".c"; next }
    inside { print >output }' README.md docs/*.md
}
all_are_tried() {
  diff <(cd "$work/pages" && LC_ALL=C ls) \
    <(sed -n 's/^#include "\(.*\)"$/\1/p' Tests/examples/snippets.c | LC_ALL=C sort)
}
snippets_build() {
  CFLAGS="-Wextra -I$work/pages" Scripts/build-c.sh "$work" 'gdtls-swift gio-2.0' Tests/examples/snippets.c
}
snippets_work() {
  mkdir "$work/pem" && cp "$certificates/server-p256.pem" "$work/pem/server.pem" && cp "$certificates/ca.pem" "$work/pem/" \
    && G_DEBUG=fatal-warnings timeout 120 "$work/snippets" "$work/pem"
}
ends_on_a_signal() { kill -TERM "$server" && wait "$server"; }

check 'the server in C builds' build_c echo-server
check 'the client in C builds' build_c echo-client
check 'the client in Vala builds' build_vala
check 'the server listens' start_server
check 'the client in C gets its answer' says_what_it_was_told "$work/echo-client"
check 'the client in Vala gets its answer' says_what_it_was_told "$work/vala-client"
check 'the client in C refuses a server of another name, and says so' refuses_another_name "$work/echo-client"
check 'the client in Vala refuses a server of another name, and says so' refuses_another_name "$work/vala-client"
check 'the server has many clients at once' serves_many_at_once
check 'the server leaves when it is asked to' ends_on_a_signal
check 'the pages have snippets in C' take_snippets
check 'all of them are tried' all_are_tried
check 'they build without a warning' snippets_build
check 'they talk to each other' snippets_work
check 'the documentation builds without a warning' Scripts/docs.sh

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

#!/bin/bash
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What `make install` makes of the release build, and `make uninstall` leaves:
#   run.sh GIO-PEER
# GIO-PEER is gio-peer.c built. Ends with "N passed, N failed".
set -u

[ $# -eq 1 ] || { sed -n '5,7p' "$0" >&2; exit 2; }
gio_peer=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit
unset DESTDIR GIO_MODULE_DIR GIO_USE_TLS G_DEBUG
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PREFIX=$work/prefix LIBDIR=lib/multiarch
lib=$PREFIX/$LIBDIR
library=$lib/libgdtls-swift.so.0
module=$lib/gio/modules/libgiogdtls-swift.so
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
    head -n 5 "$work/log" | sed 's/^/        /'
  fi
}

# exports_only FILE PATTERN
exports_only() { ! nm -D --defined-only "$1" | grep -E ' [A-Z] ' | grep -vE " [A-Z] $2"; }
# exports_all_of_headers: whatever the optimizer thinks of functions that no Swift calls
exports_all_of_headers() {
  grep -ohE '\bgdtls_swift_[a-z0-9_]+ \(' "$PREFIX"/include/gdtls-swift/*.h | tr -d ' (' | sort -u >"$work/declared"
  nm -D --defined-only "$library" | awk '$2 == "T" { print $3 }' | sort >"$work/exported"
  [ "$(wc -l <"$work/declared")" -gt 30 ] && ! comm -23 "$work/declared" "$work/exported" | grep .
}
needs_no_swift() { ! readelf -d "$1" | grep -E 'NEEDED.*(swift|Foundation|dispatch)'; }
names_no_folder_of_the_build() { ! readelf -d "$1" | grep -E 'RUNPATH|RPATH' | grep -F '[/'; }
never_unmapped() { readelf -d "$1" | grep -q NODELETE; }
stripped() { ! readelf -S "$1" | grep -E '\.(debug_info|symtab)'; }
has_soname() { readelf -d "$library" | grep 'SONAME' | grep -F '[libgdtls-swift.so.0]'; }
link_in_place() { [ "$(readlink "$lib/libgdtls-swift.so")" = libgdtls-swift.so.0 ]; }
provider_is_found() { GIO_EXTRA_MODULES=$lib/gio/modules GIO_USE_TLS=gdtls-swift "$gio_peer" --check; }
not_the_default() { GIO_EXTRA_MODULES=$lib/gio/modules "$gio_peer" --check | grep -x 'GTlsBackendGnutls'; }
declines_without_library() {
  mv "$library" "$library.away" || return
  # Not the provider asked for, and no crash: GIO takes the next one.
  GIO_EXTRA_MODULES=$lib/gio/modules GIO_USE_TLS=gdtls-swift "$gio_peer" --check
  local status=$?
  mv "$library.away" "$library"
  [ $status = 2 ]
}
nothing_left() { [ -z "$(find "$PREFIX" ! -type d -print)" ]; }
staged() {
  DESTDIR=$work/staged Scripts/install.sh install && [ -f "$work/staged$module" ] && [ -f "$work/staged$library" ]
}
staged_gone() { DESTDIR=$work/staged Scripts/install.sh uninstall && [ -z "$(find "$work/staged" ! -type d -print)" ]; }

check 'install puts things into a folder of ours' Scripts/install.sh install
check 'the library has its soname' has_soname
check 'the plain name leads to the library' link_in_place
check 'the library exports our names and no other' exports_only "$library" '(g_dtls_|gdtls_swift_)'
check 'the library exports all that its headers declare' exports_all_of_headers
check 'the module exports what GIO calls and no other' exports_only "$module" 'g_io_gdtls_swift_(load|unload|query)$'
check 'the library brings its Swift along' needs_no_swift "$library"
check 'the module needs no Swift' needs_no_swift "$module"
for file in "$library" "$module"; do
  name=$(basename "$file")
  check "$name does not look for libraries where it was built" names_no_folder_of_the_build "$file"
  check "$name is never unmapped" never_unmapped "$file"
  check "$name is stripped" stripped "$file"
done
check 'GIO finds the provider' provider_is_found
check 'the provider must be asked for, gnutls stays the default' not_the_default
check 'the module declines if its library is gone' declines_without_library
check 'uninstall runs' Scripts/install.sh uninstall
check 'uninstall leaves no file' nothing_left
check 'DESTDIR is obeyed' staged
check 'DESTDIR is obeyed by uninstall' staged_gone

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

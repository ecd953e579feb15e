#!/bin/bash
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What `make install` makes of the release build, what programs of all kinds get of it, and what `make uninstall` leaves:
#   run.sh GIO-PEER CERTIFICATES
# GIO-PEER is gio-peer.c built, CERTIFICATES a folder made by make-certificates.sh. Ends with "N passed, N failed".
set -u

[ $# -eq 2 ] || { sed -n '5,7p' "$0" >&2; exit 2; }
gio_peer=$(realpath "$1")
certificates=$(realpath "$2")
cd "$(dirname "$0")/../.." || exit
unset DESTDIR GIO_MODULE_DIR GIO_EXTRA_MODULES GIO_USE_TLS GI_TYPELIB_PATH LD_LIBRARY_PATH G_DEBUG
work=$(mktemp -d)
trap '[ -z "${web_server:-}" ] || kill "$web_server"; rm -rf "$work"' EXIT
export PREFIX=$work/prefix LIBDIR=lib/multiarch
lib=$PREFIX/$LIBDIR
library=$lib/libgdtls-swift.so.0
module=$lib/gio/modules/libgiogdtls-swift.so
typelib=$lib/girepository-1.0/GDtlsSwift-1.0.typelib
export PKG_CONFIG_PATH=$lib/pkgconfig
query_modules=$(pkg-config --variable=gio_querymodules gio-2.0)
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

# --- the files

exported() { nm -D --defined-only "$1" | awk '$2 ~ /[A-Z]/ { print $3 }' | LC_ALL=C sort; }
exports_the_list() { exported "$library" | diff <(grep -v '^#' Tests/install/exports.txt) -; }
# functions_of PREFIX HEADER...: those that are declared, or named in a macro
functions_of() {
  local prefix=$1
  shift
  tr '\n' ' ' <<<"$(cat "$@")" | grep -oE "\\b${prefix}[a-z0-9_]+ *\\(" | tr -d ' (' | LC_ALL=C sort -u
}
lists_all_of_the_header() {
  diff <(functions_of gdtls_swift_ "$PREFIX"/include/gdtls-swift/*.h) \
    <(grep '^gdtls_swift_' Tests/install/exports.txt | grep -vx gdtls_swift_backend_get_vtable)
}
lists_all_of_gio() {
  local headers
  headers=$(pkg-config --variable=includedir gio-2.0)/glib-2.0/gio
  diff <(functions_of 'g_dtls_(client_|server_)?connection_' "$headers"/gdtls{,client,server}connection.h | grep -v _get_type) \
    <(grep '^g_dtls_' Tests/install/exports.txt)
}
# Its own calls of GIO's functions must not come back to it, or go elsewhere, as the order of libraries decides.
calls_nothing_that_it_exports() {
  ! readelf -rW "$library" | awk '{ print $5 }' | grep -xF "$(grep -v '^#' Tests/install/exports.txt)"
}
module_exports_what_gio_calls() { ! exported "$module" | grep -vE '^g_io_gdtls_swift_(load|unload|query)$'; }
needs_no_swift() { ! readelf -d "$1" | grep -E 'NEEDED.*(swift|Foundation|dispatch)'; }
names_no_folder_of_the_build() {
  ! readelf -d "$1" | grep -E 'RUNPATH|RPATH' | grep -F '[/' && ! strings "$1" | grep -F "$PWD"
}
never_unmapped() { readelf -d "$1" | grep -q NODELETE; }
stripped() { ! readelf -S "$1" | grep -E '\.(debug_info|symtab)'; }
has_soname() { readelf -d "$library" | grep 'SONAME' | grep -F '[libgdtls-swift.so.0]'; }
link_in_place() { [ "$(readlink "$lib/libgdtls-swift.so")" = libgdtls-swift.so.0 ]; }
version_is_one() {
  [ "$(pkg-config --modversion gdtls-swift)" = "$(python_with_typelib 'print(GDtlsSwift.version())')" ]
}

# --- the module

in_cache() { grep -x 'libgiogdtls-swift.so: gio-tls-backend' "$lib/gio/modules/giomodule.cache"; }
provider_is_found() { GIO_EXTRA_MODULES=$lib/gio/modules GIO_USE_TLS=gdtls-swift "$gio_peer" --check; }
declines_without_library() {
  mv "$library" "$library.away" || return
  # Not the provider asked for, and no crash: GIO takes the next one.
  GIO_EXTRA_MODULES=$lib/gio/modules GIO_USE_TLS=gdtls-swift "$gio_peer" --check
  local status=$?
  # Nobody has to guess what is missing.
  GIO_EXTRA_MODULES=$lib/gio/modules GIO_USE_TLS=gdtls-swift "$gio_peer" --check 2>&1 |
    grep -F "GDtlsSwift-WARNING" | grep -F 'libgdtls-swift.so.0' | grep -F 'make install'
  local said=$?
  mv "$library.away" "$library"
  [ $status = 2 ] && [ $said = 0 ]
}

# with_module VARIABLE...: what a program says that asks for the provider
with_module() { env "$@" GIO_EXTRA_MODULES="$lib/gio/modules" GIO_USE_TLS=gdtls-swift "$gio_peer" --check 2>&1; }
declines_without_openssl() {
  mkdir -p "$work/openssl" && : >"$work/openssl/libssl.so.3"
  with_module LD_LIBRARY_PATH="$work/openssl" | grep -F 'GDtlsSwift-WARNING' | grep -F 'libssl.so.3' | grep -F libssl3
}
cache_that_is_wrong() {
  cp "$lib/gio/modules/giomodule.cache" "$work/cache"
  echo 'libgiogdtls-swift.so: gio-proxy-resolver' >"$lib/gio/modules/giomodule.cache"
  with_module LANG=C | grep -F "Can't find module 'gdtls-swift'"
  local said=$?
  # What README says to do.
  "$query_modules" "$lib/gio/modules" && with_module LANG=C | grep -x GTlsBackendGdtlsSwift && [ $said = 0 ] &&
    cmp "$work/cache" "$lib/gio/modules/giomodule.cache"
}

# --- the module beside the one that everybody uses

beside_gnutls() {
  mkdir -p "$work/without" "$work/with"
  cp "$(pkg-config --variable=giomoduledir gio-2.0)/libgiognutls.so" "$work/without" || return
  cp "$work/without/libgiognutls.so" "$module" "$work/with" || return
  "$query_modules" "$work/without" "$work/with"
}
default_stays() { [ "$(GIO_MODULE_DIR=$work/with LD_LIBRARY_PATH=$lib "$gio_peer" --check)" = GTlsBackendGnutls ]; }
start_web_server() {
  openssl s_server -www -accept 127.0.0.1:0 -cert "$certificates/server-p256.pem" -key "$certificates/server-p256.pem" \
    >"$work/web.out" 2>&1 &
  web_server=$!
  for _ in $(seq 100); do
    port=$(sed -n 's/^ACCEPT 127.0.0.1://p' "$work/web.out")
    [ -z "$port" ] || return 0
    sleep 0.1 # until the server says that it listens
  done
  return 1
}
https_works() {
  [ "$(GIO_MODULE_DIR=$work/with LD_LIBRARY_PATH=$lib Tests/install/https-client.py "$port" "$certificates/ca.pem")" \
    = GTlsBackendGnutls ]
}
start_up_is_measured() {
  build_c Benchmarks/start-up.c gio-2.0 && "$work/start-up" "$work/without" "$work/with" | tee "$work/start-up.out"
}

# --- programs that are linked with the library

build_c() { # FILE PACKAGES
  Scripts/build-c.sh "$work" "$2" "$1"
}
# linked VARIABLE...: in an environment of nothing else
linked() { env -i LD_LIBRARY_PATH="$lib" "$@" "$work/linked" "$certificates"; }

finds_it_with_meson() (
  cp -r Tests/meson/consumer "$work/consumer" && cd "$work/consumer" && meson setup build -Dcertificates="$certificates" &&
    ninja -C build && env -u PKG_CONFIG_PATH GIO_MODULE_DIR="$work/nowhere" meson test -C build
)

# --- programs that go by the typelib

with_typelib() { GI_TYPELIB_PATH=$lib/girepository-1.0 LD_LIBRARY_PATH=$lib "$@"; }
python_with_typelib() {
  with_typelib /usr/bin/python3 -c "import gi; gi.require_version('GDtlsSwift', '1.0'); from gi.repository import GDtlsSwift; $1"
}
gir_is_golden() { gir/scan.sh "$lib" "$work/scanned.gir" && diff gir/GDtlsSwift-1.0.gir "$work/scanned.gir"; }
finds_library_by_soname() { strings "$typelib" | grep -x libgdtls-swift.so.0; }
# A typelib without its library: PyGObject says which file it did not find.
typelib_alone() {
  ! GI_TYPELIB_PATH=$lib/girepository-1.0 /usr/bin/python3 -c \
    "import gi; gi.require_version('GDtlsSwift', '1.0'); from gi.repository import GDtlsSwift; GDtlsSwift.version()" \
    2>"$work/said" && grep -F libgdtls-swift.so.0 "$work/said"
}

# --- the end

tree() { (cd "$1" && find . -printf '%y %p %l\n' | LC_ALL=C sort); }
tree_is_as_before() { tree "$PREFIX" | diff "$work/before" -; }
staged() {
  DESTDIR=$work/staged Scripts/install.sh install && [ -f "$work/staged$module" ] && [ -f "$work/staged$library" ] &&
    ! [ -e "$work/staged$lib/gio/modules/giomodule.cache" ] && ! grep -r "$work/staged" "$work/staged$lib/pkgconfig"
}
strips_nothing() {
  STRIP=true DESTDIR=$work/unstripped Scripts/install.sh install && readelf -S "$work/unstripped$library" | grep symtab
}
staged_gone() { DESTDIR=$work/staged Scripts/install.sh uninstall && [ -z "$(find "$work/staged" ! -type d -print)" ]; }

# --- of other builds, by other people

# A folder with a build of the library alone.
without_command() {
  mkdir -p "$work/source/.build/release"
  ln -s "$PWD"/{Scripts,include,gir,docs} "$work/source/"
  ln -s "$PWD"/.build/release/lib*.so "$work/source/.build/release/"
  DESTDIR='' PREFIX=$work/alone LIBDIR=lib "$work/source/Scripts/install.sh" install || return
  [ -f "$work/alone/lib/libgdtls-swift.so.0" ] && ! find "$work/alone" -path '*gdtls' -type f -o -name 'gdtls.*' -o -name _gdtls \
    | grep .
}
# As sudo does, whose PATH and umask are root's.
needs_no_toolchain() { (umask 077 && PATH=/usr/bin:/bin PREFIX=$work/root\'s LIBDIR=lib Scripts/install.sh install); }
for_everybody() { ! find "$work/root's" ! -perm -o=r -o -type d ! -perm -o=x | grep .; }
nothing_built() {
  rm "$work/source/.build/release/"*
  ! "$work/source/Scripts/install.sh" install 2>"$work/said" && grep -F 'make build' "$work/said"
}
folder_with_spaces() {
  local PREFIX="$work/a folder of ours" LIBDIR=lib
  Scripts/install.sh install && PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig build_c Tests/install/linked.c 'gdtls-swift gio-2.0' &&
    env -i LD_LIBRARY_PATH="$PREFIX/lib" "$work/linked" "$certificates"
}

# A folder of somebody else's, with an empty folder and a file in it that are none of ours.
mkdir -p "$PREFIX/bin" "$lib/pkgconfig"
echo 'not ours' >"$lib/pkgconfig/other.pc"
tree "$PREFIX" >"$work/before"

check 'install puts things into a folder of ours' Scripts/install.sh install
check 'install runs again over itself' Scripts/install.sh install
check 'the library has its soname' has_soname
check 'the plain name leads to the library' link_in_place
check 'the library exports what the list says and nothing else' exports_the_list
check 'the list has all that the header declares' lists_all_of_the_header
check 'the list has all functions for DTLS of the GIO installed here' lists_all_of_gio
check 'the library calls nothing that it exports' calls_nothing_that_it_exports
check 'the module exports what GIO calls and no other' module_exports_what_gio_calls
check 'the library brings its Swift along' needs_no_swift "$library"
check 'the module needs no Swift' needs_no_swift "$module"
for file in "$library" "$module"; do
  name=$(basename "$file")
  check "$name does not know where it was built" names_no_folder_of_the_build "$file"
  check "$name is never unmapped" never_unmapped "$file"
  check "$name is stripped" stripped "$file"
done
check 'GIO knows what the module is without opening it' in_cache
check 'GIO finds the provider' provider_is_found
check 'the module declines if its library is gone, and says what to do' declines_without_library

check 'the module declines without OpenSSL, and says what to do' declines_without_openssl
check 'GIO says what is wrong with a stale cache, and gio-querymodules cures it' cache_that_is_wrong

check 'the module goes beside the one that everybody uses' beside_gnutls
check 'the default backend stays the same' default_stays
check 'a web server for HTTPS is there' start_web_server
check 'HTTPS works as before' https_works
check 'the start of a TLS program is measured' start_up_is_measured
sed 's/^/        /' "$work/start-up.out" 2>/dev/null

check 'a C program builds by pkg-config' build_c Tests/install/linked.c 'gdtls-swift gio-2.0'
check 'it runs with no environment variable' linked
check 'it runs with no GIO module anywhere' linked GIO_MODULE_DIR="$work/nowhere"
check 'it runs where GIO has opened the module too' linked GIO_MODULE_DIR="$lib/gio/modules" GIO_USE_TLS=gdtls-swift
check 'a Meson project finds it, and runs' finds_it_with_meson
check 'programs may be warned of what is too new or too old for them' Tests/install/versions.sh

check 'the GIR of header and library is the golden one' gir_is_golden
check 'the typelib finds the library by its soname' finds_library_by_soname
check 'header, pkg-config file and library tell the same version' version_is_one
check 'a typelib without its library says what is missing' typelib_alone

check 'uninstall runs' Scripts/install.sh uninstall
check 'uninstall leaves all as it was before' tree_is_as_before
check 'uninstall runs again' Scripts/install.sh uninstall
check 'DESTDIR is obeyed' staged
check 'a packager may keep the symbols' strips_nothing
check 'the manual page and completions are not installed without the command' without_command
check 'to install without a build says what to do' nothing_built
check 'install needs no Swift' needs_no_toolchain
check 'what is installed is for everybody, whatever the umask' for_everybody
check 'a program builds with a library in a folder with spaces in its name, and runs' folder_with_spaces
check 'DESTDIR is obeyed by uninstall' staged_gone

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

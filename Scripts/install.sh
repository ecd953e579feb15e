#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs the release build, or takes it away again:
#   install.sh install|uninstall
# PREFIX (/usr/local), LIBDIR (lib under PREFIX; may be a multiarch folder such as lib/x86_64-linux-gnu) and DESTDIR
# (where a packager collects files) come from the environment, and STRIP (strip; "true" strips nothing). Building is
# another step: swift build -c release.
set -eu
cd "$(dirname "$0")/.."
# ldconfig's folder, which su and others leave out.
PATH=$PATH:/sbin:/usr/sbin
# What is installed is for everybody.
umask 022

prefix=${PREFIX:-/usr/local}
libdir=${LIBDIR:-lib}
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
case $libdir in /*) ;; *) libdir=$prefix/$libdir ;; esac
root=${DESTDIR:-}
lib=$root$libdir
modules=$lib/gio/modules
share=$root$prefix/share
soname=libgdtls-swift.so.0
built=.build/release
command=.build/gdtls/release/gdtls
# Which folders install had to make, so that uninstall takes away those and no others.
folders=$lib/gdtls-swift.folders

version_part() { sed -n "s/^#define GDTLS_SWIFT_$1_VERSION (\([0-9]*\))$/\1/p" include/gdtls-swift/gdtls-swift-version.h; }

# Both call `$1 SOURCE DESTINATION` for each file: of the library, besides what is built, and of the command.
for_each_file_of_library() {
  for header in include/gdtls-swift/*.h; do "$1" "$header" "$root$prefix/include/gdtls-swift/$(basename "$header")"; done
  "$1" gir/GDtlsSwift-1.0.gir "$share/gir-1.0/GDtlsSwift-1.0.gir"
}
for_each_file_of_command() {
  "$1" docs/man/gdtls.1 "$share/man/man1/gdtls.1"
  "$1" .build/gdtls/completions/gdtls.bash "$share/bash-completion/completions/gdtls"
  "$1" .build/gdtls/completions/_gdtls "$share/zsh/site-functions/_gdtls"
  "$1" .build/gdtls/completions/gdtls.fish "$share/fish/vendor_completions.d/gdtls.fish"
}

make_folder() {
  [ ! -d "$1" ] || return 0
  make_folder "$(dirname "$1")"
  mkdir "$1"
  made="$1
$made"
}

# Renamed into place: a running program keeps the file it has mapped.
put() {
  make_folder "$(dirname "$3")"
  install -m "$1" "$2" "$3.new"
  case $1 in 755) "${STRIP:-strip}" --strip-unneeded "$3.new" ;; esac
  mv "$3.new" "$3"
}

put_file() { put 644 "$1" "$2"; }

put_pkgconfig() {
  # Spaces are escaped there, as for a shell.
  cat >"$work/gdtls-swift.pc" <<END
prefix=$(printf %s "$prefix" | sed 's/ /\\ /g')
libdir=$(printf %s "$libdir" | sed 's/ /\\ /g')
includedir=\${prefix}/include

Name: gdtls-swift
Description: DTLS for GLib programs
Version: $(version_part MAJOR).$(version_part MINOR).$(version_part MICRO)
Requires: gio-2.0
Libs: -L\${libdir} -lgdtls-swift
Cflags: -I\${includedir}
END
  put 644 "$work/gdtls-swift.pc" "$lib/pkgconfig/gdtls-swift.pc"
}

put_typelib() {
  if ! command -v g-ir-compiler >/dev/null; then
    echo 'install.sh: no g-ir-compiler, hence no typelib: Python and gjs will not find the library. On Debian:' >&2
    echo '  apt-get install gobject-introspection libgirepository1.0-dev' >&2
    return
  fi
  g-ir-compiler --output="$work/GDtlsSwift-1.0.typelib" gir/GDtlsSwift-1.0.gir
  put 644 "$work/GDtlsSwift-1.0.typelib" "$lib/girepository-1.0/GDtlsSwift-1.0.typelib"
}

# GIO opens every module that its folder's cache does not mention in every process, so a stale cache costs them all.
refresh_cache() {
  [ -z "$root" ] || return 0
  query=$(pkg-config --variable=gio_querymodules gio-2.0 2>/dev/null) || return 0
  if [ -x "$query" ] && [ -d "$modules" ]; then "$query" "$modules"; fi
}

# Programs find a library in one of the loader's own folders by its cache.
refresh_loader() {
  [ -z "$root" ] && [ "$(id -u)" = 0 ] || return 0
  searched=$(ldconfig -NXv 2>/dev/null | sed -n 's|^\(/[^:]*\):.*|\1|p' | xargs -r realpath -qm) || return 0
  if [ -d "$libdir" ] && printf '%s\n' "$searched" | grep -qxF "$(realpath "$libdir")"; then ldconfig; fi
}

install_all() {
  [ -f "$built/libgdtls-swift.so" ] || { echo 'install.sh: nothing is built yet: make build' >&2; exit 1; }
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  made=
  put 755 "$built/libgdtls-swift.so" "$lib/$soname"
  ln -sf "$soname" "$lib/libgdtls-swift.so"
  put 755 "$built/libgiogdtls-swift.so" "$modules/libgiogdtls-swift.so"
  if [ -f "$command" ]; then
    put 755 "$command" "$root$prefix/bin/gdtls"
    for_each_file_of_command put_file
  else
    echo 'install.sh: without the command gdtls, which is not built: Scripts/build-command.sh' >&2
  fi
  for_each_file_of_library put_file
  put_pkgconfig
  put_typelib
  # A packager's tools look after folders themselves.
  if [ -z "$root" ] && [ -n "$made" ]; then printf '%s' "$made" >>"$folders"; fi
  refresh_cache
  refresh_loader
}

remove() { rm -f "$2"; }

uninstall_all() {
  rm -f "$lib/$soname" "$lib/libgdtls-swift.so" "$modules/libgiogdtls-swift.so" "$root$prefix/bin/gdtls" \
    "$lib/pkgconfig/gdtls-swift.pc" "$lib/girepository-1.0/GDtlsSwift-1.0.typelib"
  for_each_file_of_library remove
  for_each_file_of_command remove
  refresh_cache
  refresh_loader
  [ -f "$folders" ] || return 0
  # The deepest first; others may have come to use them.
  list=$(LC_ALL=C sort -ru "$folders")
  rm "$folders"
  printf '%s\n' "$list" | while read -r folder; do rmdir "$folder" 2>/dev/null || true; done
}

case ${1:-} in
  install) install_all ;;
  uninstall) uninstall_all ;;
  *) echo "usage: [PREFIX=DIR] [LIBDIR=DIR] [DESTDIR=DIR] $0 install|uninstall" >&2; exit 2 ;;
esac

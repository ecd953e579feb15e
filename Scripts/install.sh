#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs the release build, or takes it away again:
#   install.sh install|uninstall
# PREFIX (/usr/local), LIBDIR (lib under PREFIX; may be a multiarch folder such as lib/x86_64-linux-gnu) and DESTDIR
# (where a packager collects files) come from the environment. Building is another step: swift build -c release.
set -eu
cd "$(dirname "$0")/.."

prefix=${PREFIX:-/usr/local}
libdir=${LIBDIR:-lib}
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
case $libdir in /*) ;; *) libdir=$prefix/$libdir ;; esac
lib=${DESTDIR:-}$libdir
modules=$lib/gio/modules
include=${DESTDIR:-}$prefix/include/gdtls-swift
soname=libgdtls-swift.so.0

# GIO opens every module that its folder's cache does not mention in every process, so a stale cache costs them all.
refresh_cache() {
  [ -z "${DESTDIR:-}" ] || return 0
  query=$(pkg-config --variable=gio_querymodules gio-2.0 2>/dev/null) || return 0
  if [ -x "$query" ] && [ -d "$modules" ]; then "$query" "$modules"; fi
}

# Renamed into place: a running program keeps the file it has mapped.
install_library() {
  install -m 755 "$1" "$2.new"
  strip --strip-unneeded "$2.new"
  mv "$2.new" "$2"
}

install_all() {
  built=$(swift build -c release --disable-local-rpath --show-bin-path)
  [ -f "$built/libgdtls-swift.so" ] || { echo "install.sh: nothing built yet: swift build -c release" >&2; exit 1; }
  mkdir -p "$modules"
  install_library "$built/libgdtls-swift.so" "$lib/$soname"
  ln -sf "$soname" "$lib/libgdtls-swift.so"
  install_library "$built/libgiogdtls-swift.so" "$modules/libgiogdtls-swift.so"
  for header in include/gdtls-swift/*.h; do
    [ -f "$header" ] || continue
    mkdir -p "$include"
    install -m 644 "$header" "$include/"
  done
  refresh_cache
}

uninstall_all() {
  rm -f "$lib/$soname" "$lib/libgdtls-swift.so" "$modules/libgiogdtls-swift.so"
  for header in include/gdtls-swift/*.h; do rm -f "$include/$(basename "$header")"; done
  refresh_cache
  # Only what is empty goes; others may use these folders.
  rmdir "$include" "$modules" "$lib/gio" 2>/dev/null || true
}

case ${1:-} in
  install) install_all ;;
  uninstall) uninstall_all ;;
  *) echo "usage: [PREFIX=DIR] [LIBDIR=DIR] [DESTDIR=DIR] $0 install|uninstall" >&2; exit 2 ;;
esac

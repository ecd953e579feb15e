#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sees to it that what is needed is there, and touches nothing that is:
#   setup.sh [build|demo|test]
# For building it installs nothing and only says what is missing, as a packager wants it. For the demo and for the tests,
# which is the default, it installs Debian packages, on Debian and its relatives.
set -eu

wanted='gcc make pkg-config libglib2.0-dev libssl-dev openssl python3-gi gir1.2-glib-2.0 gobject-introspection
  libgirepository1.0-dev'
wanted_by_tests='gnutls-bin glib-networking valgrind softhsm2 opensc p11-kit-modules libengine-pkcs11-openssl
  libgnutls28-dev libmbedtls-dev libwolfssl-dev groff-base meson ninja-build valac gi-docgen git binutils'
swift_wanted=6.2

installed() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

install_packages() {
  missing=
  for package in $wanted; do installed "$package" || missing="$missing $package"; done
  [ -n "$missing" ] || return 0

  if [ "$(id -u)" = 0 ]; then
    as_root=
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=sudo
  else
    echo "setup.sh: missing packages, and no right to install them. Ask an administrator for:" >&2
    echo "  apt-get install$missing" >&2
    exit 1
  fi
  echo "setup.sh: installing$missing"
  # shellcheck disable=SC2086  # lists of words
  $as_root apt-get update -q
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
}

check_swift() {
  if ! command -v swift >/dev/null; then
    echo "setup.sh: no Swift toolchain in PATH. Get $swift_wanted or later from https://www.swift.org/install" >&2
    [ -z "${SUDO_USER:-}" ] || echo '  sudo has a PATH of its own: "make build" without it, then "sudo make install-built"' >&2
    exit 1
  fi
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p')
  if [ "$(printf '%s\n' "$swift_wanted" "$version" | sort -V | head -n 1)" != "$swift_wanted" ]; then
    echo "setup.sh: this is Swift $version, $swift_wanted or later is needed: https://www.swift.org/install" >&2
    exit 1
  fi
}

check_build() {
  missing=
  command -v pkg-config >/dev/null || missing=' pkg-config'
  pkg-config --exists 'gio-unix-2.0 >= 2.74' 2>/dev/null || missing="$missing libglib2.0-dev (GLib 2.74 or later)"
  pkg-config --exists 'openssl >= 3' 2>/dev/null || missing="$missing libssl-dev (OpenSSL 3)"
  [ -z "$missing" ] || {
    echo "setup.sh: to build, there is missing, by Debian's names:$missing" >&2
    exit 1
  }
}

case ${1:-test} in
  build) check_build ;;
  demo | test)
    [ "${1:-test}" = demo ] || wanted="$wanted $wanted_by_tests"
    if command -v dpkg-query >/dev/null; then
      install_packages
    else
      # shellcheck disable=SC2086  # a list of words
      echo 'setup.sh: not a Debian system. What is needed, by its Debian names:' $wanted >&2
    fi
    ;;
  *)
    echo "usage: $0 [build|demo|test]" >&2
    exit 2
    ;;
esac
check_swift

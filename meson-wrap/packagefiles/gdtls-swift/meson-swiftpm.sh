#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What Meson asks SwiftPM for:
#   meson-swiftpm.sh version         the library's version
#   meson-swiftpm.sh headers         the folder to include from
#   meson-swiftpm.sh sources         the files that the library is made of
#   meson-swiftpm.sh build FILE      builds it into FILE, with a link beside FILE for those who link with it
# Nothing of it needs the network: the library has no dependencies that SwiftPM would fetch.
set -eu

# Beside Package.swift, where a wrap puts this file; or where the source keeps it, to which a symbolic link may lead.
here=$(dirname "$(realpath "$0")")
root=$here
[ -f "$root/Package.swift" ] || root=$(realpath "$here/../../..")
[ -f "$root/Package.swift" ] || { echo "$0: the source of libgdtls-swift is neither in $here nor in $root" >&2; exit 1; }

part() { sed -n "s/^#define GDTLS_SWIFT_$1_VERSION (\([0-9]*\))$/\1/p" "$root/include/gdtls-swift/gdtls-swift-version.h"; }

build() {
  scratch=$(dirname "$1")/swiftpm
  log=$(dirname "$1")/swiftpm.log
  mkdir -p "$scratch"
  set -- "$1" --package-path "$root" --scratch-path "$scratch" -c release --disable-local-rpath --product gdtls-swift
  file=$1
  shift
  swift build "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
  strip --strip-unneeded -o "$file.new" "$scratch/release/libgdtls-swift.so"
  # Renamed into place: a running program keeps the file it has mapped.
  mv "$file.new" "$file"
  ln -sf "$(basename "$file")" "${file%.0}"
}

case ${1:-} in
  version) echo "$(part MAJOR).$(part MINOR).$(part MICRO)" ;;
  headers) echo "$root/include" ;;
  sources)
    find "$root/Package.swift" "$root/Sources/COpenSSL" "$root/Sources/CGIO" "$root/Sources/DTLSEngine" \
      "$root/Sources/GObjectKit" "$root/Sources/GDtlsSwift" "$root/include" -type f | sort
    ;;
  build) build "$2" ;;
  *) sed -n '5,9p' "$0" >&2; exit 2 ;;
esac

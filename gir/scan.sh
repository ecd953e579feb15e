#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Scans the public header and an installed library for GObject introspection:
#   scan.sh LIBDIR OUTPUT.gir
# Fails where g-ir-scanner has something to warn of. What depends on its version and on where it runs is left out, so that
# the result can be compared with GDtlsSwift-1.0.gir beside this script.
set -eu

[ $# -eq 2 ] || { sed -n '5,6p' "$0" >&2; exit 2; }
libdir=$(realpath "$1") output=$(realpath -m "$2")
cd "$(dirname "$0")"
normalize=$PWD/normalize.py headers=$(realpath ../include)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The scanner builds and runs a program of its own, which has to find the library; its cache belongs to nobody.
export LD_LIBRARY_PATH="$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" GI_SCANNER_DISABLE_CACHE=1
g-ir-scanner --quiet --warn-all --warn-error \
  --namespace=GDtlsSwift --nsversion=1.0 --identifier-prefix=GDtlsSwift --symbol-prefix=gdtls_swift \
  --include=Gio-2.0 --pkg=gio-2.0 --pkg-export=gdtls-swift --c-include=gdtls-swift/gdtls-swift.h \
  --library-path="$libdir" --library=gdtls-swift -I"$headers" --cflags-begin -DGDTLS_SWIFT_COMPILATION --cflags-end \
  --output=scanned.gir "$headers"/gdtls-swift/*.h
"$normalize" <scanned.gir >"$output"

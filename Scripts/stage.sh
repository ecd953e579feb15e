#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds a release and installs it into build/root, as `make install` would elsewhere, so that demo, tests and
# benchmarks run what users get: stage.sh [--with-command]. Prints the folder of the GIO module.
set -eu
cd "$(dirname "$0")/.."

mkdir -p build
swift build -c release --disable-local-rpath >build/swift-build.log 2>&1 || { cat build/swift-build.log >&2; exit 1; }
if [ "${1:-}" = --with-command ]; then
  # Where it cannot be built, for want of a network, everything else still can be tried.
  Scripts/build-command.sh >build/command-build.log 2>&1 || cat build/command-build.log >&2
fi
DESTDIR='' LIBDIR=lib PREFIX=$PWD/build/root Scripts/install.sh install >&2
echo "$PWD/build/root/lib/gio/modules"

#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds a release and installs it into build/root, as `make install` would elsewhere, so that demo, tests and
# benchmarks run what users get. Prints the folder of the GIO module.
set -eu
cd "$(dirname "$0")/.."

mkdir -p build
swift build -c release --disable-local-rpath >build/swift-build.log 2>&1 || { cat build/swift-build.log >&2; exit 1; }
Scripts/build-command.sh >build/command-build.log 2>&1 || { cat build/command-build.log >&2; exit 1; }
DESTDIR='' LIBDIR=lib PREFIX=$PWD/build/root Scripts/install.sh install >&2
echo "$PWD/build/root/lib/gio/modules"

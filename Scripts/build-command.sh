#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds the command gdtls, a release, linked with the release build of the library, which has to be there:
#   build-command.sh [swift build options]
# It needs the network the first time, for swift-argument-parser. The command brings its Swift along, as the library does.
set -eu
cd "$(dirname "$0")/.."

exec swift build -c release --package-path Sources/gdtls --scratch-path .build/gdtls --disable-local-rpath \
  --static-swift-stdlib "$@"

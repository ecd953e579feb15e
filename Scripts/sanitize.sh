#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs the Swift tests under a sanitizer: sanitize.sh address|thread [swift test options].
# The test executable has to export the sanitizer's functions (--export-dynamic): the library that it opens has its own.
set -eu
cd "$(dirname "$0")/.."
sanitizer=$1
shift
export LSAN_OPTIONS="suppressions=Tests/sanitizers/leak.supp"
export TSAN_OPTIONS="suppressions=Tests/sanitizers/thread.supp"
exec swift test --sanitize="$sanitizer" --scratch-path ".build-$sanitizer" -Xlinker --export-dynamic "$@"

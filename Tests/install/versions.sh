#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The header's version macros, seen by a compiler: what is allowed compiles, what makes no sense is refused, and so is a
# part of the header by itself. PKG_CONFIG_PATH leads to an installed gdtls-swift.
set -eu

# compiles [OPTION...] < PROGRAM
compiles() {
  # shellcheck disable=SC2046  # a list of flags
  ${CC:-gcc} -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror -fsyntax-only "$@" -x c \
    $(pkg-config --cflags gdtls-swift) - 2>&1
}
whole='#include <gdtls-swift/gdtls-swift.h>
gboolean program (void); gboolean program (void) { return gdtls_swift_check_version (1, 0, 0); }'

echo "$whole" | compiles
echo "$whole" | compiles -DGDTLS_SWIFT_VERSION_MIN_REQUIRED=GDTLS_SWIFT_VERSION_1_0 \
  -DGDTLS_SWIFT_VERSION_MAX_ALLOWED=GDTLS_SWIFT_VERSION_1_0
echo "$whole" | compiles -DGDTLS_SWIFT_VERSION_MIN_REQUIRED='(G_ENCODE_VERSION (0, 9))' | grep -F 'must be at least'
echo "$whole" | compiles -DGDTLS_SWIFT_VERSION_MAX_ALLOWED='(G_ENCODE_VERSION (0, 9))' | grep -F 'must not be lower'
echo '#include <gdtls-swift/gdtls-swift-connection.h>' | compiles | grep -F 'Only <gdtls-swift/gdtls-swift.h> can be'
# C++ too, since G_BEGIN_DECLS promises it.
if command -v "${CXX:-g++}" >/dev/null; then
  # shellcheck disable=SC2046
  echo '#include <gdtls-swift/gdtls-swift.h>' | ${CXX:-g++} -Wall -Werror -fsyntax-only -x c++ \
    $(pkg-config --cflags gdtls-swift) -
fi

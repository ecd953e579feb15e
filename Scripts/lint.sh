#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a reviewer should not have to look for: format, licence headers, file lengths, constructs that can take the
# application down, and imports that the design forbids.
set -eu
cd "$(dirname "$0")/.."

longest=500
problems=0
problem() { echo "lint: $*" >&2; problems=$((problems + 1)); }

tracked() { git ls-files --cached --others --exclude-standard -- "$@"; }

# The licence header is on lines 1 to 5, below #! or the tools version.
for file in $(tracked '*.swift' '*.c' '*.h' '*.py' '*.sh' '*.map' Makefile .editorconfig .ci/run); do
  head -n 5 "$file" | grep -q 'SPDX-FileCopyrightText: ' || problem "$file: no SPDX-FileCopyrightText at its top"
  head -n 5 "$file" | grep -q 'SPDX-License-Identifier: LGPL-2.1-or-later' || problem "$file: no SPDX-License-Identifier"
done

for file in $(tracked 'Sources/*.swift' 'Sources/*.c' 'Sources/*.h'); do
  lines=$(wc -l <"$file")
  [ "$lines" -le "$longest" ] || problem "$file: $lines lines, $longest are allowed"
done

for file in $(tracked 'Sources/*.swift'); do
  if forbidden=$(grep -nE 'try!|\bfatalError\(|\bas!' "$file"); then problem "$file: not in a library: $forbidden"; fi
  # Libssl numbers these anew: SSL_state_string has names that stay.
  if forbidden=$(grep -nE '\bTLS_ST_[CS][RW]_' "$file"); then problem "$file: another number in each libssl: $forbidden"; fi
done

swift format lint --strict --recursive Sources Tests Package.swift || problem 'swift format lint'
if command -v shellcheck >/dev/null; then
  # shellcheck disable=SC2046  # a list of files
  shellcheck $(tracked '*.sh' .ci/run) || problem shellcheck
fi
swift build --explicit-target-dependency-import-check error || problem 'swift build with the import check'

[ "$problems" = 0 ] || { echo "lint: $problems problems" >&2; exit 1; }
echo 'lint: clean'

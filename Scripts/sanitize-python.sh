#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs the tests in Python on a build of the library under the address sanitizer, and ends with "N passed, N failed".
# Leaks are not looked for, since Python itself is full of what looks like them: test-lifetime.py counts.
set -eu
cd "$(dirname "$0")/.."

mkdir -p build/sanitize-python/modules build/sanitize-python/lib
swift build --sanitize=address --scratch-path .build-address >build/swift-build.log 2>&1 \
  || { cat build/swift-build.log >&2; exit 1; }
Scripts/make-certificates.sh build/certificates
library=$(realpath .build-address/debug)
ln -sf "$library/libgiogdtls-swift.so" build/sanitize-python/modules/
ln -sf "$library/libgdtls-swift.so" build/sanitize-python/lib/libgdtls-swift.so.0
command -v g-ir-compiler >/dev/null || { echo 'sanitize-python.sh: no g-ir-compiler' >&2; exit 1; }
g-ir-compiler --output=build/sanitize-python/lib/GDtlsSwift-1.0.typelib gir/GDtlsSwift-1.0.gir

# The library expects the sanitizer in the program, which Python has not.
toolchain=$(dirname "$(readlink -f "$(command -v swift)")")
runtime=$(find "$toolchain/../lib/clang" -name 'libclang_rt.asan-x86_64.so' | head -n 1)
[ -n "$runtime" ] || { echo 'sanitize-python.sh: the toolchain has no shared runtime of the sanitizer' >&2; exit 1; }

export GIO_USE_TLS=gdtls-swift GIO_MODULE_DIR="$PWD/build/sanitize-python/modules" G_DEBUG=fatal-criticals
export TEST_CERTIFICATES="$PWD/build/certificates"
export GI_TYPELIB_PATH="$PWD/build/sanitize-python/lib" LD_LIBRARY_PATH="$PWD/build/sanitize-python/lib"
# Some tests expect that PyGObject takes a process of theirs down: not the sanitizer's business.
export PYTHONMALLOC=malloc ASAN_OPTIONS=detect_leaks=0:handle_segv=0
passed=0 failed=0
for script in Tests/python/test-*.py; do
  echo "== $script"
  log=build/sanitize-python/log
  LD_PRELOAD=$runtime timeout -k 10 1200 "$script" >$log 2>&1 || true
  grep -E '^(FAIL|ERROR):|AddressSanitizer' $log || true
  counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' $log | tail -n 1)
  [ -n "$counts" ] || { tail -n 30 $log; counts='0 1'; }
  echo "$counts" | sed 's/ / passed, /; s/$/ failed/'
  passed=$((passed + ${counts% *}))
  failed=$((failed + ${counts#* }))
done
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]

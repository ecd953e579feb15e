#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs the stress programs on a build of the library:
#   stress.sh release|debug|address|thread|valgrind [PROGRAM [OPTIONS]...]
# Without a PROGRAM each in Tests/stress runs for a short while. debug can make OpenSSL fail, address and thread are
# debug builds under a sanitizer, release is what users get, valgrind looks at that. Ends with "N passed, N failed".
set -eu
cd "$(dirname "$0")/.."

[ $# -ge 1 ] || { sed -n '5,8p' "$0" >&2; exit 2; }
kind=$1
shift
sources='Tests/support/faulty-base.c Tests/support/loopback.c Tests/support/process-figures.c Tests/support/watchdog.c'
under=

# modules_of FOLDER: the folder for GIO of a build's products
modules_of() {
  mkdir -p "build/modules-$kind"
  ln -sf "$(realpath "$1")/libgiogdtls-swift.so" "build/modules-$kind/"
  echo "$PWD/build/modules-$kind"
}

case $kind in
  release | valgrind)
    modules=$(Scripts/stage.sh)
    [ "$kind" = release ] || under="valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite
      --errors-for-leak-kinds=definite --suppressions=$PWD/Tests/sanitizers/valgrind.supp"
    ;;
  debug)
    swift build >build/swift-build.log 2>&1 || { cat build/swift-build.log >&2; exit 1; }
    modules=$(modules_of .build/debug)
    ;;
  address | thread)
    mkdir -p build
    swift build --sanitize="$kind" --scratch-path ".build-$kind" >build/swift-build.log 2>&1 \
      || { cat build/swift-build.log >&2; exit 1; }
    modules=$(modules_of ".build-$kind/debug")
    # The library has undefined symbols of the sanitizer's that the program has to export; only Swift's clang has the
    # same runtime.
    CC=$(dirname "$(readlink -f "$(command -v swift)")")/clang
    CFLAGS="-fsanitize=$kind -rdynamic -Wno-missing-field-initializers"
    export CC CFLAGS
    export LSAN_OPTIONS="suppressions=$PWD/Tests/sanitizers/leak.supp"
    export TSAN_OPTIONS="suppressions=$PWD/Tests/sanitizers/thread.supp"
    ;;
  *)
    echo "stress.sh: no such kind: $kind" >&2
    exit 2
    ;;
esac
# shellcheck disable=SC2086  # a list of words
Scripts/build-c.sh "build/stress-$kind" gio-2.0 Tests/stress/*.c -- $sources 2>build/build-c.log || { cat build/build-c.log >&2; exit 1; }
[ -d build/certificates ] || Scripts/make-certificates.sh build/certificates

export GIO_USE_TLS=gdtls-swift GIO_MODULE_DIR="$modules" TEST_CERTIFICATES="$PWD/build/certificates"
export G_DEBUG=fatal-criticals
if [ $# -gt 0 ]; then
  program=$1
  shift
  # shellcheck disable=SC2086
  exec $under "build/stress-$kind/$program" "$@"
fi

passed=0 failed=0
# run PROGRAM OPTIONS...
run() {
  printf '%s: ' "$kind"
  # shellcheck disable=SC2086
  if timeout -k 5 600 $under "build/stress-$kind/$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}
run life-cycle --seconds 15
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

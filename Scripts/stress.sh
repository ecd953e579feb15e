#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs the programs of Tests/stress on a build of the library:
#   stress.sh release|debug|address|thread|valgrind [PROGRAM [OPTIONS]...]
# release is what users get, and valgrind looks at that; debug can make OpenSSL fail; address and thread are debug
# builds under a sanitizer. Without a PROGRAM, a short run of what makes sense there, which ends with
# "N passed, N failed".
set -eu
cd "$(dirname "$0")/.."

[ $# -ge 1 ] || { sed -n '5,9p' "$0" >&2; exit 2; }
kind=$1
shift
sources='Tests/support/faulty-base.c Tests/support/loopback.c Tests/support/process-figures.c Tests/support/watchdog.c'
under=
# The soak's clocks are for the library too.
export CFLAGS=-rdynamic

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
      --errors-for-leak-kinds=definite --suppressions=Tests/sanitizers/valgrind.supp"
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
    # The program has to export the sanitizer's functions to the library; only Swift's clang has the same runtime, and
    # that of the thread sanitizer needs Swift's libdispatch.
    toolchain=$(dirname "$(readlink -f "$(command -v swift)")")
    CC=$toolchain/clang
    CFLAGS="-fsanitize=$kind -rdynamic -Wno-missing-field-initializers"
    runtime=$toolchain/../lib/swift/linux
    [ "$kind" = address ] || CFLAGS="$CFLAGS -L$runtime -Wl,-rpath,$runtime -ldispatch -lBlocksRuntime"
    export CC CFLAGS
    # Without frame pointers in GLib only the slow way sees who allocated, and suppressions need to know.
    export ASAN_OPTIONS=fast_unwind_on_malloc=0
    export LSAN_OPTIONS="suppressions=Tests/sanitizers/leak.supp"
    export TSAN_OPTIONS="suppressions=Tests/sanitizers/thread.supp"
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
  program=build/stress-$kind/$1
  shift
  # shellcheck disable=SC2086
  if timeout -k 5 600 $under "$program" "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}
case $kind in
  release)
    run life-cycle --seconds 10
    run wake-ups --seconds 5
    run open-and-drop --connections 2000
    run soak --seconds 15
    ;;
  debug) run life-cycle --seconds 10 ;;
  address | thread)
    run life-cycle --seconds 20
    run wake-ups --seconds 10
    ;;
  valgrind)
    run life-cycle --rounds 10 --seconds 300
    run open-and-drop --connections 120 --ignore-memory
    ;;
esac
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

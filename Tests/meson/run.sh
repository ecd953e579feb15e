#!/bin/bash
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Programs that Meson builds with the library as a subproject, offline, and that hold a conversation without a GIO module:
#   run.sh CERTIFICATES [PATTERN]
# CERTIFICATES is a folder made by make-certificates.sh, PATTERN chooses cases by name. Ends with "N passed, N failed".
set -u

[ $# -ge 1 ] || { sed -n '5,7p' "$0" >&2; exit 2; }
certificates=$(realpath "$1") pattern=${2:-.}
root=$(realpath "$(dirname "$0")/../..")
unset GIO_MODULE_DIR GIO_USE_TLS GIO_EXTRA_MODULES LD_LIBRARY_PATH DESTDIR PREFIX LIBDIR
export G_DEBUG=fatal-criticals
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

check() {
  local sentence=$1
  grep -qE -- "$pattern" <<<"$sentence" || return 0
  shift
  if "$@" >"$work/log" 2>&1 </dev/null; then
    passed=$((passed + 1))
    echo "ok      $sentence"
  else
    failed=$((failed + 1))
    echo "not ok  $sentence"
    tail -n 15 "$work/log" | sed 's/^/        /'
  fi
}

# Without a network, where the system lets us do that.
offline=()
if unshare --net --map-root-user true 2>/dev/null; then offline=(unshare --net --map-root-user); fi
in_consumer() { cd "$work/$1" && "${offline[@]}" "${@:2}"; }

# Without modules, so that the library itself is all that there is.
mkdir "$work/no-modules"
without_gio_module() { env GIO_MODULE_DIR="$work/no-modules" "$@"; }
converses() {
  without_gio_module "$1" "$certificates/server-p256.pem" "$certificates/ca.pem" | tee "$work/said"
  grep -q 'GIO has GDummyTlsBackend; the answer is "hello"' "$work/said"
}

new_consumer() {
  mkdir -p "$work/$1/subprojects"
  cp "$root"/Tests/meson/consumer/* "$work/$1/"
}

# The source as it is here, by one symbolic link.
new_consumer linked
ln -s "$root/meson-wrap/packagefiles/gdtls-swift" "$work/linked/subprojects/gdtls-swift"

# The source as an archive, by the wrap. Of this folder as it is, committed or not.
new_consumer wrapped
cp -r "$root/meson-wrap/gdtls-swift.wrap" "$root/meson-wrap/packagefiles" "$work/wrapped/subprojects/"
archive() {
  (cd "$root" && git ls-files -z --cached --others --exclude-standard \
    | tar --null --files-from=- --transform='s,^,libgdtls-swift-1.0.0/,' -czf "$1")
}
archive "$work/wrapped/subprojects/packagefiles/libgdtls-swift-1.0.0.tar.gz"

# The source as a Git repository, by the wrap that the README shows.
new_consumer cloned
cp -r "$root/meson-wrap/packagefiles" "$work/cloned/subprojects/"
mkdir "$work/repository" && tar -C "$work/repository" --strip-components=1 \
  -xzf "$work/wrapped/subprojects/packagefiles/libgdtls-swift-1.0.0.tar.gz"
(cd "$work/repository" && git init -q && git add -A \
  && git -c user.name=nobody -c user.email=nobody@example.org commit -qm 'The source as it is here')
# shellcheck disable=SC2016  # Markdown's backquotes
sed -n '/^```ini$/,/^```$/p' "$root/meson-wrap/README.md" | sed -e '/^```/d' -e "s|^url = .*|url = $work/repository|" \
  >"$work/cloned/subprojects/gdtls-swift.wrap"

set_up() { in_consumer "$1" meson setup build --prefix="$work/$1/installed" --libdir=lib -Dcertificates="$certificates"; }
build() { in_consumer "$1" ninja -C build; }
runs_uninstalled() { converses "$work/$1/build/conversation"; }
test_passes() { in_consumer "$1" env GIO_MODULE_DIR="$work/no-modules" meson test -C build; }
installs() {
  in_consumer "$1" meson install -C build && [ -f "$work/$1/installed/lib/libgdtls-swift.so.0" ] \
    && LD_LIBRARY_PATH=$work/$1/installed/lib converses "$work/$1/installed/bin/conversation"
}
installed_names_no_build() {
  ! readelf -d "$work/$1/installed/bin/conversation" "$work/$1/installed/lib/libgdtls-swift.so.0" | grep -E 'RPATH|RUNPATH'
}
nothing_to_do() { in_consumer "$1" ninja -C build | grep 'no work to do'; }
# The library that the program has is the one of its build, and it knows it by its soname.
linked_by_soname() { readelf -d "$work/linked/build/conversation" | grep 'NEEDED.*\[libgdtls-swift.so.0\]'; }
without_swift() {
  new_consumer poor && ln -s "$root/meson-wrap/packagefiles/gdtls-swift" "$work/poor/subprojects/gdtls-swift"
  local folder path=
  for folder in ${PATH//:/ }; do [ -x "$folder/swift" ] || path=$path:$folder; done
  ! PATH=${path#:} set_up poor && grep -F swift.org/install "$work/poor/build/meson-logs/meson-log.txt"
}
source_is_untouched() { [ "$(cd "$root" && git status --porcelain --ignored -- Sources include meson-wrap)" = "$before" ]; }
# A wrap whose version is that of the library.
version_is_right() {
  local version
  version=$("$root/meson-wrap/packagefiles/gdtls-swift/meson-swiftpm.sh" version)
  grep -qx "directory = libgdtls-swift-$version" "$root/meson-wrap/gdtls-swift.wrap" \
    && grep -qx "source_filename = libgdtls-swift-$version.tar.gz" "$root/meson-wrap/gdtls-swift.wrap"
}
version_of() {
  python3 -c 'import ctypes, sys; version = ctypes.CDLL(sys.argv[1]).gdtls_swift_version
version.restype = ctypes.c_char_p; print(version().decode())' "$1"
}
rebuilds() {
  local wrapped=libgdtls-swift-1.0.0
  sed -i 's/"\\(GDTLS_SWIFT_MAJOR_VERSION)/"77/' "$work/wrapped/subprojects/$wrapped/Sources/GDtlsSwift/Exports/Version.swift"
  build wrapped && version_of "$work/wrapped/build/subprojects/$wrapped/libgdtls-swift.so.0" | grep '^77' \
    && runs_uninstalled wrapped
}

before=$(cd "$root" && git status --porcelain --ignored -- Sources include meson-wrap)
check "the wrap's version is the library's" version_is_right
for kind in linked wrapped cloned; do
  check "$kind: meson sets it up" set_up $kind
  check "$kind: ninja builds it" build $kind
  check "$kind: the program runs where it was built" runs_uninstalled $kind
  check "$kind: meson test passes" test_passes $kind
  check "$kind: it is installed with the library, and runs" installs $kind
  check "$kind: what is installed does not name the build" installed_names_no_build $kind
  check "$kind: then there is nothing to do" nothing_to_do $kind
done
check 'without Swift, meson says where to get it' without_swift
check 'the program is linked by the soname' linked_by_soname
check 'the source stays as it was' source_is_untouched
check 'a change of the source builds the library again' rebuilds

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154  # the variables are the sourcing script's
#
# What the command says of itself and of GIO. Sourced by run.sh.

modules=$prefix/lib/gio/modules

versions() {
  exits 0 "$gdtls" info && grep -qE '^library +[0-9]+\.[0-9]+\.[0-9]+ ' "$work/once.out" \
    && grep -qE '^libssl +OpenSSL' "$work/once.out" && grep -qE '^speaks +DTLS 1.2$' "$work/once.out" \
    && grep -qE '^offers +ECDHE-' "$work/once.out" && grep -qE "^GLib +$(pkg-config --modversion glib-2.0)$" "$work/once.out"
}

suites_are_as_openssl_names_them() {
  exits 0 "$gdtls" info --json && json once 'not [s for s in events[0]["cipher_suites"] if s.startswith("0x")]' || return
  local suite
  for suite in $(python3 -c 'import json, sys; print(*json.load(open(sys.argv[1]))["cipher_suites"])' "$work/once.out"); do
    openssl ciphers "$suite" >/dev/null || return
  done
}

nobody_asks() {
  exits 0 env GIO_EXTRA_MODULES="$modules" "$gdtls" info --json && json once 'not events[0]["gio"]["is_ours"]' \
    && json once '"set GIO_USE_TLS=gdtls-swift" in events[0]["gio"]["reason"]' \
    && json once 'events[0]["gio"]["folders"][0]["has_module"]'
}

gio_takes_us() {
  exits 0 env GIO_EXTRA_MODULES="$modules" GIO_USE_TLS=gdtls-swift "$gdtls" info --json \
    && json once 'events[0]["gio"]["is_ours"] and events[0]["gio"]["backend"] == "GTlsBackendGdtlsSwift"' \
    && json once 'events[0]["gio"]["folders"][0]["named_by"] == "GIO_EXTRA_MODULES"' \
    && json once 'events[0]["gio"]["folders"][0]["cache"] == "current"'
}

module_is_missing() {
  # An installation without it.
  mkdir -p "$work/empty" "$work/root/bin" "$work/root/lib" && cp "$gdtls" "$work/root/bin/" \
    && cp "$prefix/lib/libgdtls-swift.so.0" "$work/root/lib/" || return
  exits 0 env GIO_MODULE_DIR="$work/empty" GIO_USE_TLS=gdtls-swift "$work/root/bin/gdtls" info \
    && grep -q "no folder of GIO's has libgiogdtls-swift.so: name" "$work/once.out"
}

module_is_beside_the_library() {
  mkdir "$work/empty"
  for wanted in gdtls-swift ''; do
    exits 0 env GIO_MODULE_DIR="$work/empty" GIO_USE_TLS="$wanted" "$gdtls" info \
      && grep -q "GIO_EXTRA_MODULES=.*/lib/gio/modules" "$work/once.out" || return
  done
}

cache_is_stale() {
  mkdir "$work/modules" && cp "$modules/libgiogdtls-swift.so" "$work/modules/" || return
  exits 0 env GIO_EXTRA_MODULES="$work/modules" "$gdtls" info && grep -q 'has no giomodule.cache' "$work/once.out" || return
  echo 'libsomething.so: some-point' >"$work/modules/giomodule.cache"
  exits 0 env GIO_EXTRA_MODULES="$work/modules" "$gdtls" info && grep -q 'giomodule.cache is stale' "$work/once.out" || return
  "$(pkg-config --variable=gio_querymodules gio-2.0)" "$work/modules"
  exits 0 env GIO_EXTRA_MODULES="$work/modules" "$gdtls" info && ! grep -q 'giomodule.cache' "$work/once.out"
}

key_log_is_mentioned() {
  exits 0 env SSLKEYLOGFILE=/some/file "$gdtls" info && grep -q '/some/file' "$work/once.out"
}

trust_is_told() {
  exits 0 env SSL_CERT_FILE=/no/such/file "$gdtls" info && grep -q 'there is no /no/such/file' "$work/once.out"
}

check 'info tells versions and what is offered' versions
check 'info names suites as OpenSSL does' suites_are_as_openssl_names_them
check 'info says that nobody asks for the backend' nobody_asks
check 'info says that GIO takes the backend' gio_takes_us
check 'info says that the module is missing' module_is_missing
check 'info names the module that is beside the library' module_is_beside_the_library
check 'info says that a cache of modules is missing or stale' cache_is_stale
check 'info mentions a key log' key_log_is_mentioned
check 'info tells where trust comes from' trust_is_told

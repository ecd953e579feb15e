#!/bin/bash
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Conversations of the command gdtls with itself and with the command line programs of OpenSSL and GnuTLS:
#   run.sh PREFIX CERTIFICATES [PATTERN]
# PREFIX is where gdtls is installed, CERTIFICATES a folder made by make-certificates.sh, PATTERN chooses cases by name.
# Ends with "N passed, N failed".
set -u

[ $# -ge 2 ] || { sed -n '5,8p' "$0" >&2; exit 2; }
prefix=$(realpath "$1") certificates=$(realpath "$2") pattern=${3:-.}
here=$(realpath "$(dirname "$0")")
unset GIO_USE_TLS GIO_MODULE_DIR GIO_EXTRA_MODULES SSLKEYLOGFILE LD_LIBRARY_PATH
gdtls=$prefix/bin/gdtls
ca=$certificates/ca.pem
own=$certificates/server-p256.pem
[ -x "$gdtls" ] || { echo "there is no $gdtls: Scripts/stage.sh --with-command" >&2; exit 1; }
export G_DEBUG=fatal-criticals
# shellcheck source=Tests/cli/harness.sh
. "$here/harness.sh"

# serve OPTIONS...: on 127.0.0.1 unless told otherwise; sets `port`
serve() {
  case " $* " in *' --host '*) ;; *) set -- --host 127.0.0.1 "$@" ;; esac
  case " $* " in *' --cert '*) ;; *) set -- --cert "$own" "$@" ;; esac
  start server "$gdtls" serve --port 0 "$@"
  await server 'listening' || return
  port=$(cat "$work/server.err" "$work/server.out" | sed -nE 's/.*listening.*:([0-9]+)("|$).*/\1/p' | head -n 1)
}

# connect OPTIONS...: to that port, trusting our authority
connect() { start client "$gdtls" connect "127.0.0.1:$port" --ca "$ca" "$@"; }

for part in conversation identity ending ping info others manual; do
  # shellcheck source=/dev/null
  . "$here/$part.sh"
done
finish

#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds the site of the API with gi-docgen into build/docs, from the checked-in GIR and the guides in docs/. Ends with an
# error where a comment in the header, or a link, is wrong.
set -eu
cd "$(dirname "$0")/.."

command -v gi-docgen >/dev/null || {
  echo 'docs.sh: gi-docgen is missing: apt-get install gi-docgen libgirepository1.0-dev' >&2
  exit 1
}
version=$(sed -n 's/.*<namespace name="GDtlsSwift" version="\([^"]*\)".*/\1/p' gir/GDtlsSwift-1.0.gir)
[ -n "$version" ] || version=$(tr '\n' ' ' <gir/GDtlsSwift-1.0.gir | sed -n 's/.*<namespace name="GDtlsSwift" *version="\([^"]*\)".*/\1/p')
mkdir -p build
sed "s/@VERSION@/$version/" docs/gdtls-swift.toml.in >build/gdtls-swift.toml
# gi-docgen insists on where a comment stands, which the checked-in GIR leaves out.
sed 's/<\(doc\|source-position\)\([ /]\)/<\1 filename="gdtls-swift.h" line="1"\2/' gir/GDtlsSwift-1.0.gir >build/GDtlsSwift-1.0.gir
rm -rf build/docs
gi-docgen generate --quiet --fatal-warnings --no-namespace-dir --config build/gdtls-swift.toml --content-dir docs \
  --output-dir build/docs build/GDtlsSwift-1.0.gir
echo "build/docs/index.html"

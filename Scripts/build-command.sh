#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds the command gdtls with its completions, linked with the release build of the library, which has to be there:
#   build-command.sh [swift build options]
# It takes the network the first time, for swift-argument-parser. What comes out is in .build/gdtls: release/gdtls, which
# runs there and brings its Swift along as the library does, and completions/.
set -eu
cd "$(dirname "$0")/.."

library=$PWD/.build/release/libgdtls-swift.so
built=.build/gdtls/release
completions=.build/gdtls/completions

[ -f "$library" ] || { echo "build-command.sh: no library yet: make library" >&2; exit 1; }
package='--package-path Sources/gdtls --scratch-path .build/gdtls'
# shellcheck disable=SC2086  # words
swift package $package resolve || {
  echo 'build-command.sh: the command gdtls needs swift-argument-parser, which did not come from the network. All the' >&2
  echo '  rest is built without it, and installed by "make library install-built"' >&2
  exit 1
}
# shellcheck disable=SC2086
swift build $package -c release --disable-local-rpath --static-swift-stdlib "$@"

# Where the command looks for it, by the name that programs know it by.
mkdir -p "$(realpath "$built")/../lib" "$completions"
ln -sf "$library" "$(realpath "$built")/../lib/libgdtls-swift.so.0"

# The first line is for a program, and shells read this one.
"$built/gdtls" --generate-completion-script bash | sed '1{/^#!/d}' >"$completions/gdtls.bash"
"$built/gdtls" --generate-completion-script zsh >"$completions/_gdtls"
"$built/gdtls" --generate-completion-script fish >"$completions/gdtls.fish"

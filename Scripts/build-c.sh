#!/bin/bash
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds C programs, each from one file and the shared ones beside it:
#   build-c.sh OUTPUT-DIR PACKAGES PROGRAM.c... [-- SHARED.c...]
# PACKAGES are pkg-config names, or -lNAME for a library that pkg-config does not know. A program takes its name from its
# file.
set -eu

[ $# -ge 3 ] || { echo "usage: $0 OUTPUT-DIR PACKAGES PROGRAM.c... [-- SHARED.c...]" >&2; exit 2; }
output=$1 packages=$2
shift 2
programs=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do programs+=("$1"); shift; done
[ $# -eq 0 ] || shift

mkdir -p "$output"
flags=() libraries=()
# What pkg-config says is for a shell to read: it may have folders with spaces in their names.
for package in $packages; do
  case $package in
    -l*) libraries+=("$package") ;;
    *) eval "flags+=($(pkg-config --cflags "$package")) libraries+=($(pkg-config --libs "$package"))" ;;
  esac
done
for program in "${programs[@]}"; do
  # shellcheck disable=SC2086  # a list of words
  ${CC:-gcc} -std=gnu11 -O2 -g -Wall -Wextra -Wno-unused-parameter -Werror ${CFLAGS:-} "${flags[@]}" \
    -o "$output/$(basename "$program" .c)" "$program" "$@" "${libraries[@]}"
done

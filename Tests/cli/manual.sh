# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154  # the variables are the sourcing script's
#
# What comes with the command: help, manual page, completions, and how it finds the library. Sourced by run.sh.

page=$prefix/share/man/man1/gdtls.1

page_is_clean() {
  groff -ww -mdoc -Tutf8 "$page" 2>"$work/once.err" >/dev/null && [ ! -s "$work/once.err" ]
}

# Each option of each subcommand's help is in the page, and each exit status of the help.
page_is_complete() {
  groff -mdoc -Tascii "$page" | sed -e 's/.\x08//g' -e 's/\x1b\[[0-9;]*m//g' >"$work/page"
  local command option missing=0
  for command in connect serve ping info; do
    for option in $("$gdtls" "$command" --help | grep -oE -- '(^|[ ,])--?[a-zA-Z][a-z-]*' | tr -d ' ,' | sort -u); do
      case $option in --help | -h | --version) continue ;; esac
      grep -qE -- "(^|[^a-z-])$option([^a-z-]|$)" "$work/page" || { echo "no $option of $command"; missing=1; }
    done
  done
  for option in $("$gdtls" --help | sed -nE 's/^([0-9]+): .*/\1/p'); do
    grep -qE "^ {5,7}$option +[A-Z]" "$work/page" || { echo "no exit status $option"; missing=1; }
  done
  return $missing
}

example_of_the_page_works() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$work/key.pem" -out "$work/cert.pem" || return
  serve --cert "$work/cert.pem" --key "$work/key.pem" --echo || return
  start client "$gdtls" connect "localhost:$port" --ca "$work/cert.pem"
  tell client hello && await client '^hello$' || return
  hang_up client
  ends client 0 && run ping "$gdtls" ping "localhost:$port" --ca "$work/cert.pem" -c 2 -i 0.01 -W 30
}

completions_are_there() {
  bash -n "$prefix/share/bash-completion/completions/gdtls" || return
  local file
  for file in bash-completion/completions/gdtls zsh/site-functions/_gdtls fish/vendor_completions.d/gdtls.fish; do
    grep -q servername "$prefix/share/$file" && grep -q require-client-cert "$prefix/share/$file" || return
  done
}

# As bash does when somebody types `gdtls con` and Tab.
bash_completes() {
  local words
  words=$(bash -c '. "$1"; COMP_WORDS=(gdtls con) COMP_CWORD=1 COMP_LINE="gdtls con" COMP_POINT=9
    compopt() { :; }; _gdtls gdtls con gdtls; echo "${COMPREPLY[*]}"' - "$prefix/share/bash-completion/completions/gdtls")
  [ "$words" = connect ] || { echo "completed: $words"; return 1; }
}

version_is_the_library_s() {
  exits 0 "$gdtls" --version && prints once "$(sed -n 's/^Version: //p' "$prefix/lib/pkgconfig/gdtls-swift.pc")"
}

# found_in LIBDIR: the command finds the library there
found_in() {
  mkdir -p "$work/root/bin" "$work/root/$1" && cp "$gdtls" "$work/root/bin/" && cp "$prefix/lib/libgdtls-swift.so.0" "$work/root/$1/" \
    && exits 0 "$work/root/bin/gdtls" --version
}

needs_no_swift() { ! readelf -d "$gdtls" | grep -E 'NEEDED.*\[lib(swift|Foundation|dispatch)'; }

check 'the manual page is clean' page_is_clean
check 'the manual page has all options and exit statuses' page_is_complete
check "the manual page's example works" example_of_the_page_works
check 'completions are installed' completions_are_there
check 'bash completes' bash_completes
check "the command's version is the library's" version_is_the_library_s
check 'the command finds the library in lib' found_in lib
check "the command finds the library in Debian's multiarch folder" found_in "lib/$(gcc -print-multiarch)"
check 'the command brings its Swift along' needs_no_swift

#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs GTest programs, each case in a process of its own so that a crash costs one case:
#   run-gtests.sh PROGRAM...
# Ends with "N passed, N failed". TEST_CASE_SECONDS (90) is each case's time limit.
set -eu

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0

for program in "$@"; do
  # Since TAP version 14 what is listed is commented out.
  cases=$("$program" -l 2>"$log" | sed 's,^# /,/,' | grep '^/') || { cat "$log" >&2; failed=$((failed + 1)); continue; }
  for case in $cases; do
    status=0
    timeout -k 5 "${TEST_CASE_SECONDS:-90}" "$program" -p "$case" >"$log" 2>&1 || status=$?
    if [ "$status" = 0 ] && grep -aq '^ok' "$log"; then
      passed=$((passed + 1))
      echo "ok      $case"
    else
      failed=$((failed + 1))
      echo "not ok  $case (status $status)"
      grep -aE 'ERROR|CRITICAL|WARNING|Bail' "$log" | head -n 5 | sed 's/^/        /' || true
    fi
  done
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

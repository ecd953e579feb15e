#!/bin/sh
# SPDX-FileCopyrightText: the libgdtls-swift authors
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fuzzes with libfuzzer and the address sanitizer:
#   fuzz.sh SECONDS [TARGET...]
# Each target (Tests/fuzz/Targets/FuzzTarget.swift names them) runs that long, from its corpus in Tests/fuzz/corpus and
# from what earlier runs have found interesting, which stays in build/fuzz. An input that breaks something is left in
# build/fuzz/found: once the fault is mended, it belongs into the corpus. 0 seconds run the corpora alone. Ends with
# "N passed, N failed".
set -eu
cd "$(dirname "$0")/.."

[ $# -ge 1 ] || { sed -n '5,6p' "$0" >&2; exit 2; }
seconds=$1
shift
[ $# -gt 0 ] || set -- datagrams conversation certificates containers
scratch=.build-fuzz
mkdir -p build/fuzz/found

# The executable exports its gettimeofday, which libssl takes instead of the C library's.
if ! GDTLS_SWIFT_FUZZ=1 swift build -c release --product fuzz --scratch-path $scratch --sanitize address \
  -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld -Xlinker --export-dynamic >build/fuzz/build.log 2>&1; then
  grep -v 'Cannot export local symbol' build/fuzz/build.log >&2
  echo '0 passed, 1 failed'
  exit 1
fi

# What libfuzzer says at its end, in a line.
summary() { sed -n 's/^\(stat::[a-z_]*\): */\1 /p' "$1" | awk '{ s[$1] = $2 } END {
  printf "%d runs, %d a second, %d MiB at most\n", s["stat::number_of_executed_units"],
    s["stat::average_exec_per_sec"], s["stat::peak_rss_mb"] }'; }

# Not Swift's own report of a crash, which takes long and hides the sanitizer's.
export SWIFT_BACKTRACE=enable=no
export LSAN_OPTIONS="suppressions=Tests/sanitizers/leak.supp"
passed=0 failed=0
for target in "$@"; do
  mkdir -p "build/fuzz/$target"
  log=build/fuzz/$target.log
  limit="-max_total_time=$seconds"
  [ "$seconds" != 0 ] || limit=-runs=0
  if "$scratch/release/fuzz" "$target" "$limit" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=1 \
    -artifact_prefix="build/fuzz/found/$target-" "build/fuzz/$target" "Tests/fuzz/corpus/$target" >"$log" 2>&1; then
    passed=$((passed + 1))
    echo "ok      fuzz $target: $(summary "$log")"
  else
    failed=$((failed + 1))
    echo "not ok  fuzz $target, see $log"
    grep -aE '^fuzz:|ERROR:|Test unit written' "$log" | head -n 5 | sed 's/^/        /'
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

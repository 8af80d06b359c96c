#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Run each fuzzer for a bounded time over a copy of its corpus: run.sh BUILD-FOLDER SECONDS. Speaks TAP.
# What a fuzzer finds is left in BUILD-FOLDER/found, to be added to the corpus with its mending.
set -eu
build=$1 seconds=$2
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$build/found"
number=0
for fuzzer in "$build"/tests/fuzz/fuzz-*; do
    [ -x "$fuzzer" ] && [ -f "$fuzzer" ] || continue
    name=${fuzzer##*/fuzz-}
    number=$((number + 1))
    rm -rf "$build/corpus-$name"
    cp -r "$here/corpus/$name" "$build/corpus-$name"
    if "$fuzzer" -max_total_time="$seconds" -max_len=70000 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$build/found/$name-" "$build/corpus-$name" > "$build/fuzz-$name.log" 2>&1; then
        echo "ok $number - fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/fuzz-$name.log") runs in $seconds s"
    else
        tail -n 30 "$build/fuzz-$name.log" | sed 's/^/# /'
        echo "not ok $number - fuzz $name"
    fi
done
[ "$number" -gt 0 ] || { echo "Bail out! no fuzzer was built"; exit 1; }
echo "1..$number"

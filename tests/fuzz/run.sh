#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# run.sh SECONDS [BUILD_DIRECTORY]: fuzzes for that long; fails on a finding, and leaves the input in BUILD_DIRECTORY/findings.
set -eu
seconds=${1:?usage: run.sh SECONDS [BUILD_DIRECTORY]}
here=$(cd "$(dirname "$0")" && pwd)
build=${2:-$here/../../build/fuzz}
mkdir -p "$build/corpus" "$build/findings"
if ! command -v clang >/dev/null; then
	echo "SKIP: clang is not here"
	exit 77
fi
cmake -S "$here/../.." -B "$build/cmake" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DOSML_BUILD_TESTS=ON -DOSML_BUILD_EXAMPLES=OFF \
	-DOSML_BUILD_FUZZ=ON >"$build/cmake.log"
cmake --build "$build/cmake" --target fuzz_calls -j2 >"$build/build.log" || { cat "$build/build.log" && exit 1; }
# libFuzzer's own code for a finding is 77, which says "skipped" everywhere here.
exec "$build/cmake/tests/fuzz/fuzz_calls" -max_total_time="$seconds" -max_len=512 -len_control=10 -timeout=20 -error_exitcode=1 -timeout_exitcode=1 -print_final_stats=1 \
	-artifact_prefix="$build/findings/" "$build/corpus" "$here/corpus"

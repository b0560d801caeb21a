#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# All that depends on the compiler: check.sh COMPILER
set -eu
cd "$(dirname "$0")/../.."
folder=build/compilers/$1
cmake -S . -B "$folder" -G Ninja -DCMAKE_C_COMPILER="$1" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS=-Werror -DOSML_BUILD_EXAMPLES=OFF
cmake --build "$folder" -- -k 0
ctest --test-dir "$folder" --output-on-failure --no-tests=error -R '^(core/|proof_)' -E '^proof_(swap|heap|embed)'
rm -rf build/ct
CC=$1 tests/ct/run.sh "$1"

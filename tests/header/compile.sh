#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# compile.sh INCLUDE_DIRECTORY SHARED_LIBRARY: the header alone, in every standard of every compiler that is here; then linked and called.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
include=$1 library=$2
directory=$(dirname "$library")
. "$here/../tidy.sh"
work_folder header
passed=0 skipped=0

skip() {
	echo "SKIP: $*"
	skipped=$((skipped + 1))
}

compile() { # COMPILER STANDARD SOURCE: leaves $work/program.o
	"$1" -std="$2" -pedantic-errors -Wall -Wextra -Wpedantic -Werror -I"$include" -c "$3" -o "$work/program.o"
}

# A program that must be refused: a compiler that ignores its flags would let everything pass.
control() { # COMPILER STANDARD SUFFIX
	printf 'int f(int n) { int a[n]; return sizeof a; }\n' >"$work/control.$3"
	if compile "$1" "$2" "$work/control.$3" 2>/dev/null; then
		echo "FAILED: $1 -std=$2 lets a bad program pass"
		exit 1
	fi
}

link_and_run() { # COMPILER STANDARD
	if nm -D "$library" | grep -Eq ' U __(asan|tsan|msan|ubsan)_'; then
		skip "$1 -std=$2: compiled but not linked, the library is built with a sanitizer"
		return
	fi
	"$1" "$work/program.o" "$library" -Wl,-rpath,"$directory" -o "$work/program"
	"$work/program"
}

try() { # COMPILER STANDARD SOURCE
	if ! command -v "$1" >/dev/null; then
		skip "$1 -std=$2: no such compiler"
	elif ! echo 'int x;' | "$1" -std="$2" -x "${4:-c}" -fsyntax-only - 2>/dev/null; then
		skip "$1 -std=$2: no such standard"
	else
		compile "$1" "$2" "$3"
		link_and_run "$1" "$2"
		passed=$((passed + 1))
		echo "ok    $1 -std=$2"
	fi
}

for compiler in gcc clang; do
	for standard in c99 c11 c2x; do
		try $compiler $standard "$here/header_is_c.c"
	done
done
for compiler in g++ clang++; do
	for standard in c++98 c++11 c++20; do
		try $compiler $standard "$here/header_is_cpp.cpp" c++
	done
	! command -v $compiler >/dev/null || control $compiler c++98 cpp
done
echo "header: $passed passed, $skipped skipped"
[ $passed -gt 0 ] || exit 77

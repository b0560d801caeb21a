#!/bin/bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Compiles and links the shared library for systems that are not here, with the headers that zig carries, and runs the library as an
# unknown system sees it. Warnings are errors. ZIG is the command to use (default: python3 -m ziglang, of the PyPI package ziglang);
# without it those targets are skipped. One line a target, and a last one with the counts. Exit: 0 none failed, 1 some did.
set -u
here=$(cd "$(dirname "$0")" && pwd)
zig=${ZIG:-python3 -m ziglang}
targets="x86_64-macos=Darwin aarch64-macos=Darwin x86_64-freebsd=FreeBSD aarch64-freebsd=FreeBSD x86_64-openbsd=OpenBSD x86_64-netbsd=NetBSD"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ZIG_GLOBAL_CACHE_DIR=${ZIG_GLOBAL_CACHE_DIR:-$work/zig-cache} ZIG_LOCAL_CACHE_DIR=$work/zig-local
passed=0 failed=0 skipped=0

tool() { # tool NAME ARGUMENTS: a program of that name in $work which is zig with these arguments
	printf '#!/bin/sh\nexec %s %s "$@"\n' "$zig" "$2" >"$work/$1"
	chmod +x "$work/$1"
}

# CMake looks for programs of macOS when it builds for macOS. The one that it insists on rewrites the paths of installed libraries.
configure() { # configure TARGET SYSTEM
	tool "cc-$1" "cc -target $1"
	tool ar ar
	tool ranlib ranlib
	cmake -S "$here/../.." -B "$work/$1" -DCMAKE_SYSTEM_NAME="$2" -DCMAKE_SYSTEM_PROCESSOR="${1%-*}" -DCMAKE_BUILD_TYPE=Release \
		-DCMAKE_C_COMPILER="$work/cc-$1" -DCMAKE_AR="$work/ar" -DCMAKE_RANLIB="$work/ranlib" -DCMAKE_INSTALL_NAME_TOOL=true \
		-DCMAKE_C_FLAGS="-Wall -Wextra -Werror" -DOSML_BUILD_TESTS=OFF
}

build() { # build TARGET SYSTEM
	configure "$1" "$2" && cmake --build "$work/$1" -j2 --target osmemlock_shared
}

none() {
	cmake -S "$here" -B "$work/none" -DCMAKE_SYSTEM_NAME=Generic -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS="-Wall -Wextra -Werror" &&
		cmake --build "$work/none" -j2 --target none && "$work/none/none"
}

report() { # report NAME COMMAND...
	local name=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		echo "$name: ok"
		passed=$((passed + 1))
	else
		cat "$work/log"
		echo "$name: FAIL"
		failed=$((failed + 1))
	fi
}

for pair in $targets; do
	target=${pair%=*}
	if $zig version >/dev/null 2>&1; then
		report "$target" build "$target" "${pair#*=}"
	else
		echo "SKIP: $target: '$zig' does not run (PyPI: ziglang)"
		skipped=$((skipped + 1))
	fi
done
report none none
grep '^none: ' "$work/log"
echo "cross: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

#!/bin/bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Compiles and links the shared library for systems that are not here, with the headers that zig carries, and runs the library as an
# unknown system sees it. Warnings are errors, and what the library exports is what osmemlock.map says. The core's tests are linked, too (tests.sh), and
# the modules of Lua and Python, the latter where no wheel of tests/wheels has it. The sources of cmocka, Lua and Python come from Debian. ZIG is the
# command to use (default: python3 -m ziglang, of the PyPI package ziglang); without it those targets are skipped. One line a target, and a last one
# with the counts. Exit: 0 passed, 1 some failed, 77 some were skipped.
set -u
here=$(cd "$(dirname "$0")" && pwd)
zig=${ZIG:-python3 -m ziglang}
targets="x86_64-macos.10.15=Darwin aarch64-macos.11.0=Darwin x86_64-freebsd=FreeBSD aarch64-freebsd=FreeBSD x86_64-openbsd=OpenBSD x86_64-netbsd=NetBSD
x86-windows-gnu=Windows aarch64-windows-gnu=Windows"

. "$here/../tidy.sh"
. "$here/headers.sh"
. "$here/macos.sh"
. "$here/tests.sh"
cd "$here/../.." || exit 1
. tests/source.sh
work_folder cross
export ZIG_GLOBAL_CACHE_DIR=${ZIG_GLOBAL_CACHE_DIR:-$work/zig-cache} ZIG_LOCAL_CACHE_DIR=$work/zig-local
passed=0 failed=0 skipped=0

# The program itself, where it is a module of Python: that would start an interpreter for each file that is compiled.
zig=$($zig env 2>/dev/null | sed -nE 's/.*zig_exe"?[ :=]*"(.*)".*/\1/p' | grep . || echo "$zig")

zig_runs() { $zig version >/dev/null 2>&1; }

tool() { # tool NAME ARGUMENTS: a program of that name in $work which is zig with these arguments
	printf '#!/bin/sh\nexec %s %s "$@"\n' "$zig" "$2" >"$work/$1"
	chmod +x "$work/$1"
}

# CMake looks for programs of macOS when it builds for macOS. The one that it insists on rewrites the paths of installed libraries.
compiler() { # compiler TARGET SYSTEM: and `machine`, what CMake is to know of both
	tool "cc-$1" "cc -target $1"
	[ "$2" != Darwin ] || { macos_stub "$zig" "$work" && macos_compiler "$work/cc-$1" "$zig" "$1" "$work"; } || return
	machine=(-DCMAKE_SYSTEM_NAME="$2" -DCMAKE_SYSTEM_PROCESSOR="${1%%-*}" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER="$work/cc-$1"
		-DCMAKE_AR="$work/ar" -DCMAKE_RANLIB="$work/ranlib" -DCMAKE_INSTALL_NAME_TOOL=true -DCMAKE_RC_COMPILER=true)
}

# exports LIBRARY: by its format
exports() {
	case $1 in
	*.dylib) macos_exports "$1" ;;
	*.dll) llvm-readobj --coff-exports "$1" | sed -n 's/^ *Name: //p' ;;
	*) llvm-nm -D --defined-only --no-weak "$1" | sed -n 's/.* [TDBRW] \([^@]*\).*/\1/p' ;;
	esac
}

as_mapped() { # as_mapped LIBRARY
	local wanted
	wanted=$(sed -n 's/^\t\t\(osml_[a-z_]*\);$/\1/p' core/osmemlock.map | sort)
	[ -n "$wanted" ] && diff <(echo "$wanted") <(exports "$1" | sort)
}

choose() { # choose TARGET SYSTEM: sets `options` and `wanted`
	options=() wanted=(osmemlock_shared)
	case $2 in
	Darwin | *BSD) options+=(-DOSML_BUILD_LUA=ON "-DOSML_LUA_INCLUDE_DIRS=$work/lua5.4") && wanted+=(osmemlock_lua5.4) && cmocka_options "$1" ;;&
	*BSD) options+=(-DOSML_BUILD_PYTHON=ON "-DOSML_PYTHON_INCLUDE_DIR=$work/python") && wanted+=(_core) ;;
	Windows) windows_extension "$1" ;;
	esac
}

build() { # build TARGET SYSTEM
	local options wanted library
	compiler "$1" "$2" && choose "$1" "$2" || return
	cmake -S . -B "$work/$1" "${machine[@]}" -DCMAKE_C_FLAGS="-Wall -Wextra -Werror" -DOSML_BUILD_TESTS=OFF -DOSML_BUILD_EXAMPLES=OFF "${options[@]}" &&
		cmake --build "$work/$1" -j2 --target "${wanted[@]}" || return
	library=$(find "$work/$1/core" -name '*osmemlock.so.*.*' -o -name '*osmemlock.*.*.dylib' -o -name '*osmemlock.dll')
	as_mapped "$library" || return
	if [ "$2" = Windows ]; then control "$1" "${library%/*}/libosmemlock.dll.a"; else control "$1" "$library"; fi && tests "$1" "$2"
}

none() {
	cmake -S "$here" -B "$work/none" -DCMAKE_SYSTEM_NAME=Generic -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS="-Wall -Wextra -Werror" &&
		cmake --build "$work/none" -j2 --target none && "$work/none/none"
}

report() { # report NAME COMMAND...
	local name=$1 said=''
	shift
	if "$@" >"$work/log" 2>&1; then
		echo "$name: ok$said"
		passed=$((passed + 1))
	else
		cat "$work/log"
		echo "$name: FAIL"
		failed=$((failed + 1))
	fi
}

tool ar ar
tool ranlib ranlib
! zig_runs || sources
python_headers python3 "$work/python" && lua_headers "$work/lua5.4" || exit 1
for pair in $targets; do
	target=${pair%=*}
	if zig_runs; then
		report "$target" build "$target" "${pair#*=}"
	else
		echo "SKIP: $target: '$zig' does not run (PyPI: ziglang)"
		skipped=$((skipped + 1))
	fi
done
report none none
grep '^none: ' "$work/log"
echo "cross: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] || exit 1
[ "$skipped" -eq 0 ] || exit 77

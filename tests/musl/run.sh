#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The library on musl (audit C7): built by musl-gcc, static and shared; opened late, as a plugin is; and what thread-local memory it asks
# the loader for, on musl and on glibc. And the core's tests, with cmocka from Debian's source, but for test_scrub: musl has no swapcontext(3); and the
# Lua module on a Lua for musl. The Python package on a Python for musl is a matter of tests/wheels.
# usage: run.sh BUILD-FOLDER
# Exit code: 0 passed, 1 failed, 77 the tests could not be built, with the reason.
set -u
mkdir -p "$1"
base=$(realpath "$1") passed=0 failed=0 skipped=0
cd "$(dirname "$0")/../.." || exit 1
. tests/source.sh
. tests/musl/lua.sh
here=tests/musl
# musl-gcc knows nothing of the kernel's headers. Last, so that musl's own come first.
kernel=(-idirafter /usr/include -idirafter "/usr/include/$(gcc -print-multiarch)")

# expect 0|1 WHAT COMMAND...: that it works, or that it does not.
expect() {
	local wanted=$1 what=$2 got=0
	shift 2
	"$@" >"$base/log" 2>&1 || got=1
	if [ $got = "$wanted" ]; then
		passed=$((passed + 1))
		echo "ok    $what"
	else
		failed=$((failed + 1))
		echo "FAIL  $what"
		cat "$base/log"
	fi
}

build() { # build FOLDER COMPILER FLAGS EXAMPLES
	cmake -S . -B "$base/$1" -G Ninja "-DCMAKE_C_COMPILER=$2" "-DCMAKE_C_FLAGS=-Werror $3" -DCMAKE_BUILD_TYPE=Release -DOSML_BUILD_TESTS=OFF \
		"-DOSML_BUILD_EXAMPLES=$4" && cmake --build "$base/$1"
}

# A static library, so that musl's loader has nothing to look for.
build_tests() {
	local cmocka=build/sources/cmocka has=()
	for name in SIGNAL_H STRINGS_H MALLOC_H INTTYPES_H STDINT_H TIME_H UNISTD_H STDLIB_H SNPRINTF VSNPRINTF STRSIGNAL; do has+=("-DHAVE_$name"); done
	musl-gcc -c -O1 -w "${kernel[@]}" "${has[@]}" -I$cmocka/include $cmocka/src/cmocka.c -o "$base/cmocka.o" && ar rcs "$base/libcmocka.a" "$base/cmocka.o" &&
		cmake -S . -B "$base/tests" -G Ninja -DCMAKE_C_COMPILER=musl-gcc "-DCMAKE_C_FLAGS=-Werror ${kernel[*]}" -DCMAKE_BUILD_TYPE=Release \
			-DOSML_BUILD_EXAMPLES=OFF -DCMOCKA_INCLUDE="$PWD/$cmocka/include" -DCMOCKA_LIBRARY="$base/libcmocka.a" &&
		printf '%s\n' "${programs[@]}" | xargs cmake --build "$base/tests" --parallel 2 --target
}

core_tests() {
	local reason programs=()
	mapfile -t programs < <(basename -s .c tests/core/test_*.c | grep -v '^test_scrub$')
	reason=$(debian_source cmocka 2>"$base/log") || { echo "SKIP: the core's tests: $reason" && skipped=1 && return; }
	expect 0 "the core's tests are built" build_tests
	for program in "${programs[@]}"; do
		expect 0 "core/${program#test_}" timeout 300 "$base/tests/tests/core/$program"
		grep -h SKIP: "$base/log"
	done
}

compile() { musl-gcc -std=c11 -D_POSIX_C_SOURCE=200809L "${kernel[@]}" -Icore/include -Wall -Wextra -Werror "$@"; }

# On x86-64 the relocation is TPOFF64 (DTPOFF64 is another), on others TLS_TPREL or so; the flag is the linker's word on it.
static_tls() { readelf -Wrd "$1" | grep -E 'STATIC_TLS|[^D]TPOFF|[^D]TPREL'; }

# small_tls LIBRARY: at most one pointer of thread-local memory, out of the little that glibc keeps for libraries opened later.
small_tls() {
	local size
	size=$(readelf -Wl "$1" | awk '$1 == "TLS" { print $6 }')
	echo "TLS: ${size:-none}"
	[ -n "$size" ] && [ $((size)) -le 8 ]
}

refused_for_tls() { "$base/dlopened" "$1" | grep '^dlopen: .*TLS'; }

musl=$base/musl/core glibc=$base/glibc/core
expect 0 "built for musl" build musl musl-gcc "${kernel[*]}" ON
expect 0 "built for glibc" build glibc gcc "" OFF
expect 0 "the test's programs" compile $here/dlopened.c -o "$base/dlopened"
expect 0 "the static library, in a static program" compile -static -D_DEFAULT_SOURCE examples/c/hold_secret.c examples/c/look.c \
	"$musl/libosmemlock.a" -o "$base/hold_secret"
expect 0 "the control's library" compile -shared -fPIC $here/static_tls.c -o "$base/static_tls.so"

expect 0 "dlopen(): a buffer in each thread" "$base/dlopened" "$musl/libosmemlock.so"
expect 0 "control: dlopen() of a library with static TLS is refused" refused_for_tls "$base/static_tls.so"
expect 1 "no static TLS on musl" static_tls "$musl/libosmemlock.so"
expect 0 "control: static TLS is seen" static_tls "$base/static_tls.so"
expect 0 "at most 8 bytes of TLS on glibc" small_tls "$glibc/libosmemlock.so"
expect 1 "control: more than 8 bytes are seen" small_tls "$base/static_tls.so"

echo "correct horse battery staple" >"$base/secret"
for program in "$base/hold_secret" "$base"/musl/examples/c/hold_secret; do
	expect 0 "the main job: ${program#"$base"/}" "$program" "$base/secret"
done
for example in lock_region key_pool no_core_dumps; do
	expect 0 "example: $example" "$base/musl/examples/c/$example"
done
core_tests
lua_tests
echo "musl: $passed passed, $failed failed"
[ "$failed" = 0 ] || exit 1
[ "$skipped" = 0 ] || exit 77

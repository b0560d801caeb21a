#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# What compilers make of the code that handles secrets: no branch and no address depends on them (branches.c, by valgrind), and none stay in
# registers (registers.c). Each compiler that is here, with each set of flags. The sources that see secrets are compiled so, together with
# the test; the rest of the library, which sees none, is what cmake builds.
#   tests/ct/run.sh [COMPILER ...]    gcc, clang and the newest clang-N that are here, or those
set -u
cd "$(dirname "$0")/../.." || exit 1
here=tests/ct base=build/ct
secrets=(buffer bytes codec copy source storage text wipe)
flag_sets=("-O1" "-O2" "-O3" "-Os" "-O3 -march=native" "-O2 -flto")
language=(-std=c11 -gdwarf-4 -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -Icore/include -fPIC -fvisibility=hidden -fno-plt -fno-semantic-interposition)
[ "$(uname -m)" = x86_64 ] || { echo "SKIP: registers.S and the barriers' test are for x86-64" && exit 77; }

rest() {
	cmake -S . -B $base -G Ninja -DCMAKE_BUILD_TYPE=Release -DOSML_BUILD_TESTS=OFF -DOSML_BUILD_EXAMPLES=OFF >/dev/null &&
		cmake --build $base --target osmemlock_static >/dev/null
}

# Valgrind does not know AVX-512, which -march=native would use.
native() { [[ $* != *native* ]] || echo -mno-avx512f; }

compile() { "$compiler" "${language[@]}" "$@"; }

# check COMPILER FLAGS FOLDER
check() {
	local compiler=$1 folder=$3 flags sources without
	read -ra flags <<<"$2"
	without=$(native "$2")
	sources=("${secrets[@]/%/.c}")
	sources=("${sources[@]/#/core/src/}" "$base/core/libosmemlock.a" -pthread)
	compile "${flags[@]}" ${without:+"$without"} -include $here/verdict.h $here/branches.c "${sources[@]}" -o "$folder/branches" || return 1
	if ! valgrind -q "$folder/branches" >"$folder/log" 2>&1; then
		cat "$folder/log"
		return 1
	fi
	compile -O1 -c $here/registers.c -o "$folder/registers.o" &&
		compile "${flags[@]}" "$folder/registers.o" $here/registers.S "${sources[@]}" -o "$folder/registers" && "$folder/registers"
}

# compilers [NAME ...]: what is one program under two names is tried once.
compilers() {
	local name
	[ $# = 0 ] || { printf '%s\n' "$@" && return; }
	for name in gcc clang $(compgen -c clang- | grep -x 'clang-[0-9]*' | sort -Vr | head -n 1); do
		command -v "$name" >/dev/null && echo "$(readlink -f "$(command -v "$name")") $name"
	done | sort -u -k 1,1 | cut -d ' ' -f 2
}

tell() {
	local word=ok
	check "$@" >"$3/out" 2>&1 || word=FAIL
	printf '%-5s %s %s\n' $word "$1" "$2"
}

# Two at a time; each writes a log of its own, which is shown when all are done.
run_all() {
	local compiler flags folder i=0
	for compiler in $(compilers "$@"); do
		for flags in "${flag_sets[@]}"; do
			folder=$base/$compiler/$((i++))
			mkdir -p "$folder"
			tell "$compiler" "$flags" "$folder" >"$folder/verdict" &
			((i % 2)) || wait
		done
		wait
	done
}

rm -rf $base/gcc* $base/clang*
mkdir -p $base
rest || exit 1
run_all "$@"
cat $base/*/*/verdict
grep -h SKIP $base/*/*/out | sort -u
failures=$(grep -l ^FAIL $base/*/*/verdict)
for verdict in $failures; do cat "$verdict" "${verdict%verdict}out"; done
[ -z "$failures" ]

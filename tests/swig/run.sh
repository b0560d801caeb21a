#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The SWIG bindings: builds them, tells the contract in each language, runs what only that language has, and its examples.
#   tests/swig/run.sh               Python and Lua with the SWIG of the system
#   tests/swig/run.sh LANGUAGE ...  those languages
#   tests/swig/run.sh bench [LANGUAGE ...]  what new and close cost instead, in all languages or those; each has a limit. At the end stands a
#                                   table, also in build/swig/bench.txt
#   tests/swig/run.sh all           every language of swig/CMakeLists.txt, with the SWIG of the system and with the newest that PyPI has
# A language is tests/swig/<language>/language.sh (see read_language). At the end stands the table language x scenario, also in
# build/swig/table.txt. Exit code: 0 passed, 1 failed, 77 something was skipped.
# shellcheck disable=SC2154 # `work` is set by tests/tidy.sh
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
source tests/need.sh
source tests/tidy.sh
root=$PWD build=$PWD/build/swig
export OSML_CONTRACT_TABLE=$build/table.tsv OSML_QUOTA=$root/tests/swig/quota.sh
# What a language may have no call for: core dumps start switched on.
ulimit -S -c "$(ulimit -H -c)"
# What cannot be set from inside: Lua has no setenv, and Java only a copy of the environment.
export OSML_CONTRACT_SECRET="taken out of the environment"

every_language() { sed -n 's/^set(osml_swig_languages \(.*\))$/\1/p' swig/CMakeLists.txt; }

# What a language.sh gives: the array `packages` for need(), perhaps swig=newest, an array `cmake_options`, and what its own table keeps of the
# environment and what its scoped use holds (`kept` and `lent`, see residue.sh), and functions: contract (runs its program), own (runs what stands in tests/swig/<language>), victim
# (becomes the one of residue.sh), examples, bench, and perhaps clients (runs clients/table.py) and prepare (installs what is no package of the system). Its $modules is the folder
# with the module that was built.
read_language() {
	local language=$1
	packages=() swig=system cmake_options=() kept="0 0" lent=""
	unset -f contract own victim clients examples bench
	prepare() { :; }
	# shellcheck source=/dev/null
	source "tests/swig/$language/language.sh"
}

tools() { need cmake=cmake ninja=ninja-build gcc=gcc /usr/include/stdio.h=libc6-dev python3=python3 swig=swig setpriv=util-linux; }

# The newest SWIG, in an environment of its own below build/.
newest_swig() {
	[ -x "$build/newest/bin/swig" ] && return 0
	need python3:ensurepip=python3-venv || return 1
	python3 -m venv "$build/newest" && "$build/newest/bin/pip" install -q swig
}

# build_module LANGUAGE SWIG: into build/swig/<swig>/; every language has a folder of its own there, and one core.
build_module() {
	local language=$1 swig=$2 executable
	executable=$(command -v swig)
	[ "$swig" = system ] || executable=$build/newest/bin/swig
	cmake -S . -B "$build/$swig-$language" -G Ninja -DCMAKE_BUILD_TYPE=Release -DOSML_BUILD_TESTS=OFF -DOSML_BUILD_EXAMPLES=OFF -DOSML_BUILD_SWIG=ON \
		-DOSML_SWIG_LANGUAGES="$language" -DSWIG_EXECUTABLE="$executable" "${cmake_options[@]}" >/dev/null &&
		cmake --build "$build/$swig-$language" --parallel 2 >"$build/log" 2>&1 && return 0
	cat "$build/log"
	return 1
}

noted_bench() {
	declare -F bench >/dev/null || { echo "language.sh has no bench" && return 1; }
	bench >"$work/bench" || { cat "$work/bench" && return 1; }
	tee -a "$build/bench.log" <"$work/bench"
	tests/bench/swig/verdict.py "$work/bench" >/dev/null && return 0
	bench >"$work/bench" && tests/bench/swig/verdict.py "$work/bench" # again: once, anything may have been in its way
}

passed=() failed=() skipped=()

# step NAME COMMAND...: counts one verdict.
step() {
	local name=$1
	shift
	echo "-- $name"
	if "$@"; then passed+=("$name"); else failed+=("$name") && echo "FAILED: $name"; fi
}

# test_language LANGUAGE SWIG. What a language.sh reads is `modules`.
# shellcheck disable=SC2034
test_language() {
	local language=$1 swig=$2 name=$1 modules=$build/$2-$1/swig/$1
	[ "$swig" = system ] || name=$language-$swig-swig
	{ [ "$swig" = system ] || newest_swig; } && need "${packages[@]}" && prepare || {
		skipped+=("$name") && echo "SKIP: $name: what it needs cannot be installed"
		return
	}
	build_module "$language" "$swig" || { failed+=("$name: build") && return; }
	if [ -n "$bench" ]; then
		step "$name: bench" noted_bench
		return
	fi
	step "$name: contract" contract "$name"
	step "$name: own tests" own
	step "$name: what memory keeps" tests/swig/residue.sh "$language" "$modules" "$build/scan" "$kept" "$lent"
	[ "$swig" != system ] || ! declare -F clients >/dev/null || step "$name: clients" clients check
	step "$name: examples" examples
}

bench=
[ "${1:-}" != bench ] || { bench=all && shift; }
case ${1:-$bench} in
'') languages=(python lua) ;;
all) read -ra languages <<<"$(every_language)" ;;
*) languages=("$@") ;;
esac
mkdir -p "$build"
: >"$OSML_CONTRACT_TABLE"
: >"$build/bench.log"
tools || { echo "SKIP: the tools are missing" && exit 77; }
work_folder swig
cc -O2 tests/proof/scan.c -o "$build/scan" || exit 1
for language in "${languages[@]}"; do
	[ -f "tests/swig/$language/language.sh" ] || { echo "no such language: $language" && exit 1; }
	read_language "$language"
	test_language "$language" "$swig"
	[ "${1:-}" != all ] || [ -n "$bench" ] || [ "$swig" = newest ] || test_language "$language" newest
done
if [ -n "$bench" ]; then
	tests/bench/swig/verdict.py "$build/bench.log" | tee "$build/bench.txt"
else
	[ "${1:-}" != all ] || step "docs/packaging.md, word by word" tests/swig/installed.sh
	python3 tests/swig/table.py "$OSML_CONTRACT_TABLE" | tee "$build/table.txt"
fi
[ ${#failed[@]} = 0 ] || printf 'failed: %s\n' "${failed[@]}"
[ ${#skipped[@]} = 0 ] || printf 'skipped: %s\n' "${skipped[@]}"
echo "swig: ${#passed[@]} passed, ${#failed[@]} failed, ${#skipped[@]} skipped"
[ ${#failed[@]} = 0 ] || exit 1
[ ${#skipped[@]} = 0 ] || exit 77

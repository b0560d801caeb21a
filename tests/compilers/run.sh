#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# gcc from 12 and clang from 14 on to the newest, each in a chroot with the oldest suite of Debian that has it: warnings are errors, the core's tests
# and proofs pass, and what they make of code that handles secrets is right (tests/ct).
#   tests/compilers/run.sh [COMPILER ...]    all, or these, such as gcc-14
# Exit code: 0 passed, 1 failed, 77 no chroot, or no network.
# shellcheck disable=SC2154 # `trees` is set by tests/suites/trees.sh
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/need.sh
. tests/tidy.sh
. tests/debian.sh
. tests/suites/trees.sh
suites=(bookworm trixie forky sid)
declare -A oldest=([gcc]=12 [clang]=14)
wanted=("$@") tried=() failed=()
tools=(cmake ninja-build libc6-dev libcmocka-dev python3 valgrind gdb git)

# compilers_in TREE: those that the suite has and that are wanted, but for those that an older suite had.
compilers_in() {
	local name
	chroot "$1" apt-cache search --names-only '^(gcc|clang)-[0-9]+$' | cut -d ' ' -f 1 | sort -V | while read -r name; do
		((${name##*-} >= ${oldest[${name%-*}]})) && [[ " ${tried[*]} " != *" $name "* ]] || continue
		[[ ${#wanted[@]} = 0 || " ${wanted[*]} " = *" $name "* ]] && echo "$name"
	done
}

# try COMPILER TREE
try() {
	local start=$SECONDS log=$trees/$1.log more=()
	[[ $1 != clang-* ]] || more=("llvm-${1#*-}-linker-tools") # for -flto
	chroot "$2" apt-get -qq install -y --no-install-recommends "$1" "${more[@]}" >"$log" 2>&1 </dev/null &&
		root_in "$2" tests/compilers/check.sh "$1" >>"$log" 2>&1 </dev/null &&
		echo "ok    $1, $(basename "$2"), $((SECONDS - start)) s" && return
	failed+=("$1") && grep -v '^\[[0-9]*/[0-9]*\] ' "$log" | tail -n 100 && echo "FAIL  $1, $(basename "$2")"
}

on_suite() {
	local tree=$trees/$1 names name
	tree_of "$1" >"$trees/$1.log" 2>&1 && chroot "$tree" apt-get -qq update >>"$trees/$1.log" 2>&1 || { cat "$trees/$1.log" && failed+=("$1") && return; }
	mapfile -t names < <(compilers_in "$tree")
	[ ${#names[@]} != 0 ] || return
	chroot "$tree" apt-get -qq install -y --no-install-recommends "${tools[@]}" >"$trees/$1.log" 2>&1 </dev/null &&
		export_sources "$tree/root/osmemlock" || { cat "$trees/$1.log" && failed+=("$1") && return; }
	for name in "${names[@]}"; do
		tried+=("$name")
		try "$name" "$tree"
	done
}

mkdir -p "$trees"
work_folder compilers # whatever ends this run, what runs in a tree ends with it
reason=$(can_have_trees) || { echo "SKIP: $reason" && exit 77; }
find_network
for suite in "${suites[@]}"; do on_suite "$suite"; done
echo "compilers: ${#tried[@]} tried, ${#failed[@]} failed"
[ ${#failed[@]} = 0 ] && [ ${#tried[@]} != 0 ]

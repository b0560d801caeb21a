#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# examples/run and tests/run on newer suites of Debian, each in a chroot that starts with nothing but the base system: as root, who installs
# what is missing, and then as an ordinary user, who cannot.
#   tests/suites/run.sh [SUITE ...]    trixie and forky, or those
# The trees are kept in build/suites, with the packages in them; delete it to begin anew. Exit code 77: no chroot, or no network.
# shellcheck disable=SC2154 # `work` is set by tests/tidy.sh
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/need.sh
. tests/tidy.sh
. tests/debian.sh
. tests/suites/trees.sh
passed=() failed=()

# step NAME COMMAND...: what could not run in there is told, and all of it when it fails.
step() {
	local name=$1 start=$SECONDS log
	log=$trees/$(tr -cs '[:lower:]' - <<<"$1").log
	shift
	if "$@" >"$log" 2>&1 </dev/null; then
		passed+=("$name") && echo "ok      $name, $((SECONDS - start)) s"
		grep -hE 'SKIP: |^parts: |Python .*: pytest$' "$log" | sed 's/^ */        /'
		return 0
	fi
	failed+=("$name") && cat "$log" && echo "FAILED  $name, $((SECONDS - start)) s"
	return 1
}

# The sources of both, fresh.
prepare() {
	local tree=$trees/$1
	tree_of "$1" && export_sources "$tree/root/osmemlock" && export_sources "$tree/home/tester/osmemlock" && chroot "$tree" chown -R tester: /home/tester
}

# Some tests need root; the part itself must not be skipped.
user_tests_in() { user_in "$1" tests/run "$2" | tee "$work/user.log" && grep -q '^parts: 1 passed, 0 failed, 0 skipped' "$work/user.log"; }

on_suite() {
	local tree=$trees/$1
	step "$1: base system and sources" prepare "$1" || return
	step "$1, root: examples/run" root_in "$tree" examples/run
	step "$1, root: tests/run" root_in "$tree" tests/run
	step "$1, user: examples/run" user_in "$tree" examples/run
	step "$1, user: tests/run dev" user_tests_in "$tree" dev
}

mkdir -p "$trees"
need python3=python3 || exit 77
work_folder suites # whatever ends this run, what runs in a tree ends with it
reason=$(can_have_trees) || { echo "SKIP: $reason" && exit 77; }
find_network
[ $# != 0 ] || set -- trixie forky
for suite in "$@"; do on_suite "$suite"; done
echo "suites: ${#passed[@]} passed, ${#failed[@]} failed"
[ ${#failed[@]} = 0 ]

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# What is run below wine, with the wine and the mingw-w64 of newer suites of Debian: `tests/run wine` and the wheel's tests, in a chroot with each.
#   tests/suites/wine.sh [SUITE ...]    sid, which has the newest, or those; testing may have none
# It takes twelve minutes on a fresh machine of two processors, and four where zig and the trees, which are kept in build, are there.
# The wheel is built out here, with CPython for Windows, and the sources of cmocka and Lua are those of this Debian.
# Exit code: 0 passed, 1 failed, 77 no chroot, or no network.
# shellcheck disable=SC2154 # `trees` is set by tests/suites/trees.sh
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/need.sh
. tests/tidy.sh
. tests/debian.sh
. tests/source.sh
. tests/zig.sh
. tests/suites/trees.sh
failed=()

share_built() { # share_built FOLDER: with the sources in FOLDER
	mkdir -p "$1/build/sources" "$1/build/wheels" && cp -r build/sources/{cmocka,lua5.4} "$1/build/sources/" &&
		cp -r build/wheels/{dist,windows} "$1/build/wheels/"
}

on_suite() {
	local tree=$trees/$1
	tree_of "$1" && chroot "$tree" apt-get -qq update && export_sources "$tree/root/osmemlock" && share_built "$tree/root/osmemlock" || return
	root_in "$tree" tests/run wine || failed+=("$1: tests/run wine")
	root_in "$tree" tests/wheels/run.sh run win_amd64 || failed+=("$1: the wheel's tests")
}

mkdir -p "$trees"
work_folder wines # whatever ends this run, what runs in a tree ends with it
reason=$(can_have_trees) || { echo "SKIP: $reason" && exit 77; }
find_network
[ $# != 0 ] || set -- sid
{
	for package in cmocka lua5.4; do
		debian_source "$package" || exit 1
	done
	have_zig
	PYTHONPATH=$PWD/build/zig tests/wheels/run.sh build win_amd64 || exit 1
	for suite in "$@"; do
		on_suite "$suite" || failed+=("$suite: base system and sources")
	done
} </dev/null
[ ${#failed[@]} = 0 ] || { printf 'failed: %s\n' "${failed[@]}" && exit 1; }

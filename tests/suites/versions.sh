#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The bindings with the languages' versions of newer suites of Debian: a part of tests/run in a chroot with each.
#   tests/suites/versions.sh [PART [SUITE ...]]    swigs on trixie and forky, or those
# Exit code: 0 passed, 1 failed, 77 no chroot, or no network.
# shellcheck disable=SC2154 # `trees` is set by tests/suites/trees.sh
set -u -o pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/need.sh
. tests/tidy.sh
. tests/debian.sh
. tests/suites/trees.sh
part=${1:-swigs} suites=("${@:2}") failed=()
[ ${#suites[@]} != 0 ] || suites=(trixie forky)

mkdir -p "$trees"
work_folder versions # whatever ends this run, what runs in a tree ends with it
reason=$(can_have_trees) || { echo "SKIP: $reason" && exit 77; }
find_network
for suite in "${suites[@]}"; do
	tree=$trees/$suite
	tree_of "$suite" && chroot "$tree" apt-get -qq update && export_sources "$tree/root/osmemlock" && root_in "$tree" tests/run "$part" || failed+=("$suite")
done </dev/null
[ ${#failed[@]} = 0 ] || { printf 'failed: %s\n' "${failed[@]}" && exit 1; }

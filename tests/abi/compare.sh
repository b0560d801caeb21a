#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# compare.sh DUMP LIBRARY HEADERS: the library's ABI is the one of the dump. LIBRARY is built with -g.
set -eu
dump=$1 library=$2 headers=$3
command -v abidiff >/dev/null || { echo "SKIP: abidiff (package abigail-tools) is not here" && exit 77; }
[ -r "$library" ] || { echo "there is no library at $library" && exit 1; }
machine=$(LC_ALL=C readelf -h "$library" | sed -n 's/ *Machine: *//p')
case $machine in
*X86-64*) ;;
*) echo "SKIP: the dump is of x86-64, this library is of $machine" && exit 77 ;;
esac

compare() { # DUMP
	abidiff --exported-interfaces-only --drop-private-types --headers-dir2 "$headers" "$1" "$library"
}

compare "$dump" || { echo "the ABI differs from $(basename "$dump"); when that is meant: update.sh" && exit 1; }

# Control: a constant that was renumbered must be seen.
. "$(dirname "${BASH_SOURCE[0]}")/../tidy.sh"
work_folder abi
changed=$work/changed
sed "s/name='OSML_INFO_LIVE_BUFFERS' value='5'/name='OSML_INFO_LIVE_BUFFERS' value='50'/" "$dump" >"$changed"
if cmp -s "$dump" "$changed" || compare "$changed" >/dev/null; then
	echo "FAILED: the control, a renumbered constant, was not found" && exit 1
fi
echo "no difference; the control was found"

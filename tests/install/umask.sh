#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# What is installed under a umask of 077 can be entered and read by everybody (audit N5). umask.sh CMAKE BUILD_DIRECTORY
set -u
. "$(dirname "${BASH_SOURCE[0]}")/../tidy.sh"
work_folder install
umask 077
failed=0

# open_to_all FOLDER: each folder below can be entered, and each file read, by others.
open_to_all() {
	local closed
	closed=$(find "$1" -mindepth 1 -type d ! -perm -755 -o -type f ! -perm -644)
	[ -z "$closed" ] && [ -n "$(find "$1" -name osmemlock.h)" ] && echo "ok    $2" && return
	failed=1
	printf 'FAIL  %s:\n%s\n' "$2" "$closed"
}

mkdir "$work/control"
[ "$(stat -c %a "$work/control")" = 700 ] || { echo "FAIL  the umask does nothing (control)" && exit 1; }
"$1" --install "$2" --prefix "$work/a/new prefix" >/dev/null || exit 1
open_to_all "$work/a" "a prefix"
DESTDIR="$work/stage" "$1" --install "$2" --prefix /usr >/dev/null || exit 1
open_to_all "$work/stage" "a DESTDIR"
exit "$failed"

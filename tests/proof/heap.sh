#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Libraries that have the locked heap as their allocator work on a secret: while they hold it no copy lies outside locked pages, and none is anywhere
# when they have freed all. The control is the same work with malloc.
# usage: heap.sh SCAN USER...
[ $# -gt 1 ] || { echo "SKIP: none of liblua5.4-dev, libcjson-dev, libsqlite3-dev and libgmp-dev is here" && exit 77; }
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh" heap "$1" "$1"
shift

# work USER HEAP HELD OUTSIDE GONE: copies while it is held, those of them in pages that are not locked, and what is left.
work() {
	local user=$1 heap=$2 what
	what="${user##*proof_user_}, $heap"
	new_seed
	start "$user" "$seed" "$heap"
	await "$what" || return
	expect "$what, held" "$3" mem "$seed" "$pid"
	expect "$what, held, outside locked pages" "$4" outside "$seed" "$pid"
	go_on
	await "$what, freed" || return
	expect "$what, freed" "$5" mem "$seed" "$pid"
	stop
	[ "$victim_status" -eq 0 ] || fail "$what: it ended with $victim_status"
}

for user in "$@"; do
	work "$user" plain some some some
	work "$user" locked some "0 0" "0 0"
done
finish

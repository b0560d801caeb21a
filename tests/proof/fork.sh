#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Searches the memory of a forked child. The control of each case is the parent, which still holds the secret.
# usage: fork.sh VICTIM SCAN
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh" fork "$1" "$2"

# child KIND HOW IN-CHILD IN-PARENT
child() {
	local kind=$1 how=$2 in_child=$3 in_parent=$4
	new_seed
	start "$victim" "$seed" "$kind" "$how"
	await "$kind, $how" || return
	expect "$kind, $how: parent (control)" "$in_parent" mem "$seed" "$victim_pid"
	expect "$kind, $how: child" "$in_child" mem "$seed" "$pid"
	[ "$kind" != keep ] || locked "$pid"
	[ "$kind" != secretmem ] || unmapped "$pid"
	stop
	if [ "$victim_status" -ne 0 ]; then
		fail "$kind, $how: the child ended with $victim_status"
	elif [ "$how" = fork ]; then
		ok "$kind, fork: the child freed what it inherited, and ended well"
	fi
}

# A child inherits no locks (mlock(2)): a copy that is kept must have been locked anew.
locked() {
	local kib
	kib=$(awk '/^VmLck:/ { print $2 }' "/proc/$1/status")
	if [ "$kib" -gt 0 ]; then
		ok "keep: the child's copy is locked, VmLck $kib kB"
	else
		fail "keep: the child has locked nothing"
	fi
}

# The scanner cannot read secretmem, so "0 found" says nothing here: the mapping itself must be absent.
unmapped() {
	if ! grep -q secretmem "/proc/$victim_pid/maps"; then
		fail "secretmem: not even the parent maps it (control)"
	elif grep -q secretmem "/proc/$1/maps"; then
		fail "secretmem: the child maps it too"
	else
		ok "secretmem: mapped in the parent, not in the child"
	fi
}

child plain fork "1 4" "1 4"
for kind in pool large guarded nofork; do
	child "$kind" fork "0 0" "1 4"
done
child keep fork "1 4" "1 4"
child secretmem fork "0 0" "0 0"
# A system call that no handler of the library hears of.
child plain raw-fork "1 4" "1 4"
for kind in pool large guarded nofork; do
	child "$kind" raw-fork "0 0" "1 4"
done
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Makes the kernel swap for real, in a cgroup of its own, and searches the swap file. Needs root.
# usage: swap.sh VICTIM SCAN
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh" swap "$1" "$2"

limit=$((24 << 20)) balloon_mib=48 swap_mib=64
zswap=/sys/module/zswap/parameters/enabled
swapfile='' cgroup=''

# zswap keeps the pages compressed in RAM, where the scan would not look: off meanwhile.
stop_zswap() {
	[ -r "$zswap" ] && [ "$(cat "$zswap")" = Y ] || return 0
	undo_later value "$zswap" Y
	echo N >"$zswap"
}

# Written in full: what swap puts into the unwritten extents of fallocate(1) reads as zeros through the file.
make_swap() {
	dd if=/dev/zero of="$work/swapfile" bs=1M count="$swap_mib" conv=fsync status=none &&
		chmod 600 "$work/swapfile" && mkswap "$work/swapfile" && swapon "$work/swapfile" && swapfile=$work/swapfile
} >"$work/log" 2>&1

new_cgroup() {
	cgroup=$1/osmemlock-proof.$$
	undo_later cgroup "$cgroup"
	mkdir "$cgroup"
}

# Sets `cgroup` and limits its memory, under either version of the controller.
make_cgroup() {
	local v1=/sys/fs/cgroup/memory v2=/sys/fs/cgroup
	if [ -e "$v1/memory.limit_in_bytes" ]; then
		new_cgroup "$v1" && echo "$limit" >"$cgroup/memory.limit_in_bytes"
	elif grep -qw memory "$v2/cgroup.subtree_control"; then
		new_cgroup "$v2" && echo "$limit" >"$cgroup/memory.max"
	else
		false
	fi
} 2>/dev/null

start_in_cgroup() {
	# shellcheck disable=SC2016 # for the inner shell, which enters the cgroup before it becomes the victim
	start bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$cgroup" "$victim" "$seed" "$1" "$balloon_mib"
}

# swapped WHAT WANTED OFFSET: how many needles of seed + OFFSET are in the swap file.
swapped() {
	expect "$1" "$2" file $((seed + $3)) "$swapfile" direct
}

# The lock is believed from the kernel: what the victim holds is 2 MiB in the large buffer and the region, and more in small ones.
locked() {
	local kib
	kib=$(awk '/^VmLck:/ { print $2 }' "/proc/$1/status")
	if [ "$kib" -gt 2048 ]; then
		ok "VmLck of the victim is $kib kB"
	else
		fail "VmLck of the victim is only $kib kB"
	fi
}

pair() {
	new_seed
	start_in_cgroup swap
	await swap || return
	sync
	swapped "plain memory (control)" some 0
	swapped "1024 small buffers of the same process" "0 0" 1
	swapped "a large buffer" "0 0" 2
	swapped "caller's memory under a region lock" "0 0" 3
	swapped "32 secretmem buffers" "0 0" 4
	locked "$pid"
	stop
}

# Locks are not inherited. What is not kept from the child is swapped out there, although its parent locked and wiped it.
forked() {
	new_seed
	start_in_cgroup swap-fork
	await swap-fork || return
	sync
	swapped "after fork, child's copy of region-locked memory (control)" some 3
	swapped "after fork, 1024 small buffers" "0 0" 1
	swapped "after fork, a large buffer" "0 0" 2
	swapped "after fork, 32 secretmem buffers" "0 0" 4
	stop
}

[ "$(id -u)" -eq 0 ] || skip_all "swap: not root"
alone
[ "$(wc -l </proc/swaps)" -eq 1 ] || skip_all "swap: other swap is active, and secrets could land there unseen"
stop_zswap || skip_all "swap: zswap cannot be switched off"
make_cgroup || skip_all "swap: there is no memory cgroup to limit"
make_swap || skip_all "swap: $(tail -n 1 "$work/log")"
pair
forked
finish

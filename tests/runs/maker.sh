#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Makes one of each thing that a test run makes, says where ("swap /path"), says "ready", and waits. A mount is made
# on the folder MOUNTED, too.
set -u
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../tidy.sh"
work_folder maker

make_swap() {
	dd if=/dev/zero of="$work/swap file" bs=1M count=1 conv=fsync status=none && chmod 600 "$work/swap file" &&
		mkswap "$work/swap file" && swapon "$work/swap file"
} >/dev/null 2>&1

make_cgroup() {
	local base=/sys/fs/cgroup
	[ ! -d "$base/memory" ] || base=$base/memory
	cgroup=$base/osmemlock-maker.$$
	undo_later cgroup "$cgroup"
	mkdir "$cgroup" && echo $BASHPID >"$cgroup/cgroup.procs"
} 2>/dev/null

make_mounts() {
	undo_later mount "$MOUNTED"
	mkdir "$work/mount" && mount -t tmpfs tmp "$work/mount" && mount -t tmpfs tmp "$MOUNTED"
} 2>/dev/null

echo "script $$"
echo "folder $work"
alone
make_cgroup && echo "cgroup $cgroup"
make_mounts && echo "mount $work/mount" && echo "mount $MOUNTED"
make_swap && echo "swap $work/swap file"
mkfifo "$work/never"
env -i tail -f /dev/null & # without the mark in its environment
echo "process $!"
setsid env tail -f /dev/null 9<&- 8<&- & # without the one that is an open file
echo "process $!"
(: <"$work/never") & # a subshell: it has the environment that this script began with
echo "process $!"
# By the program that is waited for, so that it is there to get the signal: between fork() and exec() bash may lose one.
# shellcheck disable=SC2016 # for the inner shell
sh -c 'echo ready && exec cat "$0"' "$work/never"

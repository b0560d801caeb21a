#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# To be sourced, after need.sh: trees of other suites of Debian, and commands in them.

# False, with the reason: this machine cannot enter a tree.
can_enter_trees() {
	[ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null || { echo "a chroot needs root and unshare(1)" && return 1; }
	need debootstrap=debootstrap >/dev/null || { echo "no debootstrap" && return 1; }
}

# bootstrap SUITE TREE [OPTION...]: the script of sid does for every suite, also for those that this debootstrap does not know. It mounts /proc in the
# tree, and leaves that there when it is killed: here such mounts go with it, and who removes the tree removes nothing else.
bootstrap() {
	rm -rf "$2"
	unshare --mount debootstrap --variant=minbase "${@:3}" "$1" "$2" "" sid
}

# in_tree TREE FOLDER COMMAND...: in mounts of its own, which go when the last process in there ends. FOLDER is at its own path there, but cannot
# be written; it may be empty. Processes are those of this machine, and so is /proc: since Linux 5.8 the files of another mount of it are others, and
# a lock that one swap proof has on /proc/swaps would not keep another out (tests/tidy.sh). They carry the mark of tests/tidy.sh, so that a script
# in there, which makes a mark of its own, ends with the one out here.
in_tree() {
	unshare --mount bash -ec '
		mount --bind /proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --rbind /dev "$1/dev" && mount -t tmpfs tmp "$1/tmp"
		[ -z "$2" ] || { mkdir -p "$1$2" && mount --bind "$2" "$1$2" && mount -o remount,bind,ro "$1$2"; }
		exec chroot "$1" /usr/bin/env -i OSML_TIDY="${OSML_TIDY:-}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp \
			LC_ALL=C.UTF-8 "${@:3}"
	' bash "$@"
}

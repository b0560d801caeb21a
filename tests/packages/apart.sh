#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Runs a command as root in a copy of this system, with the programs of its packages alone and without a network. What it changes there is gone
# afterwards, but for these folders. It would see a half of what need() is installing meanwhile (tests/need.sh), and has its lock.
#   tests/packages/apart.sh FOLDER... -- COMMAND...    exit code: the command's
set -eu
# shellcheck disable=SC2016 # that shell is another
exec flock --shared --no-fork /var/lib/dpkg unshare --mount --net bash -euc '
	mount -t tmpfs apart /mnt
	mkdir /mnt/{changed,work,root}
	mount -t overlay apart -o lowerdir=/,upperdir=/mnt/changed,workdir=/mnt/work /mnt/root
	shared=(/proc /sys /dev)
	until [ "$1" = -- ]; do shared+=("$1") && shift; done
	for folder in "${shared[@]}"; do mkdir -p "/mnt/root$folder" && mount --rbind "$folder" "/mnt/root$folder"; done
	exec chroot /mnt/root env PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c "cd \"\$0\" && exec \"\$@\"" "$PWD" "${@:2}"
' bash "$@"

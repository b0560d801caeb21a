#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# A debootstrap that is killed leaves no mount in its tree (tests/debian.sh). The command is a stand-in.
set -u
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
. "$here/../tidy.sh"
. "$here/../debian.sh"
work_folder bootstrap

mkdir "$work/stubs"
cat >"$work/stubs/debootstrap" <<'END'
#!/bin/bash
tree=${*: -3:1}
mkdir -p "$tree/proc" && mount -t proc proc "$tree/proc" && grep -q " $tree/proc " /proc/self/mountinfo && : >"$tree/mounted"
kill -KILL $$
END
chmod +x "$work/stubs/debootstrap"

PATH=$work/stubs:$PATH bootstrap forky "$work/tree" 2>/dev/null && echo "FAIL  it was not killed (control)" && exit 1
# Where mounts cannot be kept apart, as for a user and in a chroot, none is made.
unshare --mount true 2>/dev/null && mounted=1 || mounted=0
[ -e "$work/tree/mounted" ] && mounts=1 || mounts=0
[ $mounts = $mounted ] || { echo "FAIL  mounts that were made: $mounts, not $mounted (control)" && exit 1; }
! grep " $work/tree/" /proc/self/mountinfo || { echo "FAIL  a mount is left" && exit 1; }
echo "ok    no mount is left"

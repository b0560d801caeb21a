# SPDX-License-Identifier: MIT OR Apache-2.0
# To be sourced by run.sh: Debian's Python for arm64, below qemu-user. That knows nothing of madvise() and smaps (audit R), so the program that is run is
# the one whose answers do not depend on them.
# shellcheck shell=bash disable=SC2154 # build, root and work are run.sh's

arm64_tree() {
	need qemu-aarch64-static=qemu-user-static mmdebstrap=mmdebstrap || return 77
	[ ! -x "$build/arm64/usr/bin/python3" ] || return 0
	rm -rf "$build/arm64"
	mmdebstrap --quiet --variant=extract --architectures=arm64 --include=python3-minimal,libpython3-stdlib bookworm "$build/arm64" </dev/null 3<&- 9<&- >/dev/null ||
		{ rm -rf "$build/arm64" && echo "Debian's packages for arm64 cannot be had" && return 77; }
}

run_on_arm64() {
	step "Python for arm64" arm64_tree || return
	step "$1: it installs" install "$1" --no-deps --platform "$1" --python-version 3.11 --only-binary=:all: || return
	printf '#!/bin/sh\nexec env PYTHONPATH="%s" qemu-aarch64-static -L "%s" "%s/usr/bin/python3" "$@"\n' "$work/site" "$build/arm64" "$build/arm64" >"$work/python" &&
		chmod +x "$work/python"
	step "$1: the README's program" python3 tests/docs/programs.py "$root" python "$work/python"
}

# SPDX-License-Identifier: MIT OR Apache-2.0
# To be sourced by run.sh: Python for arm64, below qemu-user: of Debian for glibc, and for musl the one of Alpine that cx_Freeze puts into what it makes.
# qemu-user knows nothing of madvise() and smaps (audit R), so the program that is run is the one whose answers do not depend on them.
# shellcheck shell=bash disable=SC2154 # build, root and work are run.sh's

# arm64_packages FOLDER SUITE PACKAGES
arm64_packages() {
	need qemu-aarch64-static=qemu-user-static mmdebstrap=mmdebstrap || return 77
	rm -rf "$1"
	mmdebstrap --quiet --variant=extract --architectures=arm64 "--include=$3" "$2" "$1" </dev/null 3<&- 9<&- >/dev/null ||
		{ rm -rf "$1" && echo "Debian's packages for arm64 cannot be had" && return 77; }
}

arm64_tree() { [ -x "$build/arm64/usr/bin/python3" ] || arm64_packages "$build/arm64" bookworm python3-minimal,libpython3-stdlib; }

# A program that runs the script it is given. Debian 12's musl lacks preadv2(), which Alpine's Python calls; what is written in Python is Debian's.
# shellcheck disable=SC2016 # Python's
arm64_musl_tree() {
	local folder=$build/arm64-musl
	local bases=$folder/python/cx_Freeze/bases
	arm64_tree || return
	[ ! -e "$bases/lib/__startup__.py" ] || return 0
	arm64_packages "$folder" trixie musl && { [ -e "$folder/lib" ] || ln -s usr/lib "$folder/lib"; } &&
		"$build/venv/bin/python" -m pip install -q --target "$folder/python" --no-deps --platform musllinux_1_2_aarch64 --python-version 3.11 --only-binary=:all: cx_Freeze==7.2.10 &&
		cp -r "$build"/arm64/usr/lib/python3.11/* "$bases/lib/" && rm -rf "$bases/lib/lib-dynload" &&
		cat >"$bases/lib/__startup__.py" <<-'END'
			import os
			import runpy
			import sys

			sys.path[:0] = [os.environ["PYTHONPATH"], os.path.join(os.path.dirname(sys.executable), "lib-dynload")]


			def init():
			    pass


			def run():
			    del sys.argv[0]
			    runpy.run_path(sys.argv[0], run_name="__main__")
		END
}

# readme_on_arm64 PLATFORM TREE INTERPRETER
readme_on_arm64() {
	step "$1: it installs" install "$1" --no-deps --platform "$1" --python-version 3.11 --only-binary=:all: || return
	printf '#!/bin/sh\nexec env PYTHONPATH="%s" qemu-aarch64-static -L "%s" "%s" "$@"\n' "$work/site" "$2" "$3" >"$work/python" && chmod +x "$work/python"
	step "$1: the README's program" python3 tests/docs/programs.py "$root" python "$work/python"
}

run_on_arm64() {
	step "Python for arm64" arm64_tree && readme_on_arm64 "$1" "$build/arm64" "$build/arm64/usr/bin/python3"
}

run_on_arm64_musl() {
	step "Python for arm64 and musl" arm64_musl_tree &&
		readme_on_arm64 "$1" "$build/arm64-musl" "$build/arm64-musl/python/cx_Freeze/bases/console-cpython-311-aarch64-linux-musl"
}

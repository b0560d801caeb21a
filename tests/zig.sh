# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash
# To be sourced, after need.sh. have_zig: from PyPI into build/zig; by one at a time, since two parts that run at once want it.
have_zig() {
	local lock
	exec {lock}>build/zig.lock && flock "$lock"
	PYTHONPATH=build/zig python3 -m ziglang version >/dev/null 2>&1 ||
		{ need python3:pip=python3-pip && python3 -m pip install -q --target build/zig ziglang; } || echo "SKIP: ziglang of PyPI cannot be installed into build/zig"
	exec {lock}>&-
}

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Another project, in C and C++, that gets the library in one way, links the static and the shared one, and runs; and what it then installs.
# usage: run.sh find_package|pkg_config|add_subdirectory|fetch_content BUILD-FOLDER GENERATOR
set -u
kind=$1 build=$2 generator=$3
source=$(realpath "$(dirname "$0")/../..")
. "$source/tests/tidy.sh"
work_folder consume
# shellcheck disable=SC2154 # work is what work_folder made
log=$work/log

fail() {
	echo "FAILED: $kind: $*"
	[ ! -s "$log" ] || cat "$log"
	exit 1
}

skip() {
	echo "SKIP: $kind: $*"
	exit 77
}

logged() { "$@" >"$log" 2>&1 || fail "$*"; }

# The names of our files among what was installed, and nothing else's: true when there are any.
ours_in() { (cd "$1" && find . -type f -o -type l) | grep -i osm; }

# consumer ARGUMENTS: configures, builds and runs the project. FindThreads is told that libc has no threads, as those before glibc 2.34.
consumer() {
	local program
	logged cmake -S "$source/tests/consume/project" -B "$work/consumer" -G "$generator" "-DKIND=$kind" "-DSOURCE=$source" \
		-DCMAKE_HAVE_LIBC_PTHREAD=0 "$@"
	logged cmake --build "$work/consumer"
	for program in c cpp; do
		logged "$work/consumer/${program}_static"
		logged "$work/consumer/${program}_shared"
	done
}

installed() {
	logged cmake --install "$build" --prefix "$work/prefix"
	ours_in "$work/prefix" >"$log" || fail "nothing was installed"
}

# As a part of another project: that one's files are installed and none of ours, it chooses the warnings, and builds its own files by many at once.
part() {
	local commands=$work/consumer/compile_commands.json
	consumer -DCMAKE_UNITY_BUILD=ON
	logged cmake --install "$work/consumer" --prefix "$work/without"
	[ -x "$work/without/bin/c_static" ] || fail "the project's own programs were not installed"
	! ours_in "$work/without" >"$log" || fail "our files were installed"
	grep -q codec.c "$commands" || fail "the commands are not known"
	! grep -- '-W[a-z]*[ "]' "$commands" >"$log" || fail "warnings were chosen"
	logged cmake -DOSML_INSTALL=ON "$work/consumer"
	logged cmake --install "$work/consumer" --prefix "$work/with"
	ours_in "$work/with" | grep -q osmemlock.h || fail "control: OSML_INSTALL=ON installs nothing that is found"
}

pkg_config() {
	local flags static
	command -v pkg-config >/dev/null || skip "there is no pkg-config"
	installed
	PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name osmemlock.pc)")
	export PKG_CONFIG_PATH
	read -ra flags < <(pkg-config --cflags --libs osmemlock)
	read -ra static < <(pkg-config --cflags --static --libs osmemlock)
	for language in c cpp; do
		local compiler=cc
		[ $language = c ] || compiler=c++
		logged $compiler "$source/tests/consume/main.$language" "${flags[@]}" "-Wl,-rpath,$(pkg-config --variable=libdir osmemlock)" \
			-o "$work/shared"
		logged "$work/shared"
		logged $compiler "$source/tests/consume/main.$language" -static "${static[@]}" -o "$work/static"
		logged "$work/static"
	done
}

command -v c++ >/dev/null || skip "there is no C++ compiler"
case $kind in
pkg_config) pkg_config ;;
find_package) installed && consumer "-DCMAKE_PREFIX_PATH=$work/prefix" ;;
*) part ;;
esac
echo "ok    $kind"

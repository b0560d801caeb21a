# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# To be sourced by run.sh, which has `work`, `machine`, `options` and `said`: the core's tests, linked for a system that is not here. Where POSIX is
# they are all but those of tests/core/unfit.txt; for Windows they are those of tests/wine.

# The sources of Debian's packages; what cannot be had is skipped.
sources() {
	local package reason
	python_source=python$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
	for package in cmocka lua5.4 "$python_source"; do
		reason=$(debian_source "$package" 2>"$work/log") || { echo "SKIP: what needs the source of $package: $reason" && skipped=$((skipped + 1)); }
	done
}

has_source() { [ -d "build/sources/$1" ]; }

tests() { # tests TARGET SYSTEM
	has_source cmocka || return 0
	case $2 in
	Windows) ! has_source lua5.4 || windows_tests "$1" ;;
	*) posix_tests "$1" ;;
	esac
}

# cmocka_options TARGET: makes a static library of it, in $work, and adds to `options`.
cmocka_options() {
	has_source cmocka || return 0
	cmocka "$1" && options+=(-DOSML_BUILD_TESTS=ON "-DCMOCKA_INCLUDE=$PWD/build/sources/cmocka/include" "-DCMOCKA_LIBRARY=$work/libcmocka-$1.a")
}

cmocka() { # cmocka TARGET
	local source=$PWD/build/sources/cmocka has=() name
	for name in SIGNAL_H STRINGS_H INTTYPES_H STDINT_H TIME_H UNISTD_H STDLIB_H SNPRINTF VSNPRINTF STRSIGNAL; do has+=("-DHAVE_$name"); done
	"$work/cc-$1" -c -O1 -w "${has[@]}" -I"$source/include" "$source/src/cmocka.c" -o "$work/cmocka-$1.o" &&
		"$work/ar" rcs "$work/libcmocka-$1.a" "$work/cmocka-$1.o"
}

# unfit TARGET: what unfit.txt says of this system holds: not one of these tests can be compiled.
unfit() {
	local made
	! cmake --build "$work/$1" -j2 --target unfit_tests -- -k >/dev/null 2>&1 || { echo "unfit.txt: all of it can be compiled" && return 1; }
	made=$(find "$work/$1" -path '*/unfit_tests.dir/*.o' -printf '%f\n')
	[ -z "$made" ] || { echo "unfit.txt: can be compiled: $made" && return 1; }
}

# linked FOLDER: how many, into `said`
linked() {
	local count
	count=$(find "$1" -maxdepth 1 -type f \( -name 'test_*' -o -name 'core_*' \) ! -name '*.pdb' ! -name '*.lib' | wc -l)
	said=", $count tests linked"
	[ "$count" -gt 0 ]
}

posix_tests() { # posix_tests TARGET
	cmake --build "$work/$1" -j2 --target core_tests && unfit "$1" && linked "$work/$1/tests/core"
}

# Lua and its module, too, and the programs of tests/wine.
windows_tests() { # windows_tests TARGET
	local sources=$PWD/build/sources
	cmake -S tests/wine -B "$work/$1-tests" "${machine[@]}" -DCMAKE_C_FLAGS="-Werror -Wno-macro-redefined" -DOSML_WRAP_BY_NAME=ON \
		-DCMOCKA="$sources/cmocka" -DLUA="$sources/lua5.4" && cmake --build "$work/$1-tests" -j2 && [ -e "$work/$1-tests/lua/src/osmemlock.dll" ] &&
		linked "$work/$1-tests/core"
}

# control TARGET LIBRARY: what the library exports links, what it does not export does not, for that reason.
control() {
	local call=("$work/cc-$1" tests/cross/control.c "$2" -o "$work/control")
	"${call[@]}" -DCALL=osml_version || return
	! "${call[@]}" -DCALL=osml__storage_trim 2>"$work/undefined" || { echo "control: links what is not exported" && return 1; }
	grep 'undefined symbol.*osml__storage_trim' "$work/undefined"
}

#!/bin/bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Cross-builds the library with mingw-w64, static and as a DLL, and runs below wine: test_wine with each and with a low lock quota, the core's tests
# against the played Windows (played.h), an example, and the contract in Lua. The verdict is each program's last line, never an exit
# code: wine answers 0 for programs that it could not run. The sources of cmocka and Lua come from Debian, into build/sources.
# Exit: 0 all passed, 1 not, 77 something is missing. Each run makes a wine prefix of about 700 MB, removed at the end.
# shellcheck disable=SC2154 # `work` is set by tests/tidy.sh, `wine` and `wine_server` by tests/wine/prefix.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
. tests/source.sh

skip() {
	echo "SKIP: $1"
	exit 77
}

command -v x86_64-w64-mingw32-gcc >/dev/null || skip "x86_64-w64-mingw32-gcc not found (mingw-w64)"
. tests/tidy.sh
. tests/wine/prefix.sh
find_wine || skip "wine64 or its wineserver not found"
work_folder wine
make_wine_prefix || exit 1
wine_environment

passed=0 failed=0 skipped=0 missing=0 sources=()

for package in cmocka lua5.4; do
	if reason=$(debian_source "$package" 2>"$work/log"); then
		name=${package%5.4}
		sources+=("-D${name^^}=$PWD/build/sources/$package")
	else
		echo "SKIP: $reason" && missing=1
	fi
done

build() {
	cmake -S "$here" -B "$work/build" -DCMAKE_TOOLCHAIN_FILE="$here/mingw.cmake" -DCMAKE_BUILD_TYPE=Release "${sources[@]}" &&
		cmake --build "$work/build" -j2
}

# The kernel's word on the locks of process $1, in kB.
locked_kb() {
	awk '/^VmLck:/ { print $2 }' "/proc/$1/status"
}

count() { # the program's last line; anything else is a failure
	if [[ $2 =~ ^"wine: "([0-9]+)" passed, "([0-9]+)" failed, "([0-9]+)" skipped"$ ]] && [ "${BASH_REMATCH[1]}" -gt 0 ]; then
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + BASH_REMATCH[2]))
		skipped=$((skipped + BASH_REMATCH[3]))
	else
		echo "$1: FAIL it ended without a verdict"
		failed=$((failed + 1))
	fi
}

# run NAME COMMAND...: shows the output and answers its questions. It stops at the verdict, because wine's helpers keep the pipe open. The
# command must become wine by exec alone, so that the process asked for its locks is the right one.
run() {
	local name=$1 line="" pid
	shift
	mkfifo "$work/answers" "$work/output"
	"$@" <"$work/answers" >"$work/output" 2>/dev/null &
	pid=$!
	exec 3>"$work/answers" 4<"$work/output"
	while IFS= read -r -t 300 line <&4; do
		line=${line%$'\r'}
		case $line in
		"vmlck?") locked_kb "$pid" >&3 ;;
		*) echo "$name: $line" ;;
		esac
		[[ $line == "wine: "* ]] && break
	done
	exec 3>&- 4<&-
	rm "$work/answers" "$work/output"
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	count "$name" "$line"
}

# in_wine PROGRAM...: what it prints, in a file that wine's helpers may keep open, without \r. It is told its own number, to look itself up in /proc.
in_wine() {
	# shellcheck disable=SC2016 # for the shell that becomes wine
	timeout 120 bash -c 'OSML_UNIX_PID=$$ exec "$@"' - "$wine" "$@" </dev/null >"$work/output.crlf" 2>&1
	tr -d '\r' <"$work/output.crlf" >"$work/output.txt"
}

core_test() {
	local name verdict skips=0
	name=core/$(basename "$1" .exe)
	in_wine "$1"
	verdict=$(tail -n 1 "$work/output.txt")
	if [[ $verdict =~ ^"wine: "([0-9]+)" tests, 0 failed"$ ]]; then
		grep -h "^SKIP: " "$work/output.txt" >"$work/skips" && skips=$(grep -c . "$work/skips")
		[ "$skips" = 0 ] || awk -v name="$name" '/^\[ RUN/ { test = $4 } /^SKIP: / { print name ": " test ": " substr($0, 7) }' "$work/output.txt"
		echo "$name: $((BASH_REMATCH[1] - skips)) passed, $skips cannot hold here"
		passed=$((passed + BASH_REMATCH[1] - skips))
	else
		cat "$work/output.txt"
		echo "$name: FAIL $verdict"
		failed=$((failed + 1))
	fi
}

# The scenarios of tests/contract, as TAP: all are told, and those that fail are those of unfit-lua.txt.
lua_contract() {
	local line name reason told=0
	cp "$work/build/lua/src/osmemlock.dll" "$work/build/"
	cp tests/contract/lua/*.lua "$work/build/"
	(cd "$work/build" && in_wine lua.exe contract.lua)
	while IFS= read -r line; do
		[[ $line =~ ^(not )?ok\ [0-9]+\ -\ (.*)$ ]] || continue
		told=$((told + 1)) name=${BASH_REMATCH[2]}
		reason=$(sed -n "s/^$name: //p" "$here/unfit-lua.txt")
		if [ -z "${BASH_REMATCH[1]}" ]; then
			passed=$((passed + 1))
		elif [ -n "$reason" ]; then
			echo "lua: $name cannot hold here: $reason"
		else
			echo "lua: FAIL $name" && failed=$((failed + 1))
		fi
	done <"$work/output.txt"
	[ "$told" = "$(grep -c '^scenario(' tests/contract/lua/contract.lua)" ] || { echo "lua: FAIL $told scenarios told" && failed=$((failed + 1)); }
}

# example NAME LAST: its last line, when all went well. lock_region ends early: wine cannot leave pages out of a dump.
example() {
	in_wine "$work/build/$1.exe"
	if [ "$(tail -n 1 "$work/output.txt")" = "$2" ]; then
		echo "example $1: passed" && passed=$((passed + 1))
	else
		cat "$work/output.txt"
		echo "example $1: FAIL" && failed=$((failed + 1))
	fi
}

if ! build >"$work/log" 2>&1; then
	cat "$work/log"
	echo "wine: 0 passed, 1 failed, 0 skipped"
	exit 1
fi
low_quota=(prlimit --memlock=16384)
[ "$(id -u)" -eq 0 ] && low_quota=(setpriv --bounding-set -ipc_lock --inh-caps -ipc_lock "${low_quota[@]}")

"$wine_server" -p # between two programs it would end, and begin anew
run static "$wine" "$work/build/wine_static.exe"
run dll "$wine" "$work/build/wine_shared.exe"
run quota "${low_quota[@]}" "$wine" "$work/build/wine_static.exe" quota
timeout 60 python3 "$here/console.py" "$wine" "$work/build/wine_static.exe" "$work" >"$work/output.txt" 2>&1 </dev/null
sed 's/^/console: /' "$work/output.txt"
count console "$(tail -n 1 "$work/output.txt" | tr -d '\r')"
for program in "$work"/build/core/*.exe; do
	[ -e "$program" ] && core_test "$program"
done
example key_pool "after free: 0 keys"
[ ! -e "$work/build/lua.exe" ] || lua_contract
[ ! -d "$work/build/core" ] || sed 's,^test_,not built: core/test_,' "$here/unfit.txt"
"$wine_server" -k
echo "wine: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] || exit 1
[ "$passed" -gt 0 ] && [ "$missing" -eq 0 ] || exit 77

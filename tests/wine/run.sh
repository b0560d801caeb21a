#!/bin/bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Cross-builds the library with mingw-w64, static and as a DLL, and runs test_wine under wine: once for each, and once with a low lock
# quota. The verdict is the program's last line, never an exit code: wine answers 0 for programs that it could not run.
# Exit: 0 all passed, 1 not, 77 mingw or wine is missing. The first run makes a wine prefix of about 700 MB, removed at the end.
set -u
here=$(cd "$(dirname "$0")" && pwd)

skip() {
	echo "SKIP: $1"
	exit 77
}

first_of() { # the first of its arguments that is a program
	local name
	for name in "$@"; do
		command -v "$name" && return
	done
	return 1
}

command -v x86_64-w64-mingw32-gcc >/dev/null || skip "x86_64-w64-mingw32-gcc not found (mingw-w64)"
wine=$(first_of wine64 /usr/lib/wine/wine64) || skip "wine64 not found"
server=$(first_of /usr/lib/wine/wineserver64 wineserver64 wineserver) || skip "wineserver not found"

work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEARCH=win64 WINEDLLOVERRIDES="mscoree=d;mshtml=d" LC_ALL=C
unset DISPLAY WAYLAND_DISPLAY

clean() {
	if [ -d "$WINEPREFIX" ]; then
		timeout 20 "$server" -k
		timeout 20 "$server" -w
	fi
	rm -rf "$work"
}
trap clean EXIT

build() {
	cmake -S "$here" -B "$work/build" -DCMAKE_TOOLCHAIN_FILE="$here/mingw.cmake" -DCMAKE_BUILD_TYPE=Release &&
		cmake --build "$work/build" -j2
}

# The kernel's word on the locks of process $1, in kB.
locked_kb() {
	awk '/^VmLck:/ { print $2 }' "/proc/$1/status"
}

passed=0 failed=0 skipped=0

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

if ! build >"$work/log" 2>&1; then
	cat "$work/log"
	echo "wine: 0 passed, 1 failed, 0 skipped"
	exit 1
fi
low_quota=(prlimit --memlock=16384)
[ "$(id -u)" -eq 0 ] && low_quota=(setpriv --bounding-set -ipc_lock --inh-caps -ipc_lock "${low_quota[@]}")

run static "$wine" "$work/build/wine_static.exe"
run dll "$wine" "$work/build/wine_shared.exe"
run quota "${low_quota[@]}" "$wine" "$work/build/wine_static.exe" quota
echo "wine: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

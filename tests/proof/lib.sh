# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash disable=SC2034
# What the proof scripts share; sourced with the paths of the two programs: . lib.sh NAME VICTIM SCAN
# A script prints one line a case and calls `finish` last.

set -u
. "$(dirname "${BASH_SOURCE[0]}")/../tidy.sh"
name=$1 victim=$(realpath "$2") scan=$(realpath "$3")
[ -x "$victim" ] && [ -x "$scan" ] || { echo "$name: there is no program at $2 or $3" >&2 && exit 1; }
passed=0 failed=0 skipped=0
seed=$RANDOM$RANDOM$RANDOM # seeds never repeat in a run: what one case left on disk must not be found by the next
work_folder proof
victim_pid='' victim_in='' victim_out='' command=()
trap '' PIPE # a victim that ended early is a FAIL line, not the end of the script
cd "$work" || exit 1

ok() {
	passed=$((passed + 1))
	echo "ok    $*"
}

fail() {
	failed=$((failed + 1))
	echo "FAIL  $*"
	[ ! -s "$work/where" ] || sed 's/^/      /' "$work/where" | head -n 12
}

skip() {
	skipped=$((skipped + 1))
	echo "SKIP: $*"
}

finish() {
	echo "$name: $passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] || exit 1
	[ "$passed" -gt 0 ] || exit 77
	exit 0
}

skip_all() {
	skip "$@"
	finish
}

new_seed() {
	seed=$((seed + 1000))
}

# start COMMAND...: runs a victim with a pipe at either end. Its descriptor 3 is this function's own.
start() {
	mkfifo in out
	"$@" <in >out &
	victim_pid=$!
	exec {victim_in}>in {victim_out}<out
	rm in out
}

# Waits for the victim's "ready PID" and sets `pid`; `said` is the line. Not ready: one line of SKIP or FAIL, and false.
await() {
	said='' pid=''
	read -r said pid <&"$victim_out"
	[ "$said" != ready ] || return 0
	case "$said" in
	SKIP:) skip "$1: $pid" ;;
	*) fail "$1: the victim said '$said $pid'" ;;
	esac
	stop
	return 1
}

go_on() {
	echo >&"$victim_in"
}

# drop KIND STEP LIVE GONE [COMMAND...]: scans the victim before and after STEP; the first scan is the control of the second. COMMAND starts the
# victim, of which the script's command_of KIND STEP makes the array `command`.
drop() {
	local kind=$1 step=$2 live=$3 gone=$4
	shift 4
	command_of "$kind" "$step"
	start "$@" "${command[@]}"
	drop_started "$kind" "$step" "$live" "$gone"
}

drop_started() {
	local kind=$1 step=$2 live=$3 gone=$4
	await "$kind" || return
	expect "$kind, live" "$live" mem "$seed" "$pid"
	go_on
	await "$kind, $step" || return
	expect "$kind, after $step" "$gone" mem "$seed" "$pid"
	stop
	[ "$victim_status" -eq 0 ] || fail "$kind: the victim ended with $victim_status"
}

# typed STEP: the secret is typed, on a terminal that script(1) makes, once the prompt is there.
typed() {
	local keys screen
	if ! command -v script >/dev/null; then
		skip "prompt: there is no script(1)"
		return
	fi
	new_seed
	mkfifo in out keys screen
	command_of prompt "$1"
	script -qec "exec ${command[*]@Q} <in >out" /dev/null <keys >screen &
	victim_pid=$!
	exec {keys}>keys {screen}<screen {victim_in}>in {victim_out}<out
	rm in out keys screen
	read -r -d : <&"$screen"
	"$scan" put "$seed" >&"$keys"
	echo >&"$keys"
	drop_started prompt "$1" "1 4" "0 0"
	exec {keys}>&- {screen}<&-
}

# Lets the victim end by itself; `victim_status` is its exit code.
stop() {
	exec {victim_in}>&-
	wait "$victim_pid" 2>/dev/null
	victim_status=$?
	exec {victim_out}<&-
	victim_pid=''
}

# expect WHAT "FULL FRAGMENTS" SCAN-ARGUMENTS...: exactly so many. "some": at least one fragment.
expect() {
	local what=$1 wanted=$2 got
	shift 2
	: >"$work/where"
	if ! got=$("$scan" "$@" 2>"$work/where"); then
		fail "$what: the scan could not read ($*)"
		return
	fi
	local line="$what: ${got% *} copies, ${got#* } fragments"
	if [ "$wanted" = "$got" ] || { [ "$wanted" = some ] && [ "${got#* }" -gt 0 ]; }; then
		ok "$line"
	else
		fail "$line; expected $wanted"
	fi
	: >"$work/where"
}

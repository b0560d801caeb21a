# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034
# What the hosts' tests share; sourced with the host's name, its program and the folder that tests/lua/run.sh built in: . host.sh NAME PROGRAM BUILD
# Each host holds the key of a seed, answers with HMACs by it, and is asked from outside; its memory is searched by tests/proof/scan.c.

hosts=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
built=$(realpath "$3")
examples=$(realpath "$hosts/../../../examples/lua")
. "$hosts/../../proof/lib.sh" "lua $1" "$2" "$built/scan"
host=$(realpath "$2") host_pid='' port=''
"$scan" put "$seed" >"$work/key"
export OSML_HOST_KEY=$work/key

# launch COMMAND...: starts the host; what it says is shown when it does not answer.
launch() {
	"$@" >"$work/log" 2>&1 &
	host_pid=$!
}

# A port of the loopback interface that nobody listens on now. Should somebody take it meanwhile, the host says so and the test fails.
free_port() {
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
}

children() {
	cat "/proc/$1/task/"*/children
}

# answers WHAT WANTED COMMAND...: the command's output must be just that.
answers() {
	local what=$1 wanted=$2 got
	shift 2
	got=$("$@" 2>&1)
	if [ "$got" = "$wanted" ]; then
		ok "$what: $got"
	else
		cp "$work/log" "$work/where"
		fail "$what: '$got', expected '$wanted'"
		: >"$work/where"
	fi
}

# held WHAT PID "LOCKED ELSEWHERE": in how many pieces the key lies in locked pages and elsewhere. "some" elsewhere: the control, at least one.
held() {
	local what=$1 wanted=$3 got
	if ! got=$(python3 "$hosts/../locked.py" "$scan" "$seed" "$2" 2>"$work/where"); then
		fail "$what: the scan could not read"
		return
	fi
	local line="$what: ${got% *} pieces of the key in locked pages, ${got#* } elsewhere"
	if [ "$got" = "$wanted" ] || { [ "$wanted" = "${got% *} some" ] && [ "${got#* }" -gt 0 ]; }; then
		ok "$line"
	else
		fail "$line; expected $wanted"
	fi
	: >"$work/where"
}

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Searches core files: the kernel's, after SIGABRT, and those that gdb's gcore takes of a live process.
# usage: core.sh VICTIM SCAN
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh" core "$1" "$2"

aborted=134 # 128 + SIGABRT

# The kernel's core of `KIND STEP` as the file `core`, whatever core_pattern calls it. False: there is none.
dump() {
	new_seed
	rm -rf dump && mkdir dump
	exec 3< <("$scan" put "$seed")
	{
		(cd dump && exec "$victim" "$seed" "$1" "$2" </dev/null >../said)
		status=$?
	} 2>/dev/null # the shell's remark that it was aborted
	exec 3<&-
	rm -f core
	find dump -type f -exec mv {} core \;
	[ -s core ]
}

dumped() {
	local kind=$1 wanted=$2
	if dump "$kind" abort; then
		expect "kernel core, $kind" "$wanted" file "$seed" core
	elif grep -q '^SKIP:' said; then
		skip "kernel core, $kind:$(sed 's/^SKIP://' said)"
	else
		fail "kernel core, $kind: no core file; the victim said '$(cat said)'"
	fi
}

not_dumped() {
	if dump plain "$1"; then
		fail "$1: there is a core file of $(stat -c %s core) bytes"
	elif [ "$status" -ne "$aborted" ]; then
		fail "$1: the victim ended with $status and said '$(cat said)'"
	else
		ok "$1: no core file"
	fi
}

kernel_cores() {
	local pattern
	pattern=$(cat /proc/sys/kernel/core_pattern)
	case "$pattern" in
	'|'* | */* | '')
		skip "kernel cores: core_pattern '$pattern' does not put them into the current directory"
		return
		;;
	esac
	if [ "$(ulimit -Hc)" = 0 ] && [ "$(id -u)" -ne 0 ]; then
		skip "kernel cores: the hard limit is 0"
		return
	fi
	dumped plain "1 4" # the control of all that follow
	dumped region-dumpable "1 4" # locked is not undumpable
	for kind in pool large guarded guarded-none secretmem region keep used from-fd; do
		dumped "$kind" "0 0"
	done
	not_dumped abort-limited
	not_dumped abort-undumpable
}

# gcore KIND WANTED [GDB-COMMAND]
taken() {
	local kind=$1 wanted=$2 option=${3:-set confirm off}
	new_seed
	rm -f gcore
	start "$victim" "$seed" "$kind" wait
	await "gcore, $kind" || return
	gdb -q -nx -batch -p "$pid" -ex "$option" -ex "gcore gcore" >gdb.log 2>&1 </dev/null
	if [ -s gcore ]; then
		expect "gcore, $kind${3:+, $3}" "$wanted" file "$seed" gcore
	else
		skip "gcore, $kind: gdb could not ($(tail -n 1 gdb.log))"
	fi
	stop
}

gdb_cores() {
	if ! command -v gdb >/dev/null; then
		skip "gcore: there is no gdb"
		return
	fi
	taken plain "1 4"
	for kind in pool large guarded secretmem region; do
		taken "$kind" "0 0"
	done
	# MADV_DONTDUMP is a request that gdb can be told to ignore: the docs say so, and it shows that the secret was there. Secretmem resists.
	taken pool "1 4" "set dump-excluded-mappings on"
	taken secretmem "0 0" "set dump-excluded-mappings on"
}

kernel_cores
gdb_cores
finish

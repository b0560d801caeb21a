#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Refuses each system call of refused.lua once, at every position: refused.sh LUA.
set -u
lua=$1
ulimit -S -c hard # so that there are core dumps to be switched off
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
if ! strace -o "$work/trace" true 2>"$work/said"; then
	echo "SKIP: strace cannot trace here: $(head -n 1 "$work/said")"
	exit 77
fi
printf 73657361 >"$work/secret"
runs=0 failed=0 skipped=0

# positions CALL: "FIRST LAST", which calls of that name lie between the marks of refused.lua, counted from the start of the program.
# The threads and children of the program are not followed, so they neither count nor suffer.
positions() {
	strace -o "$work/trace" -e trace="$1,openat" "$lua" "$here/refused.lua" "$work/secret" >"$work/said" 2>&1 || return 1
	awk -v call="$1" '
		/osml-begin/ { first = n + (call == "openat") + 1 }
		/osml-end/ { last = n }
		index($0, call "(") == 1 { n++ }
		END { print first, last }' "$work/trace"
}

# Whether libc makes random bytes without the kernel (vdso(7); Linux 6.11 with glibc 2.41, audit N1). The program itself shows it: it then maps
# pages of the type MAP_DROPPABLE, 8, which nothing else asks for.
random_by_vdso() {
	strace -X raw -o "$work/trace" -e trace=mmap "$lua" "$here/refused.lua" "$work/secret" >"$work/said" 2>&1 &&
		grep -qE '^mmap\(([^,]*, ){3}0x[0-9a-f]*8, ' "$work/trace"
}

# refuse CALL ERROR
refuse() {
	local call=$1 error=$2 first='' last='' n rc
	read -r first last < <(positions "$call")
	if [ "$call" = getrandom ] && [ -n "$first" ] && [ "$first" -gt "$last" ] && random_by_vdso; then
		echo "SKIP: $call with $error: the vDSO answers it, so that there is no system call to refuse"
		skipped=$((skipped + 1))
		return
	fi
	if [ -z "$first" ] || [ "$first" -gt "$last" ]; then
		echo "FAIL  $call: it is never called, or fails without a refusal: $(cat "$work/said")"
		failed=$((failed + 1))
		return
	fi
	for ((n = first; n <= last; n++)); do
		strace -o "$work/trace" -e trace="$call" -e inject="$call:error=$error:when=$n" "$lua" "$here/refused.lua" "$work/secret" >"$work/said" 2>&1
		rc=$?
		runs=$((runs + 1))
		if ! grep -q INJECTED "$work/trace"; then
			echo "FAIL  $call number $n: nothing was refused"
			failed=$((failed + 1))
		elif [ $rc != 0 ]; then
			echo "FAIL  $call number $n with $error: $rc: $(tail -n 3 "$work/said")"
			failed=$((failed + 1))
		fi
	done
	echo "ok    $call with $error: refused at $((last - first + 1)) positions"
}

refuse mlock ENOMEM
refuse mlock EPERM
refuse mlock EAGAIN
refuse mmap ENOMEM
refuse madvise EINVAL
refuse mprotect ENOMEM
refuse getrandom ENOSYS
refuse getrandom EINTR
refuse getrandom EIO
refuse prlimit64 EPERM
refuse openat EMFILE
refuse read EIO
refuse read EINTR
echo "refused, $lua: $runs runs, $failed failed, $skipped skipped"
[ $runs -gt 0 ] && [ $failed = 0 ]

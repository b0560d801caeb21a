#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Searches the memory of a live process for copies of a secret: as many as there should be while it is held, none after it was released.
# usage: residue.sh VICTIM SCAN
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh" residue "$1" "$2"

command_of() { command=("$victim" "$seed" "$1" "$2"); }

memory() {
	new_seed
	drop "$@"
}

# source KIND FORM LIVE GONE: the secret comes in on descriptor 3.
source_fd() {
	new_seed
	exec 3< <("$scan" put "$seed" "$2")
	drop "$1" free "$3" "$4"
	exec 3<&-
}

source_file() {
	new_seed
	"$scan" put "$seed" "$2" >secret
	drop "$1" free "$3" "$4" env "CREDENTIALS_DIRECTORY=$work"
	rm -f secret
}

# encoded FORM: that the text is gone once it is decoded; as long as it is not, the scan finds it.
encoded() {
	local form=$1 live=$2
	new_seed
	exec 3< <("$scan" put "$seed" "$form")
	start "$victim" "$seed" "from-fd-$form-text" wait
	await "$form text" || return
	expect "$form text in a buffer (control)" "$live" mem "$seed" "$pid" "$form"
	stop
	new_seed
	exec 3< <("$scan" put "$seed" "$form")
	start "$victim" "$seed" "decode-$form" wait
	await "$form text" || return
	expect "$form text after it was decoded in place" "0 0" mem "$seed" "$pid" "$form"
	expect "the secret that it means" "1 4" mem "$seed" "$pid"
	stop
	exec 3<&-
}

# The environment block that exec() made stands on the stack, and the kernel shows it in /proc/PID/environ.
environment() {
	local kind=$1 live=$2
	new_seed
	start "$scan" env "$seed" OSML_PROOF_SECRET "$victim" "$seed" "$kind" free
	await "$kind" || return
	expect "$kind, live" "1 4" mem "$seed" "$pid"
	expect "$kind, /proc/PID/environ" "$live" file "$seed" "/proc/$pid/environ"
	go_on
	await "$kind, free" || return
	expect "$kind, after free" "$live" mem "$seed" "$pid"
	stop
}

refused() {
	local kind=$1
	new_seed
	"$scan" put "$seed" >secret
	start "$victim" "$seed" "$kind" wait 3<secret
	await "$kind" || return
	expect "$kind, refused (control: plain-read)" "0 0" mem "$seed" "$pid"
	stop
	rm -f secret
}

# Controls first: careless programs, in which the secret must be found after it was released.
memory plain free "1 4" some
source_fd plain-read "" "1 4" some
environment plain-env "1 4"

for kind in pool large guarded guarded-none nofork keep; do
	memory "$kind" free "1 4" "0 0"
done
memory region free "1 4" "1 4" # a region never writes to the memory of its owner
memory secretmem free "0 0" "0 0" # unreadable even while it is alive; the victim has read its secret back before it said ready
memory used free "1 4" "0 0"
for step in close close-pinned exit; do
	memory pool "$step" "1 4" "0 0"
	memory large "$step" "1 4" "0 0"
	memory guarded "$step" "1 4" "0 0"
done

source_fd from-fd "" "1 4" "0 0"
source_fd from-fd-guarded "" "1 4" "0 0"
source_fd from-fd-long long "2 8" "0 0"
source_file from-file "" "1 4" "0 0"
source_file from-file-long long "2 8" "0 0"
source_file from-credential "" "1 4" "0 0"
typed free
source_fd decode-hex hex "1 4" "0 0"
source_fd decode-base64 base64 "1 4" "0 0"
encoded hex "1 8"
encoded base64 "1 5"
environment from-env "0 0"
refused too-big-fd
refused too-big-file
finish

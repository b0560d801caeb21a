#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Searches the memory of a process of one language for copies of a secret while a buffer holds it and after close, as docs/bindings.md tells
# ("Copies, counted"): residue.sh LANGUAGE MODULES SCAN KEPT [LENT]. KEPT: what a table of the language's own keeps of its environment, as "FULL
# FRAGMENTS". LENT: what is there inside the scope of a scoped use, all of it locked: "1 4" is the buffer alone. The victim is tests/swig/<language>/residue.*, which its language.sh starts.
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")") language=$1 modules=$(realpath "$2") kept=$4 lent=${5:-}
. "$here/../proof/lib.sh" "$language residue" "$here/victim.sh" "$3"
export LD_BIND_NOW=1 # else the resolver spills vector registers

# The victims obey the commands of tests/proof/matrix/c/commands.c, and of their own `lend` and `copy`.
go_on() { echo "${1:-release}" >&"$victim_in"; }

command_of() { command=("$victim" "$language" "$modules" "$1"); }

# What stands in a table besides the buffer is there before and after.
with_buffer=$((${kept% *} + 1)) fragments=$((${kept#* } + 4))

new_seed
exec 3< <("$scan" put "$seed")
drop from-fd release "1 4" "0 0"
exec 3<&-
new_seed
drop from-env release "$with_buffer $fragments" "$kept" "$scan" env "$seed" OSML_PROOF_SECRET

# A key used where it lies: an HMAC by the language's own crypto in the scope, where there is nothing outside locked memory, nor after it. Of
# what read() copied there is: the control.
used() {
	new_seed
	exec 3< <("$scan" put "$seed")
	command_of from-fd
	start "${command[@]}"
	exec 3<&-
	await used || return
	go_on lend
	await "used, in the scope" || return
	expect "used, in the scope" "$lent" mem "$seed" "$pid"
	expect "used, in the scope, outside locked memory" "0 0" outside "$seed" "$pid"
	go_on leave
	await "used, after the scope" || return
	expect "used, after the scope" "1 4" mem "$seed" "$pid"
	expect "used, after the scope, outside locked memory" "0 0" outside "$seed" "$pid"
	go_on copy
	await "used, read" || return
	expect "read (control), outside locked memory" some outside "$seed" "$pid"
	stop
	[ "$victim_status" -eq 0 ] || fail "used: the victim ended with $victim_status"
}
[ -z "$lent" ] || used
finish

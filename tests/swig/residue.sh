#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Searches the memory of a process of one language for copies of a secret while a buffer holds it and after close, as docs/bindings.md tells
# ("Copies, counted"): residue.sh LANGUAGE MODULES SCAN KEPT. KEPT: what a table of the language's own keeps of its environment, as "FULL
# FRAGMENTS". The victim is tests/swig/<language>/residue.*, which its language.sh starts.
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")") language=$1 modules=$(realpath "$2") kept=$4
. "$here/../proof/lib.sh" "$language residue" "$here/victim.sh" "$3"
export LD_BIND_NOW=1 # else the resolver spills vector registers

command_of() { command=("$victim" "$language" "$modules" "$1"); }

# What stands in a table besides the buffer is there before and after.
with_buffer=$((${kept% *} + 1)) fragments=$((${kept#* } + 4))

new_seed
exec 3< <("$scan" put "$seed")
drop from-fd close "1 4" "0 0"
exec 3<&-
new_seed
drop from-env close "$with_buffer $fragments" "$kept" "$scan" env "$seed" OSML_PROOF_SECRET
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Searches the memory of a Lua process for copies of a secret, for each source, before and after it was given back: residue.sh BUILD LUA.
# The interpreter is started with LD_BIND_NOW=1: Debian's are bound lazily, and the resolver spills vector registers (ecosystem.md fact 6).
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")") built=$(realpath "$1") lua=$2
. "$here/../proof/lib.sh" "lua residue, $(basename "$lua")" "$(command -v "$lua")" "$built/scan"
export LD_BIND_NOW=1

command_of() { command=("$victim" "$here/residue.lua" "$1" "$2"); }

# The secret comes in on descriptor 3, from a pipe.
piped() {
	local form=$1
	shift
	new_seed
	exec 3< <("$scan" put "$seed" "$form")
	drop "$@"
	exec 3<&-
}

filed() {
	new_seed
	"$scan" put "$seed" >secret
	{ echo line && "$scan" put "$seed"; } >line-and-secret
	CREDENTIALS_DIRECTORY=$work drop "$@"
	rm -f secret line-and-secret
}

environment() {
	new_seed
	drop "$@" "$scan" env "$seed" OSML_PROOF_SECRET
}

# Controls first: what must be found after it was given back.
filed io-read collect some some
filed io-read exit some some
environment getenv collect some some

for step in close collect with-error exit exit-close; do
	piped "" from-fd "$step" "1 4" "0 0"
done
if "$victim" -e 'os.exit((loadstring or load)("local x <close> = nil") and 0 or 1)'; then
	piped "" from-fd close-error "1 4" "0 0"
	piped "" from-fd exit-abandoned "1 4" "0 0"
fi
piped "" from-fd-guarded close "1 4" "0 0"
piped "" used close "1 4" "0 0"
piped hex decode-hex close "1 4" "0 0"
piped base64 decode-base64 close "1 4" "0 0"
for kind in from-file from-credential from-fd-handle from-fd-handle-half; do
	filed "$kind" close "1 4" "0 0"
done
filed from-file state "1 4" "0 0"
filed too-big close "0 0" "0 0"
environment from-env close "1 4" "0 0"
typed close

# From Lua 5.5 on the string lies in locked memory and is wiped; before, the leak is what the manual says.
if "$victim" -e 'os.exit(_VERSION >= "Lua 5.5" and 0 or 1)'; then
	piped "" expose collect "1 4" "0 0"
else
	piped "" expose collect some some
fi
finish

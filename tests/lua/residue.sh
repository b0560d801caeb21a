#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Searches the memory of a Lua process for copies of a secret, for each source, before and after it was released: residue.sh BUILD LUA.
# The interpreter is started with LD_BIND_NOW=1: Debian's are bound lazily, and the resolver spills vector registers (E6).
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")") built=$(realpath "$1") lua=$2
. "$here/../proof/lib.sh" "lua residue, $(basename "$lua")" "$(command -v "$lua")" "$built/scan"
export LD_BIND_NOW=1 OSML_EXAMPLES=$here/../../examples/lua

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

# Controls first: what must be found after it was released.
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

# heap KIND OUTSIDE GONE: copies outside locked memory while the strings live, and what is left of them.
heap() {
	local kind=$1
	new_seed
	"$scan" put "$seed" >secret
	command_of "$kind" collect
	start "${command[@]}"
	await "$kind" || return
	expect "$kind, live" some mem "$seed" "$pid"
	expect "$kind, live, outside locked memory" "$2" outside "$seed" "$pid"
	go_on
	await "$kind, collected" || return
	expect "$kind, collected" "$3" mem "$seed" "$pid"
	stop
	rm -f secret
}

if "$victim" -e 'os.exit(jit and 1 or 0)'; then
	heap careless some some
	heap locked-heap "0 0" "0 0"
fi

# cryptography KIND: 0 outside locked memory once it is done, and nothing after the close.
cryptography() {
	new_seed
	exec 3< <("$scan" put "$seed")
	command_of "$1" close
	start "${command[@]}"
	exec 3<&-
	await "$1" || return
	expect "$1, done" some mem "$seed" "$pid"
	expect "$1, done, outside locked memory" "0 0" outside "$seed" "$pid"
	go_on
	await "$1, closed" || return
	expect "$1, closed" "0 0" mem "$seed" "$pid"
	stop
}

# What libcrypto leaves on the stack depends on the processor: the second time it has no AVX-512, the third no AVX2 either.
for capabilities in :~0 :~0xc0230000 :~0xc0230020; do
	export OPENSSL_ia32cap=$capabilities
	for kind in hmac derive aes-gcm chacha20-poly1305 sign file; do
		cryptography "crypto-$kind"
	done
done
unset OPENSSL_ia32cap

# From Lua 5.5 on the string lies in locked memory and is wiped; before, the leak is what the manual says.
if "$victim" -e 'os.exit(_VERSION >= "Lua 5.5" and 0 or 1)'; then
	piped "" expose collect "1 4" "0 0"
else
	piped "" expose collect some some
fi
finish

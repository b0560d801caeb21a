#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The services of examples/embed, which have an interpreter inside, answer requests: no copy of the secret lies outside locked pages, as it stands nor in
# base64, while they answer and afterwards. The control is the same service with the interpreter's own heap.
# usage: embed.sh SCAN HOST...
[ $# -gt 1 ] || { echo "SKIP: neither liblua5.4-dev nor python3-dev is here" && exit 77; }
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
mapfile -t hosts < <(realpath "${@:2}")
. "$here/lib.sh" embed "$1" "$1"
scripts=$here/../../examples/embed

ask() { python3 "$scripts/ask.py" socket "$1"; }

answers() {
	local what=$1 wanted=$2 got
	got=$(ask "$3")
	if [ "$got" = "$wanted" ]; then ok "$what"; else fail "$what: it said '$got'"; fi
}

# The user's name has two letters, so that the base64 of the secret in "me:SECRET" is that of the secret alone.
serve() {
	local host=$1 kind=$2 outside=$3 language what
	language=$(basename "$host" _host)
	what="$language, $kind heap"
	new_seed
	mkdir -p credentials
	{ printf 'here.example you word\nthere.example me ' && "$scan" put "$seed" && echo; } >credentials/accounts
	[ "$kind" = locked ] || export PLAIN_HEAP=1
	CREDENTIALS_DIRECTORY=$PWD/credentials start "$host" "$scripts/handler.$([ "$language" = lua ] && echo lua || echo py)" socket
	unset PLAIN_HEAP
	await "$what" || return
	answers "$what: an account" "Authorization: Basic $(printf 'me:%s' "$("$scan" put "$seed")" | base64 -w 0)" there.example
	answers "$what: another" "Authorization: Basic eW91OndvcmQ=" here.example
	answers "$what: none" "nothing is known of nowhere" nowhere
	for _ in 1 2 3; do ask there.example >/dev/null; done
	expect "$what, answering" some mem "$seed" "$pid"
	expect "$what, outside locked pages" "$outside" outside "$seed" "$pid"
	expect "$what, base64 outside locked pages" "$outside" outside "$seed" "$pid" base64
	kill "$pid"
	stop
	if [ "$victim_status" -eq 0 ] && [ ! -e socket ]; then ok "$what: ended"; else fail "$what: it ended with $victim_status"; fi
}

for host in "${hosts[@]}"; do
	serve "$host" plain some
	serve "$host" locked "0 0"
done
finish

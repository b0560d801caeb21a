#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# nginx with a key loaded before its workers fork: nginx.sh BUILD. The packages lie unpacked in BUILD/nginx (tests/lua/run.sh says why).
packages=$(realpath "$1")/nginx
export LD_LIBRARY_PATH=$packages/usr/lib/x86_64-linux-gnu:$packages/lib/x86_64-linux-gnu
. "$(dirname "${BASH_SOURCE[0]}")/host.sh" nginx "$packages/usr/sbin/nginx" "$1"

free_port
sed "s|@PACKAGES@|$packages|g; s|@HOSTS@|$hosts|; s|@EXAMPLES@|$examples|; s|@MODULES@|$built/lua5.1|; s|@PORT@|$port|" "$hosts/nginx.conf" >nginx.conf
launch "$host" -p "$work" -c nginx.conf -e stderr

ask() { python3 "$hosts/ask.py" "$port" "$@" | sed 's/[0-9]* //2'; }

answers "a request with the right MAC, to a worker" "200 welcome forked" ask /door "$work/key"
answers "a request without" "200 stranger forked" ask /door
answers "signatures, version 4" "right right right right right right right right" python3 "$hosts/sign.py" sigv4 "$port" "$work/key"
held "master, two keys and a third copy that is not for the workers" "$host_pid" "12 0"
workers=$(children "$host_pid")
for worker in $workers; do
	held "worker, two keys" "$worker" "8 0"
done
chmod 711 . && chmod 644 key # the workers run as another user
careless=$(python3 "$hosts/ask.py" "$port" /careless)
held "worker after the careless request (control)" "${careless#200 }" "8 some"
finish

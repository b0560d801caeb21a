#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# HAProxy with a key in its Lua action: haproxy.sh BUILD. Master and worker, as Debian's service runs it (-W).
. "$(dirname "${BASH_SOURCE[0]}")/host.sh" haproxy "$(command -v haproxy)" "$1"

free_port
export OSML_HOST_MODULES=$built/lua5.3 OSML_HOST_LUA=$hosts/haproxy.lua OSML_HOST_PORT=$port
export OSML_HOST_EXAMPLES=$examples SIGNING_KEY=$OSML_HOST_KEY
launch "$host" -W -f "$hosts/haproxy.cfg"

answers "a request with the right MAC" "200 welcome" python3 "$hosts/ask.py" "$port" /door "$work/key"
answers "a request without" "403 stranger" python3 "$hosts/ask.py" "$port" /door
answers "webhooks: a right one, and three that are not" "signed unsigned unsigned unsigned" python3 "$hosts/sign.py" webhook "$port" "$work/key"
answers "tokens: a right one, and six that are not" "signed unsigned unsigned unsigned unsigned unsigned unsigned" \
	python3 "$hosts/sign.py" token "$port" "$work/key"
worker=$(children "$host_pid" | tr -d ' ')
for _ in 1 2 3 4 5 6 7 8; do
	python3 "$hosts/ask.py" "$port" /again "$work/key" >/dev/null
done
held "worker, two Lua states with two keys each" "$worker" "16 0"
held "master" "$host_pid" "0 0"
answers "the careless action" "200 welcome" python3 "$hosts/ask.py" "$port" /careless "$work/key"
held "worker after the careless action (control)" "$worker" "16 some"
finish

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Neovim without a screen, with a key in its Lua: nvim.sh BUILD. It is asked over a named pipe (:help --remote-expr).
. "$(dirname "${BASH_SOURCE[0]}")/host.sh" nvim "$(command -v nvim)" "$1"

export OSML_HOST_MODULES=$built/lua5.1 HOME=$work
launch "$host" --headless --clean -n --listen "$work/pipe" --cmd "luafile $hosts/nvim.lua"

ask() { "$host" --headless --clean --server "$work/pipe" --remote-expr "luaeval('$1')" 2>&1; }
until [ -S "$work/pipe" ] || ! kill -0 "$host_pid" 2>/dev/null; do :; done

mac=$(python3 -c 'import hmac, sys; print(hmac.new(open(sys.argv[1], "rb").read(), b"message", "sha256").hexdigest())' "$work/key")
answers "an HMAC" "$mac" ask 'host.mac("message")'
held "the editor" "$host_pid" "4 0"
answers "close" 0 ask 'host.close()'
held "after close" "$host_pid" "0 0"
answers "the careless function" 64 ask 'host.careless()'
held "after the careless function (control)" "$host_pid" "0 some"
finish

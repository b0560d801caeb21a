# SPDX-License-Identifier: MIT OR Apache-2.0
# Lua 5.4: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(lua5.4=lua5.4 /usr/include/lua5.4/lua.h=liblua5.4-dev)

contract() { LUA_CPATH="$modules/?.so" python3 tests/contract/check.py "swig-$1" lua5.4 tests/contract/swig-lua/contract.lua; }
own() {
	cc -shared -fPIC -O2 -I/usr/include/lua5.4 tests/lua/helper.c -o "$modules/helper.so" &&
		LUA_CPATH="$modules/?.so" lua5.4 tests/swig/lua/test_safety.lua
}
victim() { LUA_CPATH="$modules/?.so" lua5.4 tests/swig/lua/residue.lua "$1"; }
examples() { LUA_CPATH="$modules/?.so" examples/swig/run.sh examples/swig/lua lua lua5.4; }
bench() { LUA_CPATH="$modules/?.so" lua5.4 tests/bench/swig/lua.lua; }

# SPDX-License-Identifier: MIT OR Apache-2.0
# To be sourced by run.sh: the Lua module on a Lua for musl, of Debian's source.
# shellcheck shell=bash disable=SC2034,SC2154 # base, kernel and skipped are run.sh's

build_lua() {
	local lua=build/sources/lua5.4/src
	mapfile -t files < <(printf '%s\n' $lua/*.c | grep -v /luac.c)
	musl-gcc -O1 -w -DLUA_USE_LINUX -Wl,-E "${kernel[@]}" "${files[@]}" -o "$base/lua5.4" -lm &&
		cmake -S . -B "$base/lua" -G Ninja -DCMAKE_C_COMPILER=musl-gcc "-DCMAKE_C_FLAGS=-Werror ${kernel[*]}" -DCMAKE_BUILD_TYPE=Release -DOSML_BUILD_TESTS=OFF \
			-DOSML_BUILD_EXAMPLES=OFF -DOSML_BUILD_LUA=ON "-DOSML_LUA_INCLUDE_DIRS=$PWD/$lua" && cmake --build "$base/lua" &&
		musl-gcc -O1 -Wall -Wextra -Werror -fPIC -shared "${kernel[@]}" -isystem $lua -Ilua tests/lua/helper.c -o "$base/lua/lua/src/helper.so"
}

on_lua() { LUA_PATH="$PWD/tests/lua/?.lua;;" LUA_CPATH="$base/lua/lua/src/?.so" OSML_LUA=$base/lua5.4 "$@"; }

lua_tests() {
	local reason lua=$base/lua5.4
	reason=$(debian_source lua5.4 2>"$base/log") || { echo "SKIP: the Lua module: $reason" && skipped=1 && return; }
	expect 0 "Lua and its module are built" build_lua
	expect 0 "Lua: smoke" on_lua "$lua" tests/lua/smoke.lua
	expect 0 "Lua: the collector" on_lua "$lua" tests/lua/collector.lua
	expect 0 "Lua: contract" on_lua python3 tests/contract/check.py lua "$lua" tests/contract/lua/contract.lua
	expect 0 "Lua: the README's program" on_lua python3 tests/docs/programs.py . lua "$lua"
}

# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash disable=SC2154 # `work` and `compiler` are run.sh's
# To be sourced by run.sh: Lua 5.4, of Debian's source, and the module, which tell the contract of all languages on a machine.
lua_source=build/sources/lua5.4/src

# lua_header COMPILER: the one that Debian's package makes for each architecture, in $work/COMPILER
lua_header() { echo "#define DEB_HOST_MULTIARCH \"$1\"" >"$work/$1/lua5.4-deb-multiarch.h"; }

# interpreter COMPILER: in $work/COMPILER
interpreter() {
	local files
	mapfile -t files < <(printf '%s\n' $lua_source/*.c | grep -v /luac.c)
	"$1-gcc" -O1 -w -DLUA_USE_LINUX -Wl,-E -s "-I$work/$1" "${files[@]}" -o "$work/$1/lua" -lm
}

# lua_into ROOT: what a guest needs of it. What the contract asks getconf(1) is a number that busybox does not tell.
lua_into() {
	mkdir "$1/lua" && cp "$work/$compiler/lua" "$work/$compiler/build/lua/src/osmemlock.so" tests/contract/lua/*.lua "$1/lua"
}

# SPDX-License-Identifier: MIT OR Apache-2.0
# The rocks: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2153
packages=(lua5.4=lua5.4 /usr/include/lua5.4/lua.h=liblua5.4-dev /usr/include/openssl/hmac.h=libssl-dev luarocks=luarocks make=make nm=binutils unzip=unzip)

# What require() looks for goes out of the modules, and no other name can be taken by another library's.
names() { nm -D --defined-only "rocks/lib/lua/5.4/$1" | cut -d ' ' -f 3 | paste -s -d ' '; }
# nowhere ROCK: by hand, without a folder.
nowhere() {
	rm -rf sources && mkdir sources && unzip -q "$1" -d sources && tar xf sources/*.tar.gz -C sources &&
		! make -C sources/*/ -o osmemlock.so -o crypto.so install LIBDIR= 2>refusal && grep 'where to?' refusal
}

check() {
	for rock in "$PACKAGES"/lua/*.src.rock; do nowhere "$rock" || return 1; done
	for spec in "$PACKAGES"/lua/*.rockspec; do luarocks lint "$spec" || return 1; done
	[ "$(names osmemlock.so)" = "luaopen_osmemlock luaopen_osmemlock_ffi" ] &&
		[ "$(names osmemlock/crypto.so)" = luaopen_osmemlock_crypto ]
}

twice() { luarocks --lua-version 5.4 --tree rocks install "$PACKAGES"/lua/osmemlock-[0-9]*.src.rock CFLAGS="-O0 -std=c99 -fPIC"; }
contract() { python3 "$SOURCE/tests/contract/check.py" lua lua5.4 "$SOURCE/tests/contract/lua/contract.lua"; }

poor() { luarocks --lua-version 5.4 --tree rocks install "$PACKAGES"/lua/osmemlock-[0-9]*.src.rock LUA_INCDIR=/usr/include/lua5.4; }

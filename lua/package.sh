# SPDX-License-Identifier: MIT OR Apache-2.0
# The rocks, released versions beside the scm ones: to be sourced by bindings/package.sh. They are built by make, because luarocks' own builder knows
# no flags: it would export all names of the core, and bind its calls late.
# shellcheck shell=bash disable=SC2154

# rock NAME MAKEFILE: what is in $work/NAME-VERSION, as a rock.
rock() {
	local dist=$work/$1-$version packed=$work/rock-$1
	cp LICENSE-MIT LICENSE-APACHE lua/osmemlock_lua.h "$dist"
	cp "$2" "$dist/Makefile"
	cp docs/bindings/lua.md "$dist/README.md"
	filled "lua/package/$1.rockspec" "$packed"
	mv "$packed/$1.rockspec" "$packed/$1-$version-1.rockspec"
	cp "$packed/$1-$version-1.rockspec" "$out"
	archive "$dist" "$packed/$1-$version.tar.gz"
	python3 bindings/zipped.py "$packed" "$out/$1-$version-1.src.rock" "$SOURCE_DATE_EPOCH"
}

# flat FROM TO PREFIX: one folder has no folder above.
flat() {
	local file
	mkdir -p "$2"
	for file in "$1"/*.c; do sed 's|^#include "\.\./|#include "|' "$file" >"$2/$3$(basename "$file")"; done
	cp "$1"/*.h "$2"
}

core_into "$work/osmemlock-$version"
flat lua/src "$work/osmemlock-$version" lua_
cp -r lua/meta "$work/osmemlock-$version"
rock osmemlock lua/package/Makefile
flat lua/crypto "$work/osmemlock-crypto-$version" ""
rock osmemlock-crypto lua/package/crypto.mk

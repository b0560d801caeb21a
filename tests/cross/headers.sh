# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash
# To be sourced: an interpreter's headers will do for every system whose types have the same sizes. Debian keeps the part that depends on the machine
# apart.

# python_headers PYTHON FOLDER
python_headers() {
	local from version multiarch
	from=$("$1" -c 'import sysconfig; print(sysconfig.get_path("include"))')
	version=${from##*/} multiarch=$(gcc -print-multiarch)
	rm -rf "$2" && cp -rL "$from" "$2" || return 1
	[ ! -e "/usr/include/$multiarch/$version/pyconfig.h" ] || cp "/usr/include/$multiarch/$version/pyconfig.h" "$2/"
}

# lua_headers FOLDER: of Lua 5.4
lua_headers() {
	rm -rf "$1" && cp -rL /usr/include/lua5.4 "$1" || return 1
	cp "/usr/include/$(gcc -print-multiarch)/lua5.4-deb-multiarch.h" "$1/" 2>/dev/null || true
}

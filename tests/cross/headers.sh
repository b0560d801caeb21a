# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash disable=SC2154 # run.sh has `work`, `zig` and `python_source`
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

# windows_extension TARGET: what the extension for Windows needs, from Debian's source of Python: the headers with the configuration for Windows, and an
# import library of the stable ABI. Adds to `options` and `wanted`.
windows_extension() {
	local source=build/sources/$python_source headers=$work/python-windows kind=arm64
	[ "${1%%-*}" != x86 ] || kind=i386
	has_source "$python_source" || return 0
	rm -rf "$headers" && cp -r "$source/Include" "$headers" && cp "$source"/PC/pyconfig.h* "$headers/pyconfig.h" || return
	{
		printf 'LIBRARY python3.dll\nEXPORTS\n'
		sed -nE 's/^EXPORT_FUNC\((\w+)\).*/\1/p; s/^EXPORT_DATA\((\w+)\).*/\1 DATA/p' "$source/PC/python3dll.c"
	} >"$work/python3.def"
	$zig dlltool -m $kind -d "$work/python3.def" -l "$work/python3-$kind.lib" || return
	options+=(-DOSML_BUILD_PYTHON=ON "-DOSML_PYTHON_INCLUDE_DIR=$headers" "-DOSML_PYTHON_LIBRARY=$work/python3-$kind.lib") && wanted+=(_core)
}

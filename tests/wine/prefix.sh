# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# To be sourced. `work` is the folder of tests/tidy.sh, and the prefix lies in it.

# Sets `wine` and `wine_server`, programs that are wine's own or become them by exec; false where one is missing.
find_wine() {
	wine=$(first_program wine64 /usr/lib/wine/wine64) &&
		wine_server=$(first_program /usr/lib/wine/wineserver64 "/usr/lib/$(uname -m)-linux-gnu/wine/wineserver" wineserver64 wineserver)
}

first_program() {
	local name
	for name in "$@"; do
		command -v "$name" && return
	done
	return 1
}

# Without TMPDIR: Debian's wine 10 passes what getenv() returns for it to free(), and aborts.
wine_environment() {
	export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEARCH=win64 WINEDLLOVERRIDES="mscoree=d;mshtml=d" LC_ALL=C.UTF-8 # for the names of files
	unset DISPLAY WAYLAND_DISPLAY TMPDIR
}

# The server of a prefix, a daemon, has its socket outside of it: in /tmp/.wine-UID, or, with Debian's patch, in /run/user/UID if that is there, and
# else in a folder of /tmp that a file of the prefix names. That file has this mode, or else wine takes another name.
make_wine_prefix() {
	local server name
	mkdir "$work/prefix" || return
	server=server-$(stat -c %D "$work/prefix")-$(printf %x "$(stat -c %i "$work/prefix")") name=wine-$(basename "$work")
	undo_later folder "/tmp/.wine-$(id -u)/$server"
	undo_later folder "/run/user/$(id -u)/wine/$server"
	undo_later folder "/tmp/$name"
	printf %s "$name" >"$work/prefix/wineserver" && chmod 400 "$work/prefix/wineserver"
}

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# To be sourced: installs what a script needs where this is Debian and we are root (or sudo asks nothing), and says elsewhere what to type.

# apt-get catches SIGINT and ends as if it had failed; without a trap bash would then go on.
trap 'exit 130' INT

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

can_install() { command -v apt-get >/dev/null && as_root true 2>/dev/null; }

# Without the marks of tests/tidy.sh: a dpkg that is killed with its run leaves packages half installed. One at a time: apt-get waits for the lock of
# dpkg, but not for that of its lists.
apt() { OSML_TIDY='' as_root env DEBIAN_FRONTEND=noninteractive flock --no-fork /var/lib/dpkg apt-get -o DPkg::Lock::Timeout=300 -qq "$@" </dev/null 9<&-; }

apt_update() { [ -n "${apt_updated:-}" ] || { apt update && apt_updated=1; }; }

# need WHAT=PACKAGE ...: installs the packages of what is not here; false, and a line that says what to type, when something is still missing.
# WHAT is a command, a file (perhaps a pattern), a module of Python ("python3:ensurepip"), or several of these of which one will do ("ninja|make").
# The packages are also noted in the file OSML_MISSING, if that is set.
need() {
	local missing=() packages=()
	absent "$@"
	[ ${#missing[@]} != 0 ] || return 0
	if can_install; then
		echo "installing: ${packages[*]}"
		apt_update && apt install -y --no-install-recommends "${packages[@]}" >/dev/null
		absent "$@"
		[ ${#missing[@]} != 0 ] || return 0
	fi
	echo "missing: ${missing[*]}. $(to_install "${packages[@]}")"
	[ -z "${OSML_MISSING:-}" ] || printf '%s\n' "${packages[@]}" >>"$OSML_MISSING"
	return 1
}

# absent WHAT=PACKAGE ...: sets `missing` and `packages`.
absent() {
	local pair
	missing=() packages=()
	for pair in "$@"; do
		have "${pair%=*}" || { missing+=("${pair%=*}") && packages+=("${pair##*=}"); }
	done
}

to_install() { echo "To install on Debian or Ubuntu, as root: apt-get install --no-install-recommends $*"; }

have() {
	local one several
	IFS='|' read -ra several <<<"$1"
	for one in "${several[@]}"; do
		case $one in
		/*) ! compgen -G "$one" >/dev/null || return 0 ;;
		python3:*) ! python3 -c "import ${one#*:}" 2>/dev/null || return 0 ;;
		*) ! command -v "$one" >/dev/null || return 0 ;;
		esac
	done
	return 1
}

# What the tests lock at most: the limit that Linux sets since 5.16. It is tried, since the capability that lifts the limit is of no use to root of
# a container.
lockable_kib=8192
can_lock() {
	python3 -c "import ctypes, mmap
m = mmap.mmap(-1, $lockable_kib * 1024)
raise SystemExit(ctypes.CDLL(None).mlock(ctypes.byref(ctypes.c_char.from_buffer(m)), ctypes.c_size_t(len(m))))" 2>/dev/null
}

# Raises the soft limit for what follows, or says what to type, and is false.
need_locks() {
	can_lock && return
	ulimit -S -l "$lockable_kib" 2>/dev/null && can_lock && return
	echo "missing: the tests lock up to $lockable_kib KiB of memory, and the limit is $(ulimit -l) KiB. To raise it, as root: ulimit -l $lockable_kib" \
		"(for good: * - memlock $lockable_kib in /etc/security/limits.conf); for docker or podman: --ulimit memlock=$((lockable_kib * 1024))"
	return 1
}

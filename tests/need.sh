#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# To be sourced: installs what a test needs where this is Debian and we are root (or sudo asks nothing), and names it elsewhere.

apt() {
	local sudo=
	[ "$(id -u)" = 0 ] || sudo="sudo -n"
	command -v apt-get >/dev/null || return 1
	[ -n "${apt_updated:-}" ] || { $sudo apt-get -o DPkg::Lock::Timeout=300 update -qq && apt_updated=1; } || return 1
	DEBIAN_FRONTEND=noninteractive $sudo apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$@" >/dev/null
}

# need COMMAND-OR-FILE=PACKAGE ...: installs the packages whose command or file is not here; false when one is still missing.
need() {
	local pair what missing=() packages=()
	for pair in "$@"; do
		what=${pair%%=*}
		have "$what" || packages+=("${pair#*=}")
	done
	[ ${#packages[@]} = 0 ] || { echo "installing: ${packages[*]}" && apt "${packages[@]}"; }
	for pair in "$@"; do
		have "${pair%%=*}" || missing+=("${pair%%=*} (Debian: ${pair#*=})")
	done
	[ ${#missing[@]} = 0 ] && return 0
	printf 'missing: %s\n' "${missing[*]}"
	return 1
}

have() {
	case $1 in
	/*) compgen -G "$1" >/dev/null ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash
# To be sourced, after ../need.sh and ../debian.sh: trees of Debian's suites that start with nothing but the base system, with our sources in them.
# They are kept in build/suites, with the packages that were installed in them; delete it to begin anew.
trees=$PWD/build/suites

# False, with the reason: there can be no trees.
can_have_trees() {
	can_enter_trees || return
	# As debootstrap(8) fetches.
	wget --quiet --spider http://deb.debian.org/debian/dists/trixie/InRelease || { echo "no network to deb.debian.org, from where the suites come" && return 1; }
}

# What the network of this machine asks for: a proxy, certificates of its own.
network=()
find_network() {
	local name bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt} inside=/etc/certificates.crt
	for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_DEFAULT_TIMEOUT; do
		[ -z "${!name:-}" ] || network+=("$name=${!name}")
	done
	[ ! -f "$bundle" ] || network+=("PIP_CERT=$inside" "REQUESTS_CA_BUNDLE=$inside" "NODE_EXTRA_CA_CERTS=$inside")
}

share_network() {
	local bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
	cp -L /etc/resolv.conf /etc/hosts "$1/etc/" &&
		apt-config dump | grep -E '^Acquire::(http|https|Check|Retries)' >"$1/etc/apt/apt.conf.d/90network"
	[ ! -f "$bundle" ] || cp -L "$bundle" "$1/etc/certificates.crt"
}

# tree_of SUITE: has a name of its own until it is whole, for an interrupted run.
tree_of() {
	[ -d "$trees/$1" ] || { bootstrap "$1" "$trees/$1.part" && chroot "$trees/$1.part" useradd --create-home tester && mv "$trees/$1.part" "$trees/$1"; } &&
		share_network "$trees/$1"
}

# export_sources FOLDER: as they are, without what is ignored and what was built.
export_sources() {
	rm -rf "$1" && mkdir -p "$1" || return 1
	if git ls-files >/dev/null 2>&1; then
		git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from=- --ignore-failed-read
	else
		tar --create --exclude=./build --exclude=./.git .
	fi | tar --extract --directory "$1" --no-same-owner
	[ -x "$1/tests/run" ]
}

# root_in TREE COMMAND..., user_in TREE COMMAND...: in the sources there. For root a part or test that is skipped is a failure. The swap proof
# needs a file system that can hold swap, which the tmpfs of /tmp cannot.
root_in() { in_tree "$1" "" env "${network[@]}" TMPDIR=/var/tmp HOME=/root CI=true sh -c 'cd && cd osmemlock && exec "$@"' sh "${@:2}"; }
user_in() { in_tree "$1" "" env "${network[@]}" runuser -u tester -- env HOME=/home/tester sh -c 'cd && cd osmemlock && exec "$@"' sh "${@:2}"; }

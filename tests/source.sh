# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash
# To be sourced. debian_source PACKAGE: the source of a Debian package, patches applied, in build/sources/PACKAGE; it is fetched once, from the
# mirror that apt uses here, and by one at a time: two parts may run at once. False, with the reason on a line, when it cannot be had.
debian_source() { mkdir -p build/sources && (flock 6 && fetch_source "$1") 6>build/sources/.lock; }

fetch_source() {
	local folder=$PWD/build/sources apt
	[ ! -d "$folder/$1" ] || return 0
	apt=(apt-get -qq -o "Dir::State::lists=$folder/lists" -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::Cache=$folder/cache" -o APT::Sandbox::User=root)
	mkdir -p "$folder/lists/partial" "$folder/cache" "$folder/part"
	if [ ! -s "$folder/sources.list" ]; then
		# shellcheck disable=SC2016 # apt-get replaces these
		apt-get indextargets --format 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(SITE) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' \
			'Component: main' | grep -v -e -updates -e -security -e -backports | sort -u >"$folder/sources.list"
		"${apt[@]}" update </dev/null >&2 || rm -f "$folder/sources.list"
	fi
	if ! (cd "$folder/part" && "${apt[@]}" source "$1" </dev/null >&2) || ! mv "$folder/part/$1"-*/ "$folder/$1"; then
		echo "the source of $1 cannot be fetched with apt-get"
		return 1
	fi
}

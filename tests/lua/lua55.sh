#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Lua 5.5 for Debian releases that have none: builds the source package of a newer suite below FOLDER. lua55.sh FOLDER
# Afterwards there are FOLDER/bin/lua5.5 and FOLDER/include/lua5.5. Exit code 77: no suite has it.
set -eu
mkdir -p "$1"
cd "$1"
[ ! -x bin/lua5.5 ] || exit 0

# An apt of its own, for the mirror that this machine uses: its list of packages is left alone, and the archive's signatures are checked all
# the same.
mkdir -p apt/lists/partial apt/archives/partial
apt-get indextargets --format "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \$(SITE) testing main" |
	head -n 1 >apt/sources.list
own=(-o "Dir::Etc::SourceList=$PWD/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State=$PWD/apt" -o "Dir::Cache=$PWD/apt"
	-o Dir::State::status=/var/lib/dpkg/status)
if ! command -v apt-get >/dev/null || ! apt-get "${own[@]}" update -qq || ! apt-cache "${own[@]}" showsrc lua5.5 2>/dev/null | grep -q '^Package: lua5.5$'; then
	echo "SKIP: Lua 5.5: no source package of it within reach"
	exit 77
fi
# Mirrors may lack the .dsc; the sources of upstream are enough, and apt has compared them with the signed list.
apt-get "${own[@]}" source -qq --download-only lua5.5 || [ -e "$(echo lua5.5_*.orig.tar.gz)" ]
mkdir -p source
tar xzf lua5.5_*.orig.tar.gz -C source --strip-components 1
make -s -C source linux >/dev/null
make -s -C source install INSTALL_TOP="$PWD" INSTALL_INC="$PWD/include/lua5.5" >/dev/null
mv bin/lua bin/lua5.5

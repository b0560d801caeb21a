#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# CPython for musl, with those of its modules that the tests need, of Debian's sources: FOLDER/python/python, which runs where it is built. Five minutes
# on two processors; once, for each version of the sources and of this script.
# usage: python.sh FOLDER
# Exit code: 0 there it is, 1 it could not be built, 77 what it needs cannot be had, with the reason as the last line.
set -u
mkdir -p "$1"
folder=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 1
. tests/need.sh
. tests/source.sh
sources=$PWD/build/sources
packages=(zlib bzip2 xz-utils libffi openssl python3.11)
unset PYTHONPATH PYTHONHOME

# musl-gcc calls itself a compiler for glibc, by which CPython would look for the libraries of that; and it knows nothing of the kernel's headers.
# shellcheck disable=SC2016 # the compiler's shell replaces these
compiler() {
	mkdir -p "$folder/include" "$folder/lib" && ln -s /usr/include/linux /usr/include/asm-generic "/usr/include/$(gcc -print-multiarch)/asm" "$folder/include/" &&
		printf '#!/bin/sh\ncase $1 in -print-multiarch | --print-multiarch) exec echo "%s" ;; esac\nexec musl-gcc "$@" -idirafter "%s"\n' \
			"$(uname -m)-linux-musl" "$folder/include" >"$folder/cc" && chmod +x "$folder/cc"
}

# archive PACKAGE NAME.a FILE...: those of a library without a configuration.
archive() {
	(mkdir "$folder/$1" && cd "$folder/$1" && "$folder/cc" -c -O1 -fPIC -w -DHAVE_UNISTD_H -DHAVE_STDARG_H "${@:3}" && ar rcs "$folder/lib/$2" ./*.o) &&
		cp "$sources/$1"/*.h "$folder/include/"
}

# configured PACKAGE OPTION...: a library that is installed with its headers.
configured() {
	mkdir "$folder/$1" && (cd "$folder/$1" && "$sources/$1/configure" -q --prefix="$folder" --disable-shared --with-pic "CC=$folder/cc" "CFLAGS=-O1 -w" "${@:2}" &&
		make -s -j2 install)
}

# Without old ciphers, engines and legacy protocols, of which the tests ask nothing.
openssl() {
	local without=(shared tests engine dso legacy module async cms cmp ct dtls srp ts ec2m gost {aria,bf,camellia,cast,idea,md4,mdc2,ocb,rc2,rc4} rmd160
		seed siv sm2 sm3 sm4 whirlpool)
	mkdir "$folder/openssl" && (cd "$folder/openssl" && "$sources/openssl/Configure" "linux-$(uname -m)" "${without[@]/#/no-}" "CC=$folder/cc" "CFLAGS=-O1 -w -fPIC" &&
		make -s -j2 build_libs && mv ./*.a "$folder/lib/") && cp -r "$sources/openssl/include/openssl" "$folder/openssl/include/openssl" "$folder/include/"
}

libraries() {
	archive zlib libz.a "$sources"/zlib/*.c &&
		archive bzip2 libbz2.a "$sources"/bzip2/{blocksort,huffman,crctable,randtable,compress,decompress,bzlib}.c &&
		configured xz-utils --disable-{xz,xzdec,lzmadec,lzmainfo,scripts,doc,nls,threads} && configured libffi --disable-{docs,multi-os-directory} && openssl
}

# The line of Debian's source for pyexpat lacks what it takes. What is disabled would be looked for among the libraries of glibc, or takes long.
# shellcheck disable=SC2016 # make replaces these
expat='pyexpat pyexpat.c -DPy_BUILD_CORE_MODULE $(EXPAT_CFLAGS) $(EXPAT_LDFLAGS)'
disabled=(_codecs_{cn,hk,iso2022,jp,kr,tw} _multibytecodec _crypt _ctypes_test _curses _curses_panel _dbm _elementtree _gdbm _lsprof _sqlite3
	_test{buffer,clinic,importmultiple,internalcapi,multiphase} _tkinter _uuid _xxtestfuzz audioop nis ossaudiodev readline spwd syslog
	xxlimited xxlimited_35)

python() {
	mkdir "$folder/python" && cd "$folder/python" && "$sources/python3.11/configure" -q --prefix="$folder/none" --without-ensurepip "--with-openssl=$folder" \
		"CC=$folder/cc" "CFLAGS=-O1 -w" "CPPFLAGS=-I$folder/include" "LDFLAGS=-L$folder/lib" PKG_CONFIG=false &&
		{ grep -vE "^($(IFS='|' && echo "${disabled[*]}")|pyexpat) " Modules/Setup.stdlib && printf '%s\n' "$expat" '*disabled*' "${disabled[@]}"; } >Modules/Setup.local &&
		make -s -j2 python oldsharedmods sharedmods && ./python -c 'import _testcapi, bz2, ctypes, lzma, pyexpat, ssl, zlib'
}

need make=make gcc=gcc musl-gcc=musl-tools /usr/include/linux/mman.h=linux-libc-dev dpkg-source=dpkg-dev /usr/share/perl/*/FindBin.pm=perl || exit 77
for package in "${packages[@]}"; do
	reason=$(debian_source "$package") || { echo "$reason" && exit 77; }
done
key=$(cksum tests/musl/python.sh && cd "$sources" && head -q -n 1 "${packages[@]/%//debian/changelog}")
[ "$key" != "$(cat "$folder/whole" 2>/dev/null)" ] || exit 0
rm -rf "${folder:?}"/* && compiler && libraries && (python) && echo "$key" >"$folder/whole" || exit 1

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Makes what the package managers of the languages install, into build/packages/<language>/.
#   bindings/package.sh [LANGUAGE ...]    all, or those that have a package.sh: swig/lang/<language>/, python/, lua/, packaging/<system>/
# SWIG runs here, and not where a package is installed ($SWIG: the one to take). The source packages have the C core inside, and want a C compiler
# and no CMake; the others are built for this machine. The same sources make the same archives: their times are those of the last commit.
# $OSML_HOME is where the project is published: what Go calls the module, and the home page that others ask for.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."
packages=$PWD/build/packages swig=${SWIG:-swig}
home=${OSML_HOME:-example.org/osmemlock}
number=$(sed -n 's/^#define OSML_VERSION_[A-Z]* \([0-9]\)/\1/p' core/include/osmemlock.h | paste -s -d .)
label=$(sed -n 's/^#define OSML_VERSION_LABEL "\(.*\)"/\1/p' core/include/osmemlock.h)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 1767225600)}
export SOURCE_DATE_EPOCH LC_ALL=C

# core_into FOLDER: the core for Linux, flat, because several managers compile one folder and know no other. Whatever the flags, its names stay
# inside the module, so that no other library's come before them, and a thread's cache is found as core/CMakeLists.txt has it. Some
# managers define _GNU_SOURCE for all; and where the user's flags have -std=c99, say, only what is asked for is declared.
core_into() {
	local source
	mkdir -p "$1"
	for source in $(grep -o 'core/src/[^"]*\.c' lua/osmemlock-scm-1.rockspec); do
		sed -e '1a #ifndef _DEFAULT_SOURCE\n#define _DEFAULT_SOURCE\n#endif' -e 's|^#include "\.\./|#include "|' \
			-e 's|^#define _GNU_SOURCE|#undef _GNU_SOURCE\n&|' "$source" >"$1/osml_$(basename "$source")"
	done
	for source in core/src/*.h $(find core/src/os -name "*.h" ! -name "*windows.h"); do
		sed 's|defined(OSML_STATIC_TLS)|defined(__GLIBC__)|' "$source" >"$1/$(basename "$source")"
	done
	sed 's|visibility("default")|visibility("hidden")|' core/include/osmemlock.h >"$1/osmemlock.h"
	cat "$1"/osml_*.c | sed -n 's/^#include "\(.*\)"$/\1/p' | sort -u | while read -r source; do
		[ -e "$1/$source" ] || { echo "the package would lack $source" >&2 && exit 1; }
	done
	grep -q 'defined(__GLIBC__)' "$1/cache.h" && grep -q 'visibility("hidden")' "$1/osmemlock.h"
	cp bindings/error.def "$1"
}

# sources_into FOLDER: the repository, without what was built and what is for one host of it alone.
sources_into() {
	mkdir -p "$1"
	{ git ls-files -zco --exclude-standard 2>/dev/null || find . \( -name build -o -name .git -o -name __pycache__ \) -prune -o -type f -print0; } |
		xargs -0 cp --parents -t "$1"
	rm -rf "$1/.ci" "$1/.github"
}

# generate LANGUAGE FOLDER FLAG...: what SWIG makes.
generate() {
	mkdir -p "$2"
	"$swig" "${@:3}" -Wall -Werror -DSWIGWORDSIZE64 -outdir "$2" -o "$2/osmemlock_$1.c" "swig/lang/$1.i"
}

# native LANGUAGE CMAKE-OPTION...: builds the module for this machine, into $built/LANGUAGE.
built=$packages/parts/native/swig
native() {
	cmake -S . -B "${built%/*}" -G Ninja -DCMAKE_BUILD_TYPE=Release -DOSML_BUILD_TESTS=OFF -DOSML_BUILD_EXAMPLES=OFF -DOSML_INSTALL=OFF \
		-DOSML_BUILD_SWIG=ON -DOSML_SWIG_LANGUAGES="$1" -DSWIG_EXECUTABLE="$(command -v "$swig")" "${@:2}" >"$work/log" 2>&1 &&
		cmake --build "${built%/*}" --parallel "${OSML_JOBS:-$(nproc)}" >>"$work/log" 2>&1 && return 0
	cat "$work/log"
	return 1
}

# native_into FOLDER MACHINE FILE: the module without its symbols, under the language's name of the machine; and beside it those that were built on
# other machines, and copied here into build/packages/natives.
native_into() {
	local kept=$packages/natives/$language
	mkdir -p "$kept/$2" "$1"
	strip --strip-unneeded -o "$kept/$2/$(basename "$3")" "$3"
	cp -r "$kept/." "$1"
}

# filled FILE FOLDER: puts a file there, with the version and the home page in it.
filled() {
	mkdir -p "$2"
	sed -e "s|@VERSION@|$version|g" -e "s|@HOME@|$home|g" "$1" >"$2/$(basename "$1")"
}

# archive FOLDER FILE.tar.gz: the folder, as one that unpacks into a folder of its name.
archive() {
	tar -C "$(dirname "$1")" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r,go-w -cf - "$(basename "$1")" |
		gzip -9n >"$2"
}

# version_for LANGUAGE: a release candidate as its package manager orders it before the release. Perl, R and Tcl order numbers alone: there it has the
# release's, and CPAN tells it by the archive's name.
version_for() {
	local word=${label#-}
	case $1 in
	python | lua) echo "$number$word" ;;
	ruby) echo "$number${word:+.$word}" ;;
	php) echo "$number${word^^}" ;;
	debian) echo "$number${word:+~$word}" ;;
	perl | r | tcl) echo "$number" ;;
	*) echo "$number$label" ;;
	esac
}

script_of() {
	case $1 in
	python | lua) echo "$1/package.sh" ;;
	conan | debian) echo "packaging/$1/package.sh" ;;
	*) echo "swig/lang/$1/package.sh" ;;
	esac
}

every_language() {
	local script
	for script in {python,lua}/package.sh {swig/lang,packaging}/*/package.sh; do [ ! -f "$script" ] || basename "$(dirname "$script")"; done
}

[ $# != 0 ] || mapfile -t all < <(every_language)
for language in "${@:-${all[@]}}"; do
	[ -f "$(script_of "$language")" ] || { echo "no package for this language: $language" >&2 && exit 1; }
	work=$packages/parts/$language
	out=$packages/$language
	version=$(version_for "$language")
	rm -rf "$work" "$out" && mkdir -p "$work" "$out"
	# A package.sh works in $work, from the top of the repository, and leaves its archives in $out.
	# shellcheck source=/dev/null
	(set -eu && source "$(script_of "$language")")
done

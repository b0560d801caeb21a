#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# A new user's way: installs the library into a folder of its own, and does there what docs/packaging.md says, word by word.
#   tests/swig/installed.sh              every language that the document shows
#   tests/swig/installed.sh LANGUAGE...  those (as in swig/CMakeLists.txt); lua-module is the one of lua/, and python-package that of python/
# How a document becomes a script: tests/docs/fences.sh. What the last program prints must be the fence "text": the common one, and after it
# that of the language's own part. A language with a page below docs/bindings/ has its programs there. Exit code: 0 passed, 1 failed, 77 something was skipped.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
source tests/need.sh
source tests/docs/fences.sh
document=$PWD/docs/packaging.md
work=$PWD/build/installed
export SOURCE=$PWD PREFIX=$work/prefix LC_ALL=C

declare -A heading=([python-package]=Python [lua-module]=Lua [python]="Python again" [lua]="Lua again" [java]=Java [perl]=Perl [ruby]=Ruby
	[tcl]=Tcl [php]=PHP [go]=Go [csharp]="C#" [r]=R [node]=Node.js)
order=(python-package lua-module python lua java perl ruby tcl php go csharp r node)

# script HEADING: the fences of that part of the document as one shell script. What a language's own page has, are the files alone.
script() { steps "file sh" "$document" "$1"; }

page() {
	case $1 in
	python | lua) ;; # SWIG's, for comparison
	python-package) echo docs/bindings/python.md ;;
	lua-module) echo docs/bindings/lua.md ;;
	*) echo "docs/bindings/$1.md" ;;
	esac
}

shown() { [ -n "$(script "${heading[$1]}")" ]; }

# needs LANGUAGE: its packages are those of its tests.
# shellcheck disable=SC2034,SC1090
needs() {
	local packages=() swig=system bench='' cmake_options=() root=$SOURCE build=$work modules=$work
	case $1 in
	python-package) packages=('/usr/include/python3*/Python.h=python3-dev') ;;
	lua-module) packages=(lua5.4=lua5.4 /usr/include/lua5.4/lua.h=liblua5.4-dev luarocks=luarocks) ;;
	*) source "tests/swig/$1/language.sh" ;;
	esac
	need pkg-config=pkg-config "${packages[@]}"
}

# follow LANGUAGE: what the document says, in an empty folder.
follow() (
	local folder=$work/$1 part=${heading[$1]} common="Build one" expected
	[[ $1 != *-* ]] || common=$part
	needs "$1" || exit 77
	rm -rf "$folder" && mkdir -p "$folder" && cd "$folder" || exit 1
	{
		echo set -eu
		[ "$common" = "$part" ] || script "$common"
		[ -z "$(page "$1")" ] || steps file "$SOURCE/$(page "$1")"
		script "$part"
	} >commands
	expected=$(told "$document" "$common" && [ "$common" = "$part" ] || told "$document" "$part")
	follow_script commands "$expected"
)

languages=("$@")
if [ $# = 0 ]; then
	for language in "${order[@]}"; do shown "$language" && languages+=("$language"); done
fi
need cmake=cmake ninja=ninja-build gcc=gcc swig=swig python3=python3 || { echo "SKIP: the tools are missing" && exit 77; }
mkdir -p "$work" && cd "$work" && rm -rf "$PREFIX" || exit 1
script "Install the library" >commands
bash -eu commands >output 2>&1 || { cat output && echo "failed: the installation" && exit 1; }
cd "$SOURCE" || exit 1
passed=() failed=() skipped=()
for language in "${languages[@]}"; do
	shown "$language" || { echo "$language is not in the document" && exit 1; }
	follow "$language"
	case $? in
	0) passed+=("$language") && echo "ok    $language" ;;
	77) skipped+=("$language") && echo "SKIP: $language: what it needs cannot be installed" ;;
	*) failed+=("$language") && echo "FAIL  $language" ;;
	esac
done
echo "installed: ${#passed[@]} passed, ${#failed[@]} failed, ${#skipped[@]} skipped"
[ ${#failed[@]} = 0 ] || exit 1
[ ${#skipped[@]} = 0 ] || exit 77

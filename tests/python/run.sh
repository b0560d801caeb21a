#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The Python package, as a user gets it: sdist, wheel from the sdist, the wheel's checks, the tests on the installed wheel.
#   tests/python/run.sh        on one interpreter, with all checks of the wheel, the types and the style
#   tests/python/run.sh all    and the same wheel on every CPython >= 3.11: this machine's, the newest one of Debian in a chroot, and a free-threaded
#                              one that is built from Debian's source (all of them are kept in build/python). Those of Debian 13 and testing
#                              are left to tests/suites/run.sh.
# Exit code: 0 passed, 1 failed, 77 something was skipped. What could not run says "SKIP: " and the reason.
# shellcheck disable=SC2154 # `work` is set by tests/tidy.sh
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/need.sh
. tests/tidy.sh
. tests/debian.sh
root=$PWD
. tests/python/interpreters.sh
build=$root/build/python
most_wheel=$((120 * 1024))
failures=() skipped=()
unset PYTHONPATH PYTHONHOME

skip() { skipped+=("$*") && echo "SKIP: $*"; }

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

venv() { rm -rf "$2" && "$1" -m venv "$2"; }
# groups VENV PACKAGE|--group NAME...: wheels only, so that pip takes an older version rather than to compile a test tool where an interpreter is
# too new or too odd for it.
groups() {
	local pip=("$1/bin/python" -m pip install -q)
	(cd "$root" && "${pip[@]}" --upgrade 'pip>=25.1' && "${pip[@]}" --only-binary=:all: "${@:2}")
}
index_is_reached() { "$build/venv/bin/python" -m pip download -q --retries 1 --no-deps --dest "$work" pip >/dev/null 2>&1; }

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

# tests_on NAME PYTHON OPTION...
tests_on() {
	step "$1: pytest" pytest "$2" "${@:3}"
	step "$1: contract" contract "$2"
	step "$1: the README's program" outside python3 "$root/tests/docs/programs.py" "$root" python "$2"
}

# Without the plugin it must not pass.
with_plugin() { outside "$@" --config-file "$root/tests/python/typed.ini" && ! outside "$@" --config-file "$root/pyproject.toml"; }

check_sources() {
	local bin=$build/venv/bin ours=("$root/python" "$root/examples/python" "$root/tests/python" "$root/tests/contract/python")
	step "stubtest" outside "$bin/python" -m mypy.stubtest --mypy-config-file "$root/pyproject.toml" \
		--allowlist "$root/tests/python/stubtest.allow" --ignore-unused-allowlist osmemlock
	step "mypy --strict" outside "$bin/mypy" --config-file "$root/pyproject.toml" --strict -p osmemlock
	step "mypy --strict, the examples" outside "$bin/mypy" --config-file "$root/pyproject.toml" --strict "$root/examples/python"
	step "mypy --strict, other libraries" outside "$bin/mypy" --config-file "$root/pyproject.toml" --strict "$root/tests/python/typed.py"
	step "mypy --strict, with the plugin" with_plugin "$bin/mypy" --strict "$root/tests/python/typed_plugin.py"
	step "pyright --verifytypes" outside env PATH="$bin:$PATH" pyright --verifytypes osmemlock --ignoreexternal
	step "ruff" "$bin/ruff" check --no-cache "${ours[@]}"
}

headers='/usr/include/python3*/Python.h'
first_interpreter() { python=$(interpreters | head -n 1 | cut -d' ' -f2) && [ -n "$python" ]; }

prepare() {
	local wanted=(cc=gcc /usr/include/stdio.h=libc6-dev)
	first_interpreter || wanted+=(python3=python3 python3:ensurepip=python3-venv "$headers=python3-dev")
	need "${wanted[@]}" || return 77
	first_interpreter || { echo "SKIP: no CPython 3.11 or later with its headers, venv and ensurepip" && return 77; }
	mkdir -p "$build"
	work_folder python
	step "a virtual environment of $python" venv "$python" "$build/venv" || return 1
	index_is_reached || { echo "SKIP: no network to PyPI, from where what builds and tests the package is installed" && return 77; }
	step "the checkers" groups "$build/venv" build --group test --group clients --group servers --group check
}

prepare || exit $?
step "sdist, and the wheel from it" build_wheel || exit 1
check_wheel
step "the wheel installs" "$build/venv/bin/python" -m pip install -q --no-deps --force-reinstall "$wheel" || exit 1
tests_on "$("$python" -V)" "$build/venv/bin/python"
step "the manual page" outside "$build/venv/bin/python" "$root/tests/python/manual.py"
check_sources
if [ "${1:-}" = all ]; then
	every_interpreter
fi
[ ${#failures[@]} = 0 ] || { printf 'failed: %s\n' "${failures[@]}" && exit 1; }
[ ${#skipped[@]} = 0 ] || { printf 'skipped: %s\n' "${skipped[@]}" && exit 77; }
echo "python: all passed"

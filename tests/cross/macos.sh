# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash
# To be sourced: compiles for macOS with zig's headers, and links with clang and lld, because zig's own linker makes no bundles and ignores lists of
# exported symbols.

# macos_stub ZIG FOLDER: what zig knows of libSystem, without the names of processors that lld may not know yet, and with arm64, of which arm64e is a
# variant. ZIG is the command.
macos_stub() {
	local known
	known=$($1 env | sed -nE 's/.*lib_dir"?[ :=]*"(.*)".*/\1/p')/libc/darwin/libSystem.tbd
	sed -E 's/,? *arm64e\.x1-[a-z]+//g; s/arm64e-macos/arm64-macos, arm64e-macos/g' "$known" >"$2/libSystem.tbd"
}

# macos_compiler PROGRAM ZIG TARGET STUB: ZIG is the command, TARGET such as aarch64-macos.11.0, STUB the folder of macos_stub.
macos_compiler() {
	cat >"$1" <<-END
		#!/bin/sh
		for word; do
			case \$word in
			-bundle | -dynamiclib) exec clang --target=${3%%-*}-apple-${3#*-} -fuse-ld=lld -L"$4" "\$@" ;;
			esac
		done
		exec $2 cc -target $3 "\$@"
	END
	sed -i 's/-apple-macos\./-apple-macos/' "$1" && chmod +x "$1"
}

# macos_exports FILE: the names that it exports.
macos_exports() { llvm-objdump --macho --exports-trie "$1" | sed -n 's/^0x[0-9A-F]* *_//p'; }

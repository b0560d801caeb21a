# SPDX-License-Identifier: MIT OR Apache-2.0
# shellcheck shell=bash disable=SC2154
# To be sourced by run.sh: what can be said of wheels for macOS where nothing runs them.

# Only what the interpreter looks for is exported, for each processor, and what is not the interpreter's comes from the system's library.
macos_holds() {
	local module exported elsewhere
	(cd "$work" && rm -rf unpacked && "$build/venv/bin/wheel" unpack -d unpacked "$(wheel_of "$1")" >/dev/null) || return 1
	module=$(compgen -G "$work/unpacked/*/osmemlock/_core.abi3.so")
	exported=$(macos_exports "$module" | sort -u)
	elsewhere=$(llvm-nm -m -u "$module" | grep -vE ' _(_?Py\w*) \(dynamically looked up\)| \(from libSystem\)|:$|^$')
	[ "$exported" = PyInit__core ] && [ -z "$elsewhere" ] && return
	echo "exported: $exported; from elsewhere: $elsewhere"
	return 1
}

# One for both processors, of the two that are there.
universal2() {
	local merged=$work/universal2
	rm -rf "$merged" && mkdir "$merged" && (cd "$merged" && "$build/venv/bin/wheel" unpack -d arm64 "$(wheel_of macosx_11_0_arm64)" &&
		"$build/venv/bin/wheel" unpack -d both "$(wheel_of macosx_10_15_x86_64)" &&
		"$(compgen -G '/usr/lib/llvm-*/bin/llvm-lipo' | head -n 1)" -create both/*/osmemlock/_core.abi3.so arm64/*/osmemlock/_core.abi3.so -output module && mv module both/*/osmemlock/_core.abi3.so &&
		"$build/venv/bin/wheel" pack both/* && "$build/venv/bin/wheel" tags --remove --platform-tag macosx_10_15_universal2 ./*.whl) >/dev/null &&
		mv "$merged"/*.whl "$build/dist/"
}

# with_universal2 macosx_11_0_arm64: the last of the two.
with_universal2() {
	[ -n "$(wheel_of macosx_10_15_x86_64)" ] || return 0
	step macosx_10_15_universal2 universal2 && check_wheel macosx_10_15_universal2
}

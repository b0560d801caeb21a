#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The tests of the Lua module.
#   tests/lua/run.sh        Lua 5.1 to 5.4 and LuaJIT, busted, luacheck, luarocks, the contract, what memory keeps, refused system calls
#   tests/lua/run.sh all    that, and Lua 5.5, valgrind, AddressSanitizer, and the hosts: HAProxy, nginx, Neovim
# Everything is built below build/lua. Exit code: 0 passed, 1 failed, 77 something was skipped.
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C
. tests/need.sh
. tests/tidy.sh
modules=$PWD/build/lua/lua
lua55=$PWD/build/lua55
luas=(lua5.4 lua5.3 lua5.2 lua5.1 luajit)
includes=(/usr/include/lua5.1 /usr/include/lua5.2 /usr/include/lua5.3 /usr/include/lua5.4)
passed=() failed=() skipped=()
export LUA_PATH="$PWD/tests/lua/?.lua;;"

# step WHAT COMMAND...: runs it; 77 is a skip, and says why. A skip inside of what passed is named, too.
step() {
	local what=$1 rc
	shift
	"$@" >build/lua.log 2>&1
	rc=$?
	case $rc in
	0) passed+=("$what") && echo "ok    $what" && grep -E '^SKIP: |^[a-z].*: [0-9]+ (passed|scenarios|runs)|successes|^#|clients: [0-9]|reached$|missed$' build/lua.log | sed 's/^/      /' ;;
	77) skipped+=("$what") && echo "SKIP: $what: $(grep -m 1 -oE '^(SKIP|missing): .*' build/lua.log)" ;;
	*) failed+=("$what") && echo "FAIL  $what: $rc" && sed 's/^/      /' build/lua.log | tail -n 60 ;;
	esac
	return $rc
}

# abi LUA: the folder of its modules. LuaJIT loads those of Lua 5.1.
abi() {
	[ "$1" = luajit ] && echo lua5.1 || echo "$1"
}

# on LUA COMMAND...: with the modules for that Lua in its path.
on() {
	local lua=$1
	shift
	LUA_CPATH="${build:-$modules}/$(abi "$lua")/?.so;;" OSML_LUA=$lua "$@"
}

tools() {
	need cmake=cmake ninja=ninja-build cc=gcc /usr/include/stdio.h=libc6-dev python3=python3 /usr/include/openssl/hmac.h=libssl-dev openssl=openssl \
		lua5.1=lua5.1 lua5.2=lua5.2 lua5.3=lua5.3 lua5.4=lua5.4 luajit=luajit /usr/include/lua5.1/lua.h=liblua5.1-0-dev \
		/usr/include/lua5.2/lua.h=liblua5.2-dev /usr/include/lua5.3/lua.h=liblua5.3-dev /usr/include/lua5.4/lua.h=liblua5.4-dev \
		/usr/bin/busted=lua-busted luacheck=lua-check luarocks=luarocks strace=strace script=bsdutils setpriv=util-linux || return 77
}

# modules FOLDER [CMAKE-OPTION...]: the module for each Lua, and beside it the two of the tests.
build_modules() {
	local folder=$1 include lua flags=()
	shift
	[[ $* != *SANITIZE* ]] || flags=("-fsanitize=address,undefined")
	cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release -DOSML_BUILD_LUA=ON -DOSML_BUILD_LUA_CRYPTO=ON -DOSML_BUILD_TESTS=OFF -DOSML_BUILD_EXAMPLES=OFF \
		"-DOSML_LUA_INCLUDE_DIRS=$(IFS=';' && echo "${includes[*]}")" "$@" && cmake --build "$folder" || return 1
	for include in "${includes[@]}"; do
		lua=$folder/lua/$(basename "$include")
		compile "$include" "${flags[@]}" -pthread tests/lua/helper.c -o "$lua/helper.so" &&
			compile "$include" "${flags[@]}" tests/lua/client.c -o "$lua/client.so" -lcrypto || return 1
	done
	cc -O2 tests/proof/scan.c -o "$folder/lua/scan"
}

compile() {
	local include=$1
	shift
	cc -O1 -g -Wall -Wextra -Werror -fPIC -shared -fno-plt -Wl,-z,now "-isystem$include" -Ilua "$@"
}

# The quota of a container: 64 KiB, and nobody may exceed it.
poor() {
	local without=()
	[ "$(id -u)" != 0 ] || without=(setpriv --bounding-set -ipc_lock --inh-caps -ipc_lock)
	"${without[@]}" prlimit --memlock=65536:65536 "$@"
}

# Without a network, where we may cut it: luarocks then cannot fetch anything.
offline() {
	unshare -rn true 2>/dev/null && set -- unshare -rn "$@"
	"$@"
}

# rocks VERSION LUA: `luarocks make` in a copy of the sources, because it builds beside them, and a program that loads what was installed.
rocks() {
	local name version=$1 lua=$2 tree=$PWD/build/luarocks/$1
	rm -rf "$tree" && mkdir -p "$tree/source" && cp -r core bindings lua LICENSE-* README.md "$tree/source" || return 1
	for name in osmemlock osmemlock-crypto; do
		(cd "$tree/source" && offline luarocks --lua-version "$version" --tree "$tree" make "lua/$name-scm-1.rockspec") || return 1
	done
	LUA_CPATH="$tree/lib/lua/$version/?.so" "$lua" -e 'local b = require("osmemlock").random(32) assert(b:verify().locked)
		assert(require("osmemlock.crypto").hmac("sha256", b, "x"):close() and b:close())' || return 1
	[ "$version" != 5.1 ] || LUA_CPATH="$tree/lib/lua/5.1/?.so" luajit -e 'assert(require("osmemlock").random(32):close())'
}

check_lua() {
	local files
	mapfile -t files < <(find lua tests/lua tests/contract/lua tests/bench/lua examples/lua -name '*.lua' 2>/dev/null)
	luacheck --config tests/lua/luacheckrc -q "${files[@]}" lua/*.rockspec
}

clients() {
	need '/usr/lib/*/lua/5.4/cjson.so=lua-cjson' /usr/share/lua/5.4/openssl.lua=lua-luaossl /usr/share/lua/5.4/mime.lua=lua-socket \
		/usr/share/lua/5.4/dkjson.lua=lua-dkjson '/usr/lib/*/lua/5.4/luasql/sqlite3.so=lua-sql-sqlite3' python3:cryptography=python3-cryptography ||
		echo "some clients will skip without these"
	tests/lua/clients/table.py check lua5.4
}

each_lua() {
	local lua=$1
	step "$lua: smoke" on "$lua" "$lua" tests/lua/smoke.lua
	step "$lua: the collector" on "$lua" "$lua" tests/lua/collector.lua
	step "$lua: cryptography" on "$lua" "$lua" tests/lua/crypto.lua
	step "$lua: FFI" on "$lua" "$lua" tests/lua/ffi.lua
	step "$lua: the lock quota" on "$lua" poor "$lua" tests/lua/quota.lua
	step "$lua: what memory keeps" on "$lua" tests/lua/residue.sh "$modules" "$lua"
	step "$lua: contract" on "$lua" python3 tests/contract/check.py "$lua" "$lua" tests/contract/lua/contract.lua
}

# watched LUA COMMAND...: the tests under a tool that finds bad accesses, and first its control, which the tool must find.
watched() {
	local lua=$1 test
	shift
	if on "$lua" "$@" "$lua" -e 'require("helper").read_past()'; then
		echo "the control was not found"
		return 1
	fi
	for test in smoke collector crypto; do on "$lua" "$@" "$lua" tests/lua/$test.lua || return; done
}

memcheck() {
	need valgrind=valgrind || return 77
	watched "$1" valgrind -q --error-exitcode=9 --leak-check=no
}

sanitized() {
	local runtime
	runtime=$(cc -print-file-name=libasan.so)
	[ -e "$runtime" ] || return 1
	build=$PWD/build/lua-asan/lua watched "$1" env "LD_PRELOAD=$runtime" UBSAN_OPTIONS=halt_on_error=1 ASAN_OPTIONS=detect_leaks=0
}

# Debian's Lua for nginx replaces the packages of LuaJIT that the other tests use, so nginx is unpacked and not installed.
unpack_nginx() {
	local folder=$modules/nginx
	[ ! -x "$folder/usr/sbin/nginx" ] || return 0
	command -v apt-get >/dev/null || { echo "SKIP: nginx is taken from Debian's packages, and there is no apt-get" && return 77; }
	can_install && apt_update || { echo "SKIP: apt-get has no list of packages, and we may not fetch it" && return 77; }
	mkdir -p "$folder/packages" && (cd "$folder/packages" && apt-get download -qq nginx libnginx-mod-http-ndk libnginx-mod-http-lua \
		lua-resty-core lua-resty-lrucache libluajit2-5.1-2 libpcre3 libpcre2-8-0) || return 77
	for package in "$folder"/packages/*.deb; do
		dpkg -x "$package" "$folder" || return 1
	done
}

host() {
	case $1 in
	haproxy) need haproxy=haproxy || return 77 ;;
	nvim) need nvim=neovim || return 77 ;;
	nginx) unpack_nginx || return ;;
	esac
	"tests/lua/hosts/$1.sh" "$modules"
}

heavy() {
	local lua
	for lua in lua5.4 lua5.1; do
		step "$lua: valgrind" memcheck "$lua"
	done
	step "build with AddressSanitizer" build_modules build/lua-asan -DOSML_SANITIZE=address,undefined
	for lua in lua5.4 lua5.3 lua5.1; do
		step "$lua: AddressSanitizer" sanitized "$lua"
	done
	for lua in haproxy nginx nvim; do
		step "host: $lua" host "$lua"
	done
	step "luajit: refused system calls" on luajit tests/lua/refused.sh luajit
}

mkdir -p build
need python3=python3 || exit 77
work_folder lua
step "tools" tools || exit 77
if [ "${1:-}" = all ] && step "Lua 5.5 from source" tests/lua/lua55.sh "$lua55"; then
	luas+=(lua5.5) includes+=("$lua55/include/lua5.5") PATH=$PATH:$lua55/bin
fi
step "build" build_modules build/lua || exit 1
step "lua5.4: busted" on lua5.4 lua5.4 /usr/bin/busted --output=plainTerminal tests/lua/spec
step "luacheck" check_lua
for lua in "${luas[@]}"; do each_lua "$lua"; done
step "lua5.4: refused system calls" on lua5.4 tests/lua/refused.sh lua5.4
step "lua5.4: the README's program" on lua5.4 python3 tests/docs/programs.py . lua lua5.4
step "lua5.4: clients" on lua5.4 clients
step "luarocks, Lua 5.4" rocks 5.4 lua5.4
step "luarocks, Lua 5.1" rocks 5.1 lua5.1
step "lua5.4: speed" on lua5.4 lua5.4 tests/bench/lua/bench.lua quick
[ "${1:-}" != all ] || heavy
printf '%s\n' "${failed[@]/#/failed: }" "${skipped[@]/#/skipped: }" | grep ':.*[a-z]'
echo "Lua: ${#passed[@]} passed, ${#failed[@]} failed, ${#skipped[@]} skipped"
[ ${#failed[@]} = 0 ] || exit 1
[ ${#skipped[@]} = 0 ] || exit 77

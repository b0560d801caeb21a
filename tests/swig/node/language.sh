# SPDX-License-Identifier: MIT OR Apache-2.0
# Node.js: to be sourced by run.sh. What is collected is seen with --expose-gc. SWIG 4.1 has no -napi.
# shellcheck shell=bash disable=SC2034,SC2154
packages=(node=nodejs npm=npm "g++=g++" mkfifo=coreutils script=bsdutils)
swig=newest
lent="1 4"
headers=$build/npm/node_modules
cmake_options=("-DNODE_ADDON_API_INCLUDE_DIR=$headers/node-addon-api" "-DNODE_API_INCLUDE_DIR=$headers/node-api-headers/include")

# Debian's headers are for Debian's Node alone, and cannot be installed beside another.
prepare() {
	[ -f "$headers/node-addon-api/napi.h" ] && [ -f "$headers/node-api-headers/include/node_api.h" ] && return
	npm install --silent --no-fund --no-audit --prefix "$build/npm" node-addon-api node-api-headers
}
contract() { NODE_PATH=$modules python3 tests/contract/check.py "swig-$1" node --expose-gc tests/contract/swig-node/contract.js; }
own() { NODE_PATH=$modules node tests/swig/node/test_safety.js && NODE_PATH=$modules node tests/swig/node/test_wait.js; }
victim() { NODE_PATH=$modules node tests/swig/node/residue.js "$1"; }
clients() { tests/swig/clients/table.py "$1" node env "NODE_PATH=$modules" node --expose-gc tests/swig/node/clients.js; }
examples() { NODE_PATH=$modules examples/swig/run.sh examples/swig/node js node; }
bench() { NODE_PATH=$modules node tests/bench/swig/node.js; }

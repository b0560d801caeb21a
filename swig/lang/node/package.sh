# SPDX-License-Identifier: MIT OR Apache-2.0
# The package for npm, with a module for this machine: to be sourced by bindings/package.sh. $SWIG must be 4.2 or later.
# shellcheck shell=bash disable=SC2154
npm install --silent --no-fund --no-audit --prefix "$packages/parts/npm" node-addon-api node-api-headers
headers=$packages/parts/npm/node_modules
native node "-DNODE_ADDON_API_INCLUDE_DIR=$headers/node-addon-api" "-DNODE_API_INCLUDE_DIR=$headers/node-api-headers/include" \
	-DCMAKE_MODULE_LINKER_FLAGS='-static-libstdc++ -static-libgcc'
platform=$(node -p '`${process.platform}-${process.arch}`')
native_into "$work/prebuilds" "$platform" "$built/node/osmemlock/osmemlock.node"
mkdir "$work/node_modules"
core_into "$work/src"
cp "$built/node/osmemlock_node.c" "$work/src/osmemlock_node.cxx"
cp -r "$headers/node-addon-api" "$work/node_modules"
for file in package.json oldest.js prebuilt.js binding.gyp index.d.ts; do filled "swig/lang/node/package/$file" "$work"; done
cp swig/lang/node/{index,wait}.js LICENSE-MIT LICENSE-APACHE "$work"
cp docs/bindings/node.md "$work/README.md"
node swig/lang/node/package/names.js "$work"
(cd "$work" && npm pack --silent --pack-destination "$out" >/dev/null)

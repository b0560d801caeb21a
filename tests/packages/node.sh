# SPDX-License-Identifier: MIT OR Apache-2.0
# The package for npm: to be sourced by run.sh.
# shellcheck shell=bash disable=SC2034,SC2153
packages=(node=nodejs npm=npm "g++=g++" cmake=cmake ninja=ninja-build strip=binutils make=make)

prepare() {
	[ -n "${SWIG:-}" ] || return
	ls -d build/npm/node_modules/{typescript,publint} >/dev/null 2>&1 || npm install --silent --no-fund --no-audit --prefix build/npm typescript@5 publint
}

tsc() { node "$SOURCE/build/npm/node_modules/typescript/bin/tsc" --strict --target es2022 --module node16 "$@"; }

publint() { node "$SOURCE/build/npm/node_modules/publint/src/cli.js" run --strict "$@" >linted; }

# What package.json names is there, and of its kind. Of a package without its module for `import` that must be told.
linted() {
	publint "$PACKAGES"/node/osmemlock-*.tgz && grep 'All good' linted &&
		tar xf "$PACKAGES"/node/osmemlock-*.tgz && rm package/index.mjs && ! publint package --pack false && grep 'index\.mjs' linted
}

# The module that npm builds where it has none. Without Node's headers, node-gyp would fetch them.
from_source() (
	node=$(realpath "$(command -v node)")
	[ -d "${node%/bin/*}/include/node" ] || { echo "not built from source: no headers of Node" && exit 0; }
	mkdir built && cd built && echo '{}' >package.json &&
		user env npm_config_build_from_source=true "npm_config_nodedir=${node%/bin/*}" npm install --offline "$PACKAGES"/node/osmemlock-*.tgz &&
		ls node_modules/osmemlock/build/Release/osmemlock.node && cp ../complete.js . && node complete.js
)

# There is none for this machine: npm builds one, and without that the error says so.
foreign() {
	echo 'Object.defineProperty(process, "arch", { value: "vax" });' >vax.js
	! node -r ./vax.js node_modules/osmemlock/prebuilt.js 2>refusal && grep 'it is built, which takes a C++ compiler' refusal &&
		! node -r ./vax.js complete.js 2>refusal && grep 'there is no module for linux-vax; "npm rebuild osmemlock" makes one' refusal
}

# npm itself only warns. On Debian 11 that is done with its Node: tests/suites/too_old.sh.
too_old() {
	echo 'Object.defineProperty(process.versions, "node", { value: "18.20.4" });' >eighteen.js
	node node_modules/osmemlock/oldest.js && ! node -r ./eighteen.js node_modules/osmemlock/oldest.js 2>refusal &&
		grep 'Node 20 or later is needed; this is 18' refusal
}

# The types are those of the module, and a program that is checked strictly can use them.
check() {
	cp "$SOURCE"/tests/packages/node/* . && node complete.js && tsc use.mts && node use.mjs && ! tsc --noEmit wrong.mts && linted && foreign && too_old && from_source
}

twice() { npm install --offline "$PACKAGES"/node/osmemlock-*.tgz; }
contract() { NODE_PATH=$PWD/node_modules python3 "$SOURCE/tests/contract/check.py" node node --expose-gc "$SOURCE/tests/contract/swig-node/contract.js"; }

poor() {
	echo '{}' >package.json
	npm_config_build_from_source=true npm install --offline --foreground-scripts "$PACKAGES"/node/osmemlock-*.tgz
}

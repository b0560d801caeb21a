// SPDX-License-Identifier: MIT OR Apache-2.0
// The package around the module that SWIG makes.
"use strict";

const osmemlock = require("./osmemlock.node");

// A constructor of SWIG's takes an object of V8's kind External for its own pointer, and some of Node's streams have such a thing. So only
// numbers come through, to the constructor of a buffer and to no other.
function guarded(native) {
  const construct = (target, given, newTarget) => {
    if (typeof given[0] !== "number") throw new TypeError("a number is needed");
    return Reflect.construct(target, given, newTarget);
  };
  const shown = new Proxy(native, { construct });
  Object.defineProperty(native.prototype, "constructor", { value: shown });
  return shown;
}

for (const [name, close] of [["LockedBuffer", "close"], ["CoreDumpsGuard", "release"]]) {
  const { prototype } = osmemlock[name];
  // `using`, where the language has it
  if (Symbol.dispose) Object.defineProperty(prototype, Symbol.dispose, { value: prototype[close] });
  osmemlock[name] = guarded(osmemlock[name]);
}

module.exports = osmemlock;

// SPDX-License-Identifier: MIT OR Apache-2.0
// The types and the ESM names are those of the module, each of them and no other; and nobody can change what the module exports.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const osmemlock = require("osmemlock");

const text = fs.readFileSync("node_modules/osmemlock/index.d.ts", "utf8");
const found = (pattern, where = text) => [...where.matchAll(pattern)].map((match) => match[1]);
const own = (object) => Object.getOwnPropertyNames(object).sort();
const typed = found(/^export (?:class|function|const) (\w+)/gm).sort();
assert.deepStrictEqual(typed, own(osmemlock));
for (const name of ["LockedBuffer", "CoreDumpsGuard"]) {
  const body = text.slice(text.indexOf(`export class ${name} `)).split("\n}\n")[0];
  const methods = new Set(found(/^ {2}(?:private )?(\w+)[<(]/gm, body));
  assert.deepStrictEqual([...methods].sort(), own(osmemlock[name].prototype));
  const fixed = found(/^ {2}static (\w+)\(/gm, body).sort();
  const given = own(osmemlock[name]).filter((key) => !["length", "name", "prototype", "arguments", "caller"].includes(key));
  assert.deepStrictEqual(fixed, given);
}
assert.throws(() => { osmemlock.LOCKED = 0; });
assert.throws(() => { osmemlock.LockedBuffer = null; }, TypeError);
import("osmemlock").then((module) => {
  assert.deepStrictEqual(Object.keys(module).filter((name) => name !== "default").sort(), own(osmemlock));
  assert.strictEqual(module.LockedBuffer, osmemlock.LockedBuffer);
});

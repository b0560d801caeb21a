// SPDX-License-Identifier: MIT OR Apache-2.0
// The package around the module that SWIG makes.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { inspect } = require("node:util");
const { MAKING, READING, chosen, later, now } = require("./wait.js");

// Beside this file, from a compiler on this machine, or from the package.
function load() {
  const machine = `${process.platform}-${process.arch}`;
  const places = ["osmemlock.node", "build/Release/osmemlock.node", `prebuilds/${machine}/osmemlock.node`].map((name) => path.join(__dirname, name));
  const found = places.find((name) => fs.existsSync(name));
  if (!found) throw new Error(`osmemlock: there is no module for ${machine}; "npm rebuild osmemlock" makes one, with a C++ compiler`);
  return require(found);
}
const native = load();

// Names are JavaScript's: read_into is readInto. Those of classes and constants have no such underscores.
const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

// A constructor of SWIG's takes an object of V8's kind External for its own pointer, and some of Node's streams have such a thing. So none of the
// guard's gets out.
function guarded(constructor) {
  const shown = new Proxy(constructor, { construct: () => { throw new TypeError("made by disableCoreDumpsWithGuard()"); } });
  Object.defineProperty(constructor.prototype, "constructor", { value: shown });
  // `using`, where the language has it
  if (Symbol.dispose) Object.defineProperty(constructor.prototype, Symbol.dispose, { value: constructor.prototype.release });
  return shown;
}

// The words of a command are an array here, and bytes with a NUL behind each there.
function words(argv) {
  const all = Array.isArray(argv) ? Array.from(argv) : [undefined]; // some() and map() would leave out what an array has holes for
  if (all.some((word) => typeof word !== "string")) throw new TypeError("an array of strings is needed");
  if (all.some((word) => word.includes("\0"))) throw new RangeError("a NUL inside");
  if (!all.every((word) => word.isWellFormed())) throw new RangeError("half a surrogate pair inside");
  return Buffer.from(all.map((word) => word + "\0").join(""));
}

function reading(options) {
  const { flags = 0, want = native.DEFAULT_PROTECTIONS, policy = native.POLICY_DEFAULT } = options ?? {};
  return [flags, want, policy];
}

// What may wait, as wait.js takes it.
const sources = {
  from_fd: (fd, max, options) => [native.wait_from_fd, [fd, max, ...reading(options)], options, READING],
  from_file: (file, max, options) => [native.wait_from_file, [file, max, ...reading(options)], options, READING],
  from_command: (argv, max, options) => [native.wait_from_command, [words(argv), max, ...reading(options)], options, READING],
  prompt: (text, max, options) => [native.wait_prompt, [text, max, ...reading(options)], options, READING],
};
const methods = {
  piped: (inner, argv, max, options) => [native.wait_piped, [inner, words(argv), max, ...reading(options)], options, READING],
  read_fd: (inner, offset, n, fd, options) => [native.wait_read_fd, [inner, offset, n, fd], options, []],
  write_fd: (inner, fd, options) => [native.wait_write_fd, [inner, fd], options, []],
};

const Inner = native.LockedBuffer;
const inside = Inner.prototype;
const made = Symbol("made"); // in place of a size: what follows is an Inner

// What SWIG makes is collected only when the program comes to its event loop, so a loop that does not would fill the memory. Therefore a buffer that
// was closed gives its Inner away to the next one, and shares one that is closed, `ended`, with all others.
const idle = [];
const MOST_IDLE = 64;
const NONE = {};
let ended;

// Whoever has a view, or another view of its memory, has the buffer too: the collector would wipe it, though nobody closed it.
const lenders = new WeakMap();

// Two objects without properties are deeply equal, whatever is in them. The number of this one makes each buffer equal to itself alone.
const apart = Symbol("apart");
let count = 0;

class LockedBuffer {
  [apart] = ++count;
  #inner;
  #size; // of a closed one
  #view; // a weak reference; one view at a time, so that a loop that never lets the collector run holds one pin, not thousands

  constructor(size, options) {
    if (size === made) {
      this.#inner = options;
      return;
    }
    if (typeof size !== "number") throw new TypeError("a number is needed");
    const { want = native.DEFAULT_PROTECTIONS, policy = native.POLICY_DEFAULT } = options === undefined ? NONE : chosen(options, MAKING);
    const last = idle.at(-1);
    if (last) {
      native.renew(last, size, want, policy);
      this.#inner = idle.pop();
    } else {
      this.#inner = new Inner(size, want, policy);
    }
  }

  static {
    const inner = (given) => (typeof given === "object" && given !== null && #inner in given ? given.#inner : given);
    const outer = LockedBuffer.#outer;
    const define = (target, name, value) => Object.defineProperty(target, name, { value, writable: true, configurable: true });

    for (const [name, source] of Object.entries(sources)) {
      define(LockedBuffer, camel(name), (...given) => outer(now(source(...given))));
      define(LockedBuffer, `${camel(name)}Async`, async (...given) => outer(await later(source(...given))));
    }
    for (const [name, method] of Object.entries(methods)) {
      define(LockedBuffer.prototype, camel(name), function (...given) { return outer(now(method(this.#inner, ...given))); });
      define(LockedBuffer.prototype, `${camel(name)}Async`, async function (...given) { return outer(await later(method(this.#inner, ...given))); });
    }
    for (const name of ["from_env", "from_credential"])
      define(LockedBuffer, camel(name), (text, max, options) => outer(Inner[name](text, max, ...reading(chosen(options)))));
    for (const name of Object.getOwnPropertyNames(inside)) {
      if (name === "constructor" || name === "lend" || Object.hasOwn(LockedBuffer.prototype, camel(name))) continue;
      const call = inside[name];
      define(LockedBuffer.prototype, camel(name), function (...given) { return outer(call.apply(this.#inner, given.map(inner))); });
    }
    for (const name of Object.getOwnPropertyNames(Inner)) {
      if (typeof Inner[name] !== "function" || Object.hasOwn(LockedBuffer, camel(name))) continue;
      define(LockedBuffer, camel(name), (...given) => outer(Inner[name](...given)));
    }
    if (Symbol.dispose) define(LockedBuffer.prototype, Symbol.dispose, LockedBuffer.prototype.close);
  }

  static #outer(result) {
    return result instanceof Inner ? new LockedBuffer(made, result) : result;
  }

  // Closed or not, what has lent a view keeps its Inner: the view may outlive it.
  close() {
    const inner = this.#inner;
    if (inner === ended) return;
    const size = native.finish(inner);
    if (this.#view) return;
    this.#size = size;
    if (ended && idle.length < MOST_IDLE) idle.push(inner);
    ended ??= inner;
    this.#inner = ended;
  }

  size() {
    return this.#size ?? inside.size.call(this.#inner);
  }

  #lend() {
    inside.protections.call(this.#inner); // refuses what is closed
    const known = this.#view?.deref();
    if (known?.length > 0) return known; // 0: empty, or given away by postMessage()
    const view = inside.lend.call(this.#inner);
    this.#view = new WeakRef(view);
    lenders.set(view.buffer, this);
    return view;
  }

  // Shown as if it had no such property.
  [inspect.custom]() {
    const own = Object.getOwnPropertyDescriptors(this);
    delete own[apart];
    return Object.create(Object.getPrototypeOf(this), { ...own, [inspect.custom]: { value: undefined } });
  }

  // What `work` returns, or a promise of what its promise brings. Closed meanwhile, it may come of zeros, and is not given out.
  with(work) {
    if (typeof work !== "function") throw new TypeError("a function is needed");
    const view = this.#lend();
    const valid = (result) => (inside.protections.call(this.#inner), result);
    const result = work(view);
    return typeof result?.then === "function" ? Promise.resolve(result).then(valid) : valid(result);
  }
}

const exported = Object.getOwnPropertyDescriptors(native);
for (const name of Object.keys(exported)) if (name.startsWith("wait_") || ["renew", "finish"].includes(name)) delete exported[name];
exported.LockedBuffer = { value: LockedBuffer };
exported.CoreDumpsGuard = { value: guarded(native.CoreDumpsGuard) };
module.exports = {};
for (const name of Object.keys(exported)) {
  const value = exported[name].value ?? native[name];
  Object.defineProperty(module.exports, camel(name), { value, enumerable: true });
}
Object.freeze(module.exports);

// SPDX-License-Identifier: MIT OR Apache-2.0
// What must never crash: each runs in a child, whose exit status is looked at. test_safety.js [NAME]: NAME is what the child runs.
"use strict";

const assert = require("node:assert");
const { createHmac, randomFill } = require("node:crypto");
const net = require("node:net");
const util = require("node:util");
const { MessageChannel, Worker, parentPort } = require("node:worker_threads");
const osml = require("osmemlock");
const children = require("./children.js");

const { LockedBuffer, CoreDumpsGuard } = osml;
const randomFillLater = util.promisify(randomFill);
const tests = {};
const live = () => osml.info(osml.INFO_LIVE_BUFFERS);

async function collect() {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc();
    await new Promise(setImmediate);
  }
}

tests.words_of_a_command = () => {
  const input = new LockedBuffer(1);
  const hole = ["echo", "x", "x"];
  delete hole[1];
  for (const argv of [undefined, "echo", ["echo", 1], hole, ["echo", "a\0b"], ["echo", "\ud83d"], ["\udd11\ud83d"]]) {
    const refused = { message: /^(an array of strings is needed|(a NUL|half a surrogate pair) inside)$/ };
    assert.throws(() => LockedBuffer.fromCommand(argv, 100), refused);
    assert.throws(() => input.piped(argv, 100), refused);
  }
  LockedBuffer.fromCommand(["echo", "\ud83d\udd11\ufffd"], 100).close(); // controls
  input.piped(["echo", "x"], 100).close();
};

tests.halves_of_surrogate_pairs = () => {
  const refused = { name: "TypeError", message: "half a surrogate pair inside" };
  for (const text of ["\ud83d", "/\udd11", "\udd11\ud83d", "a\ud83d\ud83d\udd11"])
    for (const source of ["fromFile", "fromEnv", "fromCredential", "prompt"]) assert.throws(() => LockedBuffer[source](text, 8), refused);
  for (const text of ["/\ud83d\udd11", "/\ufffd"]) assert.throws(() => LockedBuffer.fromFile(text, 8), /ENOENT/); // controls
};

tests.use_after_close = () => {
  const b = new LockedBuffer(8);
  b.close();
  b.close();
  for (const method of ["wipe", "verify", "protections"]) assert.throws(() => b[method](), { code: "OSML_ECLOSED" });
};

tests.null_undefined_and_foreign_objects = () => {
  const b = new LockedBuffer(8);
  const guard = osml.disableCoreDumpsWithGuard();
  const unborn = Object.create(LockedBuffer.prototype);
  const disguised = Object.setPrototypeOf(osml.disableCoreDumpsWithGuard(), LockedBuffer.prototype);
  const server = net.createServer().listen(0);
  const external = server._handle._externalStream;
  assert(util.types.isExternal(external));
  for (const foreign of [null, undefined, {}, "text", 12, [], Buffer.alloc(8), guard, unborn, disguised, external, LockedBuffer, Symbol("x"), 1n]) {
    assert.throws(() => b.equal(foreign));
    assert.throws(() => b.copy(0, foreign, 0, 1));
    assert.throws(() => new LockedBuffer(foreign === 12 ? "12" : foreign));
    for (const method of ["close", "closed", "size", "write", "read", "equal", "with", "toString"])
      assert.throws(() => LockedBuffer.prototype[method].call(foreign, 0, 0));
    assert.throws(() => CoreDumpsGuard.prototype.release.call(foreign === guard ? b : foreign === disguised ? unborn : foreign));
    if (typeof foreign !== "string") assert.throws(() => LockedBuffer.fromFile(foreign, 9));
    if (foreign !== 12) assert.throws(() => LockedBuffer.fromFd(foreign, 9));
  }
  assert.throws(() => new CoreDumpsGuard());
  assert.throws(() => new CoreDumpsGuard(8));
  for (const base of [Object.getPrototypeOf(LockedBuffer), Object.getPrototypeOf(LockedBuffer.prototype).constructor])
    for (const given of [[], [8], [null]]) assert.throws(() => new base(...given).wipe());
  assert.equal(live(), 1);
  server.close();
};

tests.too_few_or_too_many_arguments = () => {
  const b = new LockedBuffer(8);
  const refused = { name: "TypeError", message: "too few or too many arguments" };
  const methods = [() => b.write(), () => b.write(0), () => b.write(0, Buffer.alloc(1), 2), () => b.equal(), () => b.fill(0, 1)];
  const functions = [() => LockedBuffer.take(), () => osml.info(), () => osml.mlock(Buffer.alloc(8), 8), () => osml.purge(1)];
  for (const call of [...methods, ...functions]) assert.throws(call, refused);
};

tests.another_class = () => {
  const b = new LockedBuffer(8);
  const guard = osml.disableCoreDumpsWithGuard();
  const refused = { name: "TypeError", message: "a LockedBuffer is needed" };
  for (const call of [() => b.equal(guard), () => b.copy(0, guard, 0, 1)]) assert.throws(call, refused);
  Object.setPrototypeOf(guard, LockedBuffer.prototype);
  assert.throws(() => b.equal(guard), refused);
};

tests.constructed_oddly = async () => {
  class Named extends LockedBuffer {
    constructor() {
      super(8);
    }
  }
  const named = new Named();
  named.write(0, Buffer.from("12345678"));
  assert(named instanceof LockedBuffer && named.read(0, 8).toString() === "12345678");
  named.close();
  assert.throws(() => Reflect.construct(LockedBuffer, [-1], Named), RangeError);
  Reflect.construct(LockedBuffer, [8], Date);
  assert.throws(() => LockedBuffer(8), TypeError);
  assert.throws(() => new LockedBuffer(8, { policy: "strict" }), { name: "TypeError", message: "policy: a number is needed, such as POLICY_STRICT" });
  assert.throws(() => LockedBuffer.fromFile("/dev/null", 8, { flags: {} }), { name: "TypeError", message: /^flags: a number is needed/ });
  await collect();
  assert.equal(live(), 0);
};

tests.copies_and_texts = () => {
  const b = new LockedBuffer(8);
  b.write(0, Buffer.from("contents"));
  const texts = [String(b), util.inspect(b, { showHidden: true }), JSON.stringify(b), osml.disableCoreDumpsWithGuard().toString()];
  assert(!/contents|0x/.test(texts.join()));
  try {
    structuredClone(b).wipe();
    assert.fail("a clone was made");
  } catch (error) {
    assert(!(error instanceof assert.AssertionError));
  }
  assert.equal(live(), 1);
};

tests.bytes_of_every_kind = () => {
  const b = new LockedBuffer(8);
  const resizable = new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }));
  const detached = new Uint8Array(8);
  structuredClone(detached, { transfer: [detached.buffer] });
  for (const bytes of [resizable, detached, new Uint8Array(new SharedArrayBuffer(8)), new Uint8Array(), Buffer.from("12345678")]) {
    b.write(0, bytes);
    b.readInto(0, bytes);
    osml.wipe(bytes);
  }
  const small = new Uint8Array(4);
  b.fill(0, 7, 8);
  b.readInto(0, small);
  assert.deepEqual([...small], [7, 7, 7, 7]);
};

const hmac = (key) => createHmac("sha256", key).update("message").digest("hex");
function holding(text, want = osml.DEFAULT_PROTECTIONS) {
  const b = new LockedBuffer(text.length, { want });
  b.write(0, Buffer.from(text));
  return b;
}

tests.used_where_it_lies = async () => {
  const b = holding("secret");
  assert.equal(b.with(hmac), hmac("secret"));
  assert.equal(b.with((outer) => b.with((inner) => hmac(outer) + hmac(inner))), hmac("secret").repeat(2));
  assert.equal(await b.with(async (bytes) => (await new Promise(setImmediate), hmac(bytes))), hmac("secret"));
  b.with((bytes) => bytes.fill(0x78, 0, 1));
  assert.equal(b.read(0, 6).toString(), "xecret");
  assert.equal(new LockedBuffer(0).with((bytes) => bytes.length), 0);
  const large = new LockedBuffer(1 << 20, { policy: osml.POLICY_BEST_EFFORT });
  large.setByte(1000000, 7);
  assert.equal(large.with((bytes) => bytes[1000000]), 7);
};

tests.the_users_error_leaves_the_scope = async () => {
  const b = holding("secret");
  const mine = new Error("mine");
  const fail = () => {
    b.close();
    throw mine;
  };
  await assert.rejects(() => b.with(async () => { throw mine; }), mine);
  assert.throws(() => b.with(fail), mine);
  for (const work of [undefined, null, 1, "text", {}]) assert.throws(() => holding("secret").with(work), TypeError);
};

tests.closed_in_the_scope = async () => {
  const closing = [(b) => b.close(), () => osml.purge()];
  for (const close of closing) {
    const b = holding("secret");
    assert.throws(() => b.with((bytes) => (close(b), hmac(bytes))), { code: "OSML_ECLOSED" });
    assert.throws(() => b.with(() => assert.fail("a closed buffer was lent")), { code: "OSML_ECLOSED" });
    const later = holding("secret");
    await assert.rejects(later.with(async (bytes) => (await null, close(later), hmac(bytes))), { code: "OSML_ECLOSED" });
  }
};

// What is kept is this buffer and no other; once that is closed it is zeros, whatever comes to live beside it.
tests.kept_after_the_scope = async () => {
  let kept;
  const b = holding("secret");
  b.with((bytes) => (kept = bytes));
  b.close();
  const others = Array.from({ length: 2000 }, () => holding("SECRET"));
  await collect();
  assert.deepEqual([...kept], [0, 0, 0, 0, 0, 0]);
  assert(others.every((other) => other.with(hmac) === hmac("SECRET")));
};

// Nobody closed it, and the view is all that is left.
tests.a_view_keeps_its_buffer = async () => {
  const lent = { view: (() => holding("secret").with((bytes) => bytes.subarray(1)))() };
  for (let turn = 0; turn < 10; turn++) await collect();
  assert.equal(Buffer.from(lent.view).toString(), "ecret");
  lent.view = null;
  for (let turn = 0; turn < 100 && live(); turn++) await collect();
  assert.equal(live(), 0);
};

// What tells them apart is seen by nothing else.
tests.equal_to_itself_alone = () => {
  class Named extends LockedBuffer {
    name = "mine";
  }
  const [a, b, named] = [holding("secret"), holding("secret"), new Named(8)];
  assert(util.isDeepStrictEqual({ a }, { a }) && !util.isDeepStrictEqual(a, b) && !util.isDeepStrictEqual([a], [b]));
  assert.notDeepStrictEqual(holding("short"), holding("and long"));
  a.close();
  b.close();
  assert(!util.isDeepStrictEqual(a, b));
  assert.deepEqual([Object.keys(a), JSON.stringify({ a }), util.inspect([a])], [[], '{"a":{}}', "[ LockedBuffer {} ]"]);
  assert.deepEqual([util.inspect(named), JSON.stringify(named)], ["Named { name: 'mine' }", '{"name":"mine"}']);
  for (const name in a) assert.fail(name);
};

tests.no_access_no_view = () => {
  const b = holding("secret", osml.DEFAULT_PROTECTIONS | osml.GUARDED);
  for (const access of [osml.ACCESS_NONE, osml.ACCESS_READ]) {
    b.protect(access);
    assert.throws(() => b.with(() => assert.fail("lent")), { code: "OSML_EACCESS" });
  }
  b.protect(osml.ACCESS_READWRITE);
  b.with(() => assert.throws(() => b.protect(osml.ACCESS_NONE), { code: "OSML_EPINNED" }));
};

tests.views_are_copied_never_moved = async () => {
  const b = holding("secret");
  const { port1 } = new MessageChannel();
  b.with((bytes) => {
    for (const move of [() => structuredClone(bytes, { transfer: [bytes.buffer] }), () => port1.postMessage(bytes, [bytes.buffer])])
      try {
        move();
      } catch (error) {
        assert.equal(error.name, "DataCloneError");
      }
  });
  port1.close();
  await collect();
  assert.equal(b.with(hmac), hmac("secret"));
};

tests.closed_under_an_operation_of_nodes_threads = async () => {
  for (let i = 0; i < 20; i++) {
    const b = new LockedBuffer(4 << 20, { policy: osml.POLICY_BEST_EFFORT });
    let done;
    b.with((bytes) => void (done = randomFillLater(bytes)));
    b.close();
    await done;
  }
  await collect();
  assert.equal(live(), 0);
};

tests.views_of_thousands = async () => {
  let last;
  const use = (i) => { // a function of its own, for the frame of one that waits may keep what it had
    const b = holding("secret");
    b.with((bytes) => (last = bytes));
    if (i % 3 === 0) b.close();
  };
  for (let i = 0; i < 20000; i++) {
    use(i);
    if (i % 1000 === 0) await collect();
  }
  last = null;
  for (let turn = 0; turn < 100 && live(); turn++) await collect(); // a view, what it pins, and what held that go one after another
  assert.deepEqual([live(), osml.info(osml.INFO_DOUBLE_FREES), osml.info(osml.INFO_CORRUPTIONS)], [0, 0, 0]);
};

// Nothing of SWIG's objects is collected before the program comes to its event loop (audit L7). The control, buffers that stay, is seen.
tests.a_loop_that_never_yields = () => {
  const grown = (work) => {
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 200000; i++) work(i);
    return (process.memoryUsage.rss() - before) / 1e6;
  };
  const kept = [];
  const closed = grown(() => new LockedBuffer(32).close());
  const control = grown((i) => i < 60000 && kept.push(new LockedBuffer(32)));
  assert(closed < 16 && control > 16, `${closed} MB, and ${control} MB for the control`);
  for (const b of kept) b.close();
  assert.equal(live(), 0);
};

tests.closed_ones_are_apart = () => {
  const [a, b] = [new LockedBuffer(8), LockedBuffer.take(Buffer.from("sixteen bytes ok"))];
  a.close();
  b.close();
  const next = new LockedBuffer(4);
  assert.deepEqual([a.size(), b.size(), next.size(), a.closed(), b.closed(), next.closed()], [8, 16, 4, true, true, false]);
  for (const call of [() => a.wipe(), () => b.read(0, 1), () => a.equal(next), () => next.equal(a), () => a.with(() => 1)])
    assert.throws(call, { code: "OSML_ECLOSED" });
  a.close();
  assert.deepEqual([next.closed(), live(), next.read(0, 4)], [false, 1, Buffer.alloc(4)]);
  const kept = next.with((view) => view);
  next.close();
  const other = new LockedBuffer(4);
  other.fill(0, 7, 4);
  assert.deepEqual([...kept], [0, 0, 0, 0]);
  assert.throws(() => new LockedBuffer(4, { want: 2 ** 31 }), { code: "OSML_EINVAL" });
  assert.throws(() => new LockedBuffer(0.5), RangeError);
  assert.deepEqual([new LockedBuffer(4).read(0, 4), live()], [Buffer.alloc(4), 2]);
};

tests.dispose = () => {
  if (!Symbol.dispose) return console.log("SKIP: dispose: this Node has no Symbol.dispose");
  const b = new LockedBuffer(8);
  b[Symbol.dispose]();
  const guard = osml.disableCoreDumpsWithGuard();
  guard[Symbol.dispose]();
  guard[Symbol.dispose]();
  assert(b.closed());
  try {
    new Function("LockedBuffer", "let kept; { using b = new LockedBuffer(8); kept = b; } if (!kept.closed()) throw new Error('open');")(LockedBuffer);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    console.log("SKIP: dispose: this Node has no `using`");
  }
};

tests.collected_in_thousands = async () => {
  for (let i = 0; i < 5000; i++) {
    const b = new LockedBuffer(32);
    b.random(0, 32);
    if (i % 2) b.close();
    if (i % 500 === 0) await collect();
  }
  await collect();
  assert.deepEqual([live(), osml.info(osml.INFO_DOUBLE_FREES)], [0, 0]);
};

tests.used_in_a_finalization_registry = async () => {
  const kept = new LockedBuffer(8);
  let ran = 0;
  const registry = new FinalizationRegistry(() => {
    kept.close();
    ran++;
  });
  (() => registry.register(new LockedBuffer(8), null))();
  for (let turn = 0; turn < 100 && !ran; turn++) await collect();
  assert.deepEqual([ran, kept.closed(), live()], [1, true, 0]);
};

function inWorker(task) {
  return new Worker(__filename, { workerData: task });
}
const workerTasks = {
  leave() {
    for (let i = 0; i < 100; i++) (globalThis.kept ??= []).push(new LockedBuffer(32));
  },
  churn() {
    parentPort.postMessage("started");
    for (;;) new LockedBuffer(32).random(0, 32);
  },
  use() {
    const b = new LockedBuffer(32);
    parentPort.postMessage("started");
    for (;;) b.with(hmac);
  },
  exit() {
    globalThis.kept = new LockedBuffer(8);
    process.exit();
  },
  fail() {
    globalThis.kept = new LockedBuffer(8);
    new LockedBuffer(-1);
  },
};

tests.workers_that_leave_buffers = async () => {
  const mine = new LockedBuffer(8);
  for (const task of ["leave", "leave", "exit", "fail"]) {
    const worker = inWorker(task);
    worker.on("error", (error) => assert(error instanceof RangeError));
    await new Promise((done) => worker.on("exit", done));
  }
  const workers = [inWorker("churn"), inWorker("churn"), inWorker("use")];
  await Promise.all(workers.map((worker) => new Promise((done) => worker.on("message", done))));
  await Promise.all(workers.map((worker) => worker.terminate()));
  mine.write(0, Buffer.from("x"));
  assert.equal(live(), 1);
};

function leak() {
  globalThis.leaked = [new LockedBuffer(32), new LockedBuffer(100000), osml.disableCoreDumpsWithGuard()];
  globalThis.lent = globalThis.leaked[0].with((bytes) => bytes);
}
tests.live_at_end = leak;
tests.live_at_exit = () => {
  leak();
  process.exit(0);
};
tests.live_when_killed_from_inside = () => {
  leak();
  process.reallyExit(0);
};
tests.used_at_exit = () => {
  leak();
  process.on("exit", () => {
    globalThis.leaked[0].write(0, Buffer.from("x"));
    hmac(globalThis.lent);
  });
};
tests.worker_busy_at_exit = async () => {
  leak();
  const worker = inWorker("churn");
  await new Promise((done) => worker.on("message", done));
  process.exit(0);
};

children(__filename, tests, workerTasks);

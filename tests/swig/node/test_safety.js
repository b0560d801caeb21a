// SPDX-License-Identifier: MIT OR Apache-2.0
// What must never crash: each runs in a child, whose exit status is looked at. test_safety.js [NAME]: NAME is what the child runs.
"use strict";

const assert = require("node:assert");
const { spawnSync } = require("node:child_process");
const net = require("node:net");
const util = require("node:util");
const { Worker, isMainThread, workerData, parentPort } = require("node:worker_threads");
const osml = require("osmemlock");

const { LockedBuffer, CoreDumpsGuard } = osml;
const tests = {};
const live = () => osml.info(osml.INFO_LIVE_BUFFERS);

async function collect() {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc();
    await new Promise(setImmediate);
  }
}

tests.use_after_close = () => {
  const b = new LockedBuffer(8);
  b.close();
  b.close();
  for (const method of ["wipe", "verify", "protections", "decode_hex"]) assert.throws(() => b[method](), { code: "OSML_ECLOSED" });
};

tests.null_undefined_and_foreign_objects = () => {
  const b = new LockedBuffer(8);
  const guard = osml.disable_core_dumps_with_guard();
  const unborn = Object.create(LockedBuffer.prototype);
  const disguised = Object.setPrototypeOf(osml.disable_core_dumps_with_guard(), LockedBuffer.prototype);
  const server = net.createServer().listen(0);
  const external = server._handle._externalStream;
  assert(util.types.isExternal(external));
  for (const foreign of [null, undefined, {}, "text", 12, [], Buffer.alloc(8), guard, unborn, disguised, external, LockedBuffer, Symbol("x"), 1n]) {
    assert.throws(() => b.equal(foreign));
    assert.throws(() => b.copy(0, foreign, 0, 1));
    assert.throws(() => new LockedBuffer(foreign === 12 ? "12" : foreign));
    for (const method of ["close", "closed", "size", "write", "read", "equal", "toString"])
      assert.throws(() => LockedBuffer.prototype[method].call(foreign, 0, 0));
    assert.throws(() => CoreDumpsGuard.prototype.release.call(foreign === guard ? b : foreign === disguised ? unborn : foreign));
    if (typeof foreign !== "string") assert.throws(() => LockedBuffer.from_file(foreign, 9));
    if (foreign !== 12) assert.throws(() => LockedBuffer.from_fd(foreign, 9));
  }
  assert.throws(() => new CoreDumpsGuard());
  assert.throws(() => new CoreDumpsGuard(8));
  for (const base of [Object.getPrototypeOf(LockedBuffer), Object.getPrototypeOf(LockedBuffer.prototype).constructor])
    for (const given of [[], [8], [null]]) assert.throws(() => new base(...given).wipe());
  assert.equal(live(), 1);
  server.close();
};

tests.another_class = () => {
  const b = new LockedBuffer(8);
  const guard = osml.disable_core_dumps_with_guard();
  for (const call of [() => b.equal(guard), () => b.copy(0, guard, 0, 1)]) assert.throws(call, /of type 'LockedBuffer \*'/);
  Object.setPrototypeOf(guard, LockedBuffer.prototype);
  assert.throws(() => b.equal(guard), /of type 'LockedBuffer \*'/);
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
  await collect();
  assert.equal(live(), 0);
};

tests.copies_and_texts = () => {
  const b = new LockedBuffer(8);
  b.write(0, Buffer.from("contents"));
  const texts = [String(b), util.inspect(b, { showHidden: true }), JSON.stringify(b), osml.disable_core_dumps_with_guard().toString()];
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
    b.read_into(0, bytes);
    osml.wipe(bytes);
  }
  const small = new Uint8Array(4);
  b.fill(0, 7, 8);
  b.read_into(0, small);
  assert.deepEqual([...small], [7, 7, 7, 7]);
};

tests.dispose = () => {
  if (!Symbol.dispose) return console.log("SKIP: dispose: this Node has no Symbol.dispose");
  const b = new LockedBuffer(8);
  b[Symbol.dispose]();
  const guard = osml.disable_core_dumps_with_guard();
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
  const workers = [inWorker("churn"), inWorker("churn")];
  await Promise.all(workers.map((worker) => new Promise((done) => worker.on("message", done))));
  await Promise.all(workers.map((worker) => worker.terminate()));
  mine.write(0, Buffer.from("x"));
  assert.equal(live(), 1);
};

function leak() {
  globalThis.leaked = [new LockedBuffer(32), new LockedBuffer(100000), osml.disable_core_dumps_with_guard()];
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
  process.on("exit", () => globalThis.leaked[0].write(0, Buffer.from("x")));
};
tests.worker_busy_at_exit = async () => {
  leak();
  const worker = inWorker("churn");
  await new Promise((done) => worker.on("message", done));
  process.exit(0);
};

function runs(...given) {
  const run = spawnSync(process.execPath, ["--expose-gc", ...given], { stdio: "inherit" });
  return run.status === 0 && run.signal === null;
}

if (!isMainThread) {
  workerTasks[workerData]();
} else if (process.argv[2]) {
  Promise.resolve(tests[process.argv[2]]()).catch((error) => {
    console.error(error);
    process.exit(1);
  });
} else {
  assert(!runs("-e", "process.kill(process.pid, 'SIGKILL')"), "the control: a crash of a child must be seen");
  const failed = Object.keys(tests).filter((name) => {
    const ok = runs(__filename, name);
    console.log(`${ok ? "ok   " : "FAILED "}${name}`);
    return !ok;
  });
  console.log(`${Object.keys(tests).length} tests, ${failed.length} failed`);
  process.exitCode = failed.length ? 1 : 0;
}

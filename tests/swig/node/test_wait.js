// SPDX-License-Identifier: MIT OR Apache-2.0
// What waits ends by a timeout or an AbortSignal, and nothing is left of it. test_wait.js [NAME]: NAME is what the child runs.
"use strict";

const assert = require("node:assert");
const { execFileSync, spawnSync } = require("node:child_process");
const events = require("node:events");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { Worker, parentPort } = require("node:worker_threads");
const osml = require("osmemlock");
const children = require("./children.js");

const { LockedBuffer } = osml;
const tests = {};
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "osmemlock-"));
const fifo = path.join(folder, "fifo");
execFileSync("mkfifo", [fifo]);
process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));

// A FIFO that is open for both, and empty: fromFd waits for its end, and writeFd once it is full.
const open = () => fs.openSync(fifo, "r+");
const forever = ["sleep", "1000"];

// Each by its name, as [what the buffer is or does, the arguments before the options].
function everyWait(b = new LockedBuffer(200000), program = forever) {
  const fd = open();
  const other = path.join(folder, `${fd}`);
  execFileSync("mkfifo", [other]);
  return {
    fromFd: [LockedBuffer, fd, 9],
    fromFile: [LockedBuffer, other, 9],
    fromCommand: [LockedBuffer, program, 9],
    piped: [b, program, 9],
    readFd: [b, 0, 9, fd],
    writeFd: [b, fs.openSync(other, "r+")],
  };
}

function left() {
  osml.trim();
  const count = (folder) => fs.readdirSync(folder).length;
  const kilobytes = Number(/VmLck:\s+(\d+)/.exec(fs.readFileSync("/proc/self/status"))[1]);
  return [count("/proc/self/fd"), count("/proc/self/task"), kilobytes, osml.info(osml.INFO_LIVE_BUFFERS)];
}

const programs = () => fs.readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");

// Until a thread sits in poll(2), by the number of the call. One that has just ended sits nowhere.
const poll = { x64: "7 ", arm64: "73 " }[process.arch];
function sits(thread) {
  try {
    return fs.readFileSync(`/proc/self/task/${thread}/syscall`, "latin1").startsWith(poll);
  } catch {
    return false;
  }
}
const waiting = () => new Promise((done) => (function look() {
  return fs.readdirSync("/proc/self/task").some(sits) ? done() : setImmediate(look);
})());

// A thread that was joined is seen a moment longer.
function spent(event) {
  const before = left();
  return () => {
    for (let turn = 0; turn < 10000 && left()[1] > before[1]; turn++);
    assert.deepEqual([...left(), programs()], [...before, ""], event);
  };
}

tests.a_timeout = async () => {
  const late = { code: "ETIMEDOUT", message: "ETIMEDOUT: the timeout is over", errno: -os.constants.errno.ETIMEDOUT };
  for (const [name, [on, ...given]] of Object.entries(everyWait())) {
    const nothingIsLeft = spent(name);
    for (const options of [{ timeout: 0 }, { timeout: 0.5 }, Object.create({ timeout: 0 })]) {
      assert.throws(() => on[name](...given, options), late);
      nothingIsLeft();
      await assert.rejects(on[`${name}Async`](...given, options), late);
      nothingIsLeft();
    }
  }
  const nothingIsLeft = spent("the control");
  open();
  assert.throws(nothingIsLeft);
};

tests.a_signal = async () => {
  for (const [name, [on, ...given]] of Object.entries(everyWait())) {
    const nothingIsLeft = spent(name);
    const controller = new AbortController();
    const ended = on[`${name}Async`](...given, { signal: controller.signal });
    const reason = new Error("mine");
    setImmediate(() => controller.abort(reason));
    await assert.rejects(ended, { name: "AbortError", code: "ABORT_ERR", cause: reason });
    nothingIsLeft();
    await assert.rejects(on[`${name}Async`](...given, { signal: AbortSignal.timeout(1) }), { code: "ABORT_ERR" });
    nothingIsLeft();
    assert.equal(process.listenerCount("exit"), 1);
  }
};

tests.a_signal_that_was_given_before = async () => {
  const file = path.join(folder, "made");
  const signal = AbortSignal.abort();
  await assert.rejects(LockedBuffer.fromCommandAsync(["touch", file], 9, { signal }), { code: "ABORT_ERR" });
  assert(!fs.existsSync(file));
  const fd = open();
  fs.writeSync(fd, "secret");
  await assert.rejects(LockedBuffer.fromFdAsync(fd, 9, { signal }), { code: "ABORT_ERR" });
  const b = new LockedBuffer(6);
  assert.deepEqual([await b.readFdAsync(0, 6, fd, { signal: undefined }), b.read(0, 6).toString()], [6, "secret"]);
};

// The number of what was closed is the next file's, which gets nothing of a secret, and gives nothing. What is waited for besides is a while.
tests.a_descriptor_that_is_closed_meanwhile = async () => {
  const b = new LockedBuffer(200000);
  const fifos = ["quiet", "0", "1", "2"].map((name) => path.join(folder, name));
  execFileSync("mkfifo", fifos);
  const [quiet, ...fds] = fifos.map((name) => fs.openSync(name, "r+"));
  const calls = [(fd, how) => LockedBuffer.fromFdAsync(fd, 9, how), (fd, how) => b.readFdAsync(0, 9, fd, how), (fd, how) => b.writeFdAsync(fd, how)];
  for (const [i, call] of calls.entries()) {
    const controller = new AbortController();
    const ended = assert.rejects(call(fds[i], { signal: controller.signal }), { code: "ABORT_ERR" });
    await waiting();
    fs.closeSync(fds[i]);
    const next = fs.openSync(path.join(folder, "next"), "w+");
    assert.equal(next, fds[i]);
    await assert.rejects(LockedBuffer.fromFdAsync(quiet, 9, { timeout: 500 }), { code: "ETIMEDOUT" });
    controller.abort();
    await ended;
    assert.equal(fs.fstatSync(next).size, 0);
  }
};

// And the loop goes on meanwhile: what is waited for is written by it.
tests.no_signal_and_no_timeout = async () => {
  const [fd, b] = [open(), new LockedBuffer(6)];
  const controller = new AbortController();
  for (const options of [undefined, {}, { signal: controller.signal, timeout: Infinity }, { timeout: 1e300 }]) {
    const read = b.readFdAsync(0, 6, fd, options);
    await waiting();
    fs.writeSync(fd, "secret");
    assert.deepEqual([await read, b.read(0, 6).toString()], [6, "secret"]);
    b.wipe();
    const made = await LockedBuffer.fromCommandAsync(["echo", "made"], 9, { flags: osml.TRIM_NEWLINE, ...options });
    assert.equal(made.read(0, 4).toString(), "made");
    assert.equal(await made.writeFdAsync(fd, options), undefined);
    assert.equal(b.readFd(0, 4, fd), 4);
    made.close();
  }
  controller.abort();
  await assert.rejects(LockedBuffer.fromFileAsync("/nonexistent", 9), { code: "ENOENT" });
  await assert.rejects(LockedBuffer.fromCommandAsync(["sh", "-c", "exit 3"], 9), { code: "OSML_ECOMMAND", message: /status was 3/ });
};

tests.options_that_are_none = async () => {
  const b = new LockedBuffer(8);
  for (const [name, [on, ...given]] of Object.entries(everyWait(b)))
    for (const [options, why] of [[5, /an object/], [null, /an object/], [{ timout: 5 }, /"timout"/], [{ timeout: "5" }, TypeError], [{ timeout: -1 }, RangeError],
      [{ timeout: NaN }, RangeError]]) {
      assert.throws(() => on[name](...given, options), why);
      await assert.rejects(on[`${name}Async`](...given, options), why);
      assert.throws(() => on[name](...given, { signal: AbortSignal.timeout(1) }), /"signal"/);
      for (const signal of [5, null, { aborted: false, addEventListener() {} }])
        await assert.rejects(on[`${name}Async`](...given, { signal, timeout: 0 }), /an AbortSignal/);
    }
  assert.throws(() => new LockedBuffer(8, { flags: 1 }), /"flags"/);
  assert.throws(() => LockedBuffer.fromEnv("HOME", 9, { timeout: 1 }), /"timeout"/);
};

// More than libuv has threads, which go on meanwhile.
tests.many_at_once = async () => {
  const controller = new AbortController();
  const fds = Array.from({ length: 40 }, open);
  events.setMaxListeners(0, controller.signal);
  await fs.promises.access(fifo); // starts libuv's
  const nothingIsLeft = spent("many");
  const all = fds.map((fd) => LockedBuffer.fromFdAsync(fd, 9, { signal: controller.signal }));
  await fs.promises.access(fifo);
  controller.abort();
  for (const { reason } of await Promise.allSettled(all)) assert.equal(reason.code, "ABORT_ERR");
  nothingIsLeft();
};

tests.closed_or_dropped_meanwhile = async () => {
  const fd = open();
  const b = new LockedBuffer(6);
  const read = b.readFdAsync(0, 6, fd);
  await waiting();
  b.close();
  const others = Array.from({ length: 100 }, () => new LockedBuffer(6)); // one of them in the object that was b's
  fs.writeSync(fd, "secret");
  await assert.rejects(read, { code: "OSML_ECLOSED" });
  await assert.rejects(b.readFdAsync(0, 6, fd), { code: "OSML_ECLOSED" });
  assert(others.every((other) => other.read(0, 6).equals(Buffer.alloc(6))));
  const dropped = (() => new LockedBuffer(6).readFdAsync(0, 6, fd))();
  for (let turn = 0; turn < 3; turn++) await new Promise((done) => setImmediate(() => done(globalThis.gc())));
  fs.writeSync(fd, "secret");
  assert.equal(await dropped, 6);
};

// The collector need not run before the buffer can be protected, and its memory given back.
tests.no_pin_is_left = async () => {
  const b = new LockedBuffer(200000);
  for (const [name, [on, ...given]] of Object.entries(everyWait(b))) {
    if (on !== b) continue;
    await assert.rejects(b[`${name}Async`](...given, { timeout: 0 }), { code: "ETIMEDOUT" });
    b.protect(osml.ACCESS_NONE);
    b.protect(osml.ACCESS_READWRITE);
  }
  b.with(() => assert.throws(() => b.protect(osml.ACCESS_NONE), { code: "OSML_EPINNED" }, "the control"));
};

const workerTasks = {
  wait() {
    for (const [name, [on, ...given]] of Object.entries(everyWait())) on[`${name}Async`](...given).catch(() => {});
    parentPort.postMessage("started");
  },
  exit() {
    LockedBuffer.fromFdAsync(open(), 9);
    process.exit();
  },
  fail() {
    LockedBuffer.fromFdAsync(open(), 9);
    throw new RangeError("mine");
  },
};

tests.a_worker_that_is_terminated = async () => {
  for (let turn = 0; turn < 3; turn++) {
    const worker = new Worker(__filename, { workerData: "wait" });
    await new Promise((done) => worker.on("message", done));
    await worker.terminate();
    assert.equal(programs(), "");
  }
  for (const task of ["exit", "fail"]) {
    const worker = new Worker(__filename, { workerData: task });
    worker.on("error", (error) => assert(error instanceof RangeError));
    await new Promise((done) => worker.on("exit", done));
  }
  assert.equal(osml.info(osml.INFO_LIVE_BUFFERS), 0);
};

function startAll(program) {
  for (const [name, [on, ...given]] of Object.entries(everyWait(undefined, program))) on[`${name}Async`](...given).catch(() => {});
}
tests.waiting_at_exit = async () => {
  startAll();
  await waiting();
  process.exit(0);
};
tests.waiting_when_killed_from_inside = async () => {
  startAll(["sleep", "2"]); // nobody ends it
  await waiting();
  process.reallyExit(0);
};

// script(1) makes a terminal, and its own input must not end. What the program printed, and how the terminal is afterwards.
tests.a_prompt = () => {
  for (const how of ["abort", "timeout", "handler", "exit"]) {
    const command = `${process.execPath} ${__dirname}/prompting.js ${how} </dev/null >${folder}/told 2>&1; echo status $?; stty -a`;
    const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], { encoding: "utf8", stdio: [open(), "pipe", "inherit"] });
    assert(/status 0\b/.test(stdout) && /[^-]echo\b/.test(stdout), `${how}: ${stdout} ${fs.readFileSync(`${folder}/told`)}`);
  }
};

children(__filename, tests, workerTasks);

// SPDX-License-Identifier: MIT OR Apache-2.0
// The contract of ../README.md, told in Node.js. `contract.js quota` is the child of scenario 24.
"use strict";

const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const osml = require("osmemlock");

const { LockedBuffer } = osml;
const scenarios = [];
const scenario = (name, told) => scenarios.push([name, told]);
const live = () => osml.info(osml.INFO_LIVE_BUFFERS);
const content = (b) => b.read(0, b.size());
const text = (b) => content(b).toString("latin1");
const nulls = (n) => "\0".repeat(n);

// The call must throw, with the code in `code` and in front of the message; without a code, it is the arguments that are wrong.
function refused(call, kind = Error, code = undefined) {
  let error;
  try {
    call();
  } catch (caught) {
    error = caught;
  }
  assert(error instanceof kind, `${call} ${error ? `: ${error}` : "was not refused"}`);
  if (code) assert(error.code === code && error.message.startsWith(code), error.message);
  return error.message;
}

function holding(bytes) {
  const b = new LockedBuffer(bytes.length);
  b.write(0, Buffer.from(bytes, "latin1"));
  return b;
}

// As `using` does it, which Node has from 24 on.
const leave = Symbol.dispose ?? "close";
function using(buffer, work) {
  try {
    return work(buffer);
  } finally {
    buffer[leave]();
  }
}

// What is collected is finalized in a later turn of the loop.
async function collect() {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc();
    await new Promise(setImmediate);
  }
}

scenario("born zero", () => {
  using(new LockedBuffer(32), (b) => assert(b.size() === 32 && text(b) === nulls(32)));
  using(new LockedBuffer(0), (b) => assert(b.size() === 0 && text(b) === ""));
});

scenario("bytes go in and out", () =>
  using(new LockedBuffer(32), (b) => {
    b.write(5, new Uint8Array([0, 107, 101, 121, 255]));
    const into = Buffer.alloc(3);
    b.readInto(6, into);
    assert(into.toString() === "key" && text(b) === `${nulls(5)}\0key\xff${nulls(22)}`);
    b.setByte(31, 200);
    assert(b.getByte(9) === 255 && b.getByte(31) === 200);
    b.fill(0, 7, 2);
    b.copy(2, b, 0, 2);
    assert(b.read(0, 5).equals(Buffer.from([7, 7, 7, 7, 0])));
    b.write(0, Buffer.from("a part of a larger one").subarray(2, 6));
    assert(b.read(0, 4).toString() === "part");
  }));

scenario("positions outside are refused", () =>
  using(new LockedBuffer(8), (b) => {
    for (const position of [-1, 8, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, -(2 ** 31), 2 ** 64, -Infinity, Infinity]) {
      refused(() => b.getByte(position), RangeError);
      refused(() => b.setByte(position, 1), RangeError);
      refused(() => b.write(position, Buffer.from("x")), RangeError);
      refused(() => b.read(position, 1), RangeError);
    }
    for (const [offset, n] of [[7, 2], [0, 9], [8, 1], [1, 2 ** 53 - 1], [2 ** 53 - 1, 2]]) {
      refused(() => b.read(offset, n), RangeError, "OSML_ERANGE");
      refused(() => b.fill(offset, 1, n), RangeError, "OSML_ERANGE");
    }
    refused(() => b.write(4, Buffer.alloc(5)), RangeError, "OSML_ERANGE");
    refused(() => b.setByte(0, 256), TypeError, "OSML_EINVAL");
    assert(text(b) === nulls(8));
  }));

scenario("wrong arguments are refused", () => {
  const before = live();
  for (const size of [-1, 1.5, NaN, Infinity, 2 ** 64, -(2 ** 63)]) refused(() => new LockedBuffer(size), RangeError);
  for (const size of ["8", 8n, null, undefined, true, {}, [8], Symbol("8")]) refused(() => new LockedBuffer(size), TypeError);
  refused(() => new LockedBuffer(2 ** 52), Error, "ENOMEM");
  refused(() => new LockedBuffer());
  refused(() => new LockedBuffer(8, { want: 2 ** 31 }), TypeError, "OSML_EINVAL");
  refused(() => new LockedBuffer(8, { policy: 99 }), TypeError, "OSML_EINVAL");
  using(new LockedBuffer(8), (b) => {
    for (const bytes of ["text", null, undefined, 8, [1], {}, new Uint16Array(1), new ArrayBuffer(1)]) refused(() => b.write(0, bytes), TypeError);
    refused(() => b.equal(null), TypeError, "OSML_EINVAL");
    refused(() => b.equal(Buffer.alloc(8)), TypeError);
    refused(() => LockedBuffer.fromFile("a\0b", 8), TypeError);
    refused(() => LockedBuffer.fromFile(null, 8), TypeError, "OSML_EINVAL");
    assert(live() === before + 1);
  });
});

scenario("close wipes", () => {
  const b = holding("key");
  const before = live();
  assert(!b.closed());
  b.close();
  assert(b.closed() && live() === before - 1);
});

scenario("close twice", () => {
  const b = new LockedBuffer(8);
  b.close();
  b.close();
  assert(b.closed());
});

scenario("closed is refused", () => {
  const b = new LockedBuffer(8);
  const other = new LockedBuffer(8);
  b.close();
  const calls = [
    () => b.write(0, Buffer.from("x")), () => b.read(0, 1), () => b.readInto(0, Buffer.alloc(1)), () => b.getByte(0), () => b.setByte(0, 1),
    () => b.fill(0, 1, 1), () => b.random(0, 8), () => b.copy(0, other, 0, 1), () => other.copy(0, b, 0, 1), () => b.wipe(), () => b.equal(other),
    () => other.equal(b), () => b.protect(osml.ACCESS_READ), () => b.protections(), () => b.verify(), () => b.decode(osml.HEX),
    () => b.encode(osml.HEX), () => b.part(0, 1), () => b.joined(other), () => other.joined(b), () => b.prefixed(Buffer.from("x")),
    () => b.suffixed(Buffer.from("x")), () => b.find(0, Buffer.from("x")), () => b.equalBytes(Buffer.from("x")), () => b.writeFd(1), () => b.readFd(0, 1, 0), () => b.piped(["cat"], 9),
  ];
  for (const call of calls) refused(call, TypeError, "OSML_ECLOSED");
  assert(b.closed() && b.size() === 8);
  other.close();
});

scenario("the scope closes", () => {
  let kept = using(new LockedBuffer(8), (b) => b);
  assert(kept.closed());
  refused(() => using(new LockedBuffer(8), (b) => {
    kept = b;
    throw new Error("mine");
  }));
  assert(kept.closed());
});

scenario("the user's error survives", () => {
  const mine = new Error("mine");
  try {
    using(new LockedBuffer(8), (b) => {
      b.close();
      throw mine;
    });
  } catch (error) {
    assert(error === mine);
    return;
  }
  assert.fail("nothing was thrown");
});

function drop(count) {
  for (let i = 0; i < count; i++) new LockedBuffer(32);
  return live();
}

scenario("dropped is collected", async () => {
  await collect();
  const before = live();
  assert(drop(100) === before + 100);
  await collect();
  assert(live() === before, `${live()} are live, ${before} were`);
});

scenario("equal", () => {
  const [a, b, longer] = [holding("same bytes"), holding("same bytes"), holding("same bytes!")];
  assert(a.equal(b) && !a.equal(longer));
  b.setByte(9, b.getByte(9) ^ 1);
  assert(!a.equal(b));
  b.close();
  refused(() => a.equal(b), TypeError, "OSML_ECLOSED");
  a.close();
  longer.close();
});

scenario("random", () =>
  using(new LockedBuffer(32), (a) => using(new LockedBuffer(32), (b) => {
    a.random(0, 32);
    b.random(0, 32);
    assert(new Set([text(a), text(b), nulls(32)]).size === 3);
  })));

scenario("wipe", () =>
  using(holding("key"), (b) => {
    b.wipe();
    assert(text(b) === nulls(3) && !b.closed());
  }));

scenario("protections are true", () => {
  const wanted = osml.LOCKED | osml.NODUMP | osml.WIPEONFORK | osml.CANARY;
  assert(wanted === osml.DEFAULT_PROTECTIONS);
  using(new LockedBuffer(32), (b) => assert((b.protections() & wanted) === wanted && (b.verify() & wanted) === wanted));
});

scenario("guarded buffers can be shut", () => {
  using(new LockedBuffer(8, { want: osml.DEFAULT_PROTECTIONS | osml.GUARDED }), (b) => {
    b.protect(osml.ACCESS_READ);
    assert(b.getByte(0) === 0);
    refused(() => b.write(0, Buffer.from("x")), Error, "OSML_EACCESS");
    b.protect(osml.ACCESS_NONE);
    refused(() => b.getByte(0), Error, "OSML_EACCESS");
    refused(() => b.write(0, Buffer.from("x")), Error, "OSML_EACCESS");
    b.protect(osml.ACCESS_READWRITE);
    b.write(0, Buffer.from("x"));
    assert(b.read(0, 1).toString() === "x");
  });
  using(new LockedBuffer(8), (plain) => refused(() => plain.protect(osml.ACCESS_READ), Error, "OSML_EUNSUPPORTED"));
});

function inFolder(work) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "osmemlock-"));
  try {
    work(path.join(folder, "file"));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

scenario("from a file", () =>
  inFolder((file) => {
    fs.writeFileSync(file, "the key\n");
    using(LockedBuffer.fromFile(file, 100), (b) => assert(text(b) === "the key\n"));
    using(LockedBuffer.fromFile(file, 8, { flags: osml.TRIM_NEWLINE }), (b) => assert(text(b) === "the key"));
    refused(() => LockedBuffer.fromFile(file, 7), TypeError, "OSML_ETOOBIG");
    refused(() => LockedBuffer.fromFile("/dev/null", 7), TypeError, "OSML_EEMPTY");
    refused(() => LockedBuffer.fromFile(`${file}.missing`, 7), Error, "ENOENT");
    refused(() => LockedBuffer.fromCredential("no-such-credential", 7), Error, "ENOENT");
  }));

// A FIFO, because Node has no pipe(); opened for both it waits for no other end, fifo(7).
scenario("from a descriptor, and out again", () =>
  inFolder((file) => {
    execFileSync("mkfifo", [file]);
    const both = fs.openSync(file, "r+");
    const [reader, writer] = [fs.openSync(file, "r"), fs.openSync(file, "w")];
    using(holding("\0through\0a pipe\0"), (b) => {
      b.writeFd(writer);
      b.writeFd(writer);
      using(new LockedBuffer(20), (part) => {
        assert(part.readFd(2, 16, reader) === 16);
        assert(text(part).startsWith("\0\0\0t"));
        refused(() => part.readFd(19, 2, reader), RangeError, "OSML_ERANGE");
      });
      [both, writer].forEach((fd) => fs.closeSync(fd));
      using(LockedBuffer.fromFd(osml.fdFromOsHandle(reader), 100), (c) => assert(b.equal(c)));
    });
    fs.closeSync(reader);
    refused(() => LockedBuffer.fromFd(-1, 100), Error, "EBADF");
    refused(() => osml.fdFromOsHandle(-1), TypeError, "OSML_EINVAL");
  }));

// process.env asks the C library each time.
scenario("from the environment", () => {
  process.env.OSML_CONTRACT = "out of the environment";
  using(LockedBuffer.fromEnv("OSML_CONTRACT", 100), (b) => assert(text(b) === "out of the environment"));
  assert(!("OSML_CONTRACT" in process.env));
  refused(() => LockedBuffer.fromEnv("OSML_CONTRACT", 100), Error, "ENOENT");
});

scenario("decode", () => {
  const [hex, base64, base32, neither] = [holding("00ff6B"), holding("AP9r/w=="), holding("ad7w x7y\n"), holding("neither!")];
  hex.decode(osml.HEX);
  base64.decode(osml.BASE64);
  base32.decode(osml.BASE32);
  assert(text(hex) === "\0\xffk" && text(base64) === "\0\xffk\xff" && text(base32) === "\0\xffk\xff");
  assert(refused(() => neither.decode(osml.HEX), TypeError, "OSML_EFORMAT").includes("Line 1"));
  refused(() => neither.decode(osml.BASE64), TypeError, "OSML_EFORMAT");
  assert(text(neither) === "neither!");
  [hex, base64, base32, neither].forEach((b) => b.close());
});

const vmlck = () => Number(/VmLck:\s+(\d+)/.exec(fs.readFileSync("/proc/self/status"))[1]);

scenario("locks by address", () => {
  const own = Buffer.alloc(1 << 20, 1);
  const before = vmlck();
  osml.mlock(own);
  assert(vmlck() >= before + 1024);
  osml.munlock(own);
  assert(vmlck() === before);
  osml.madviseDontdump(own);
  osml.wipe(own);
  assert(own.equals(Buffer.alloc(1 << 20)));
  refused(() => osml.mlock("text"), TypeError);
  refused(() => osml.mlock(null), TypeError);
});

const soft = () => /Max core file size\s+(\S+)/.exec(fs.readFileSync("/proc/self/limits"))[1];

scenario("core dumps off and on", () => {
  const before = soft();
  assert(before !== "0", "the program must start with core dumps on");
  const [first, second] = [osml.disableCoreDumpsWithGuard(), osml.disableCoreDumpsWithGuard()];
  first.release();
  assert(soft() === "0");
  second.release();
  second.release();
  assert(soft() === before);
  osml.disableCoreDumpsForProcess();
  assert(soft() === "0");
});

scenario("Windows helpers", () => {
  assert.deepEqual([osml.SEM_FAILCRITICALERRORS, osml.SEM_NOGPFAULTERRORBOX, osml.SEM_NOOPENFILEERRORBOX], [1, 2, 0x8000]);
  refused(() => osml.setWindowsErrorMode(1), Error, "OSML_EUNSUPPORTED");
  refused(() => osml.suppressWindowsErrorDialogsForProcess(), Error, "OSML_EUNSUPPORTED");
});

scenario("the report", async () => {
  await collect();
  assert(osml.info(osml.INFO_PAGE_SIZE) === Number(execFileSync("getconf", ["PAGESIZE"])));
  assert(live() === 0, `${live()} are live`);
  using(new LockedBuffer(8), () => assert(live() === 1));
  assert(live() === 0 && osml.UNLIMITED === 2 ** 64);
  assert(/^\d+\.\d+\.\d+(-\w+)?$/.test(osml.version()) && osml.errorName(-10001) === "OSML_EUNSUPPORTED");
  refused(() => osml.info(999), TypeError, "OSML_EINVAL");
});

scenario("the lock limit is explained", () => {
  const message = execFileSync(process.env.OSML_QUOTA, [process.execPath, __filename, "quota"], { encoding: "utf8" });
  assert(["OSML_ELIMIT", "65536", "ulimit -l"].every((word) => message.includes(word)), message);
});

scenario("purge closes everything", () => {
  const ended = [holding("secret"), new LockedBuffer(100000, { want: osml.DEFAULT_PROTECTIONS | osml.GUARDED })];
  osml.purge();
  assert(live() === 0);
  for (const b of ended) {
    assert(b.closed());
    refused(() => b.getByte(0), TypeError, "OSML_ECLOSED");
    b.close();
  }
  using(holding("new"), (b) => assert(live() === 1 && text(b) === "new"));
  osml.purge();
});

scenario("trim gives idle memory back", () => {
  const figures = () => [osml.info(osml.INFO_IDLE_BYTES), osml.info(osml.INFO_LIBRARY_LOCKED_BYTES)];
  using(holding("stays"), (stays) => {
    const made = Array.from({ length: 100 }, () => new LockedBuffer(1000));
    made.forEach((b) => b.close());
    const [idle, locked] = figures();
    osml.trim();
    const [idleNow, lockedNow] = figures();
    assert(idleNow < idle && lockedNow < locked && text(stays) === "stays");
  });
});

scenario("encode", () => {
  const texts = [[osml.HEX, "00ff6bff"], [osml.BASE64, "AP9r/w=="], [osml.BASE64URL, "AP9r_w"], [osml.BASE32, "AD7WX7Y="]];
  using(holding("\0\xffk\xff"), (b) => {
    for (const [coding, wanted] of texts) {
      using(b.encode(coding), (encoded) => {
        assert(text(encoded) === wanted);
        encoded.decode(coding);
        assert(encoded.equal(b));
      });
    }
    refused(() => b.encode(0), TypeError, "OSML_EINVAL");
  });
});

scenario("words around a secret", () => {
  const bytes = (words) => Buffer.from(words, "latin1");
  const b = holding("t0k3n");
  const before = b.prefixed(bytes("Bearer "));
  const header = before.suffixed(bytes("\r\n"));
  const [part, twice] = [header.part(7, 5), b.joined(b)];
  assert(text(b) === "t0k3n" && text(header) === "Bearer t0k3n\r\n" && text(part) === "t0k3n" && text(twice) === "t0k3nt0k3n");
  assert(header.find(0, bytes("t0k3n")) === 7 && header.find(8, bytes("t0k3n")) === -1 && twice.find(1, bytes("t0")) === 5);
  assert(b.equalBytes(bytes("t0k3n")) && !b.equalBytes(bytes("t0k3N")) && !b.equalBytes(bytes("t0k3")));
  refused(() => b.part(1, 5), RangeError, "OSML_ERANGE");
  const memory = bytes("taken");
  const taken = LockedBuffer.take(memory);
  assert(text(taken) === "taken" && memory.every((byte) => byte === 0));
  [b, before, header, part, twice, taken].forEach((made) => made.close());
});

scenario("used in place", async () => {
  const b = holding("secret");
  const mine = new Error("mine");
  let kept;
  assert(b.with((bytes) => (kept = bytes).reduce((sum, byte) => sum + byte, 0)) === 646);
  assert((await b.with(async (bytes) => bytes.length)) === 6);
  assert.throws(() => b.with(() => { throw mine; }), mine);
  refused(() => b.with(() => b.close() ?? 7), TypeError, "OSML_ECLOSED");
  refused(() => b.with(() => assert.fail("lent")), TypeError, "OSML_ECLOSED");
  assert(kept.every((byte) => byte === 0));
});

scenario("from a command", () => {
  const run = (argv, most) => LockedBuffer.fromCommand(argv, most);
  using(run(["printf", "%s", "$HOME; `id`"], 100), (b) => assert(text(b) === "$HOME; `id`"));
  using(new LockedBuffer(300000), (b) => {
    using(b.piped(["cat"], 300000), (c) => assert(b.equal(c)));
    assert(refused(() => b.piped(["sh", "-c", "exit 3"], 9), Error, "OSML_ECOMMAND").includes("exit status was 3"));
  });
  refused(() => run(["echo", "long"], 3), TypeError, "OSML_ETOOBIG");
  refused(() => run(["true"], 3), TypeError, "OSML_EEMPTY");
  refused(() => run(["/nonexistent/program"], 3), Error, "ENOENT");
  assert.throws(() => run("echo"), TypeError);
  assert.throws(() => run(["a\0b"]), RangeError);
});

async function main() {
  console.log(`1..${scenarios.length}`);
  for (const [index, [name, told]] of scenarios.entries()) {
    try {
      await told();
      console.log(`ok ${index + 1} - ${name}`);
    } catch (error) {
      console.log(`not ok ${index + 1} - ${name}\n${error.stack.replace(/^/gm, "# ")}`);
    }
  }
}

if (process.argv[2] === "quota") console.log(refused(() => new LockedBuffer(1 << 20), Error, "OSML_ELIMIT"));
else main();

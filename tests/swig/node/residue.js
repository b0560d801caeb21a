// SPDX-License-Identifier: MIT OR Apache-2.0
// The victim of ../residue.sh and ../../proof/run: residue.js from-fd|from-env. It obeys commands.
"use strict";

const { spawn } = require("node:child_process");
const { createHmac } = require("node:crypto");
const fs = require("node:fs");
const { LockedBuffer } = require("osmemlock");

function ready(answer = process.pid) {
  fs.writeSync(1, `ready ${answer}\n`);
  const line = Buffer.alloc(80);
  return line.toString("latin1", 0, fs.readSync(0, line)).trim();
}

let b = process.argv[2] === "from-fd" ? LockedBuffer.fromFd(3, 4096) : LockedBuffer.fromEnv("OSML_PROOF_SECRET", 4096);
const others = [];

function more(most) {
  try {
    others.push(LockedBuffer.fromFd(4, most));
    return "held";
  } catch {
    return "refused";
  }
}

const obey = {
  release: () => b.close(),
  use() {
    let sum = 0;
    for (let i = 0; i < b.size(); i++) sum += b.getByte(i);
    return sum & 0xff;
  },
  // What is collected is finalized in a later turn of the loop.
  async collect() {
    b = null;
    for (let turn = 0; turn < 3; turn++) {
      globalThis.gc();
      await new Promise(setImmediate);
    }
  },
  raise() {
    try {
      b.with(() => { throw new Error("enough"); });
    } catch (error) {
      globalThis.error = error;
    } finally {
      b.close();
    }
  },
  refuse: () => more(32),
  more: () => more(4096),
  fill(count) {
    try {
      while (others.length < count) others.push(new LockedBuffer(64));
    } catch {
      // the quota
    }
    return others.length;
  },
  exec: () => spawn("cat", { stdio: "inherit" }).pid,
  lend() {
    b.with((key) => {
      createHmac("sha256", key).update("message").digest();
      ready();
    });
  },
  copy() {
    globalThis.copy = b.read(0, b.size());
  },
  exit: () => process.exit(),
};

async function main() {
  let line = ready();
  while (line) {
    const [command, ...words] = line.split(" ");
    line = ready(await obey[command](...words));
  }
}
main();

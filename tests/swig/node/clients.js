// SPDX-License-Identifier: MIT OR Apache-2.0
// The process that is searched: clients.js CLIENT SEED SEED SOCKET PATH. What it says is told in tests/python/clients/victim.py. Which result a
// client must have, and what may be left of it, is in ../clients/clients.py.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const { LockedBuffer, BASE64 } = require("osmemlock");

const MESSAGE = "a message that everybody may read";
const SALT = "sixteen byte salt";
const [name, lockedSeed, ordinarySeed, socket, path] = process.argv.slice(2).map((word, i) => (i === 3 ? Number(word) : word));
const alive = []; // what a client wants to be alive while its process is searched

function say(text) {
  fs.writeSync(1, `${text}\n`);
  fs.readSync(0, Buffer.alloc(1));
}

// As tests/python/clients/control.py.
function control(seed) {
  let state = BigInt(seed);
  return Array.from({ length: 32 }, () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 56n);
  });
}

const lent = (use) => (key) => key.with(use);

function encrypted(key, text) {
  const cipher = crypto.createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  return Buffer.concat([cipher.update(text), cipher.final()]);
}

function stored(bytes) {
  const buffer = new LockedBuffer(bytes.length);
  buffer.write(0, bytes);
  return buffer;
}

function words(b) {
  const header = b.prefixed(Buffer.from("Bearer "));
  return header.part(header.find(0, Buffer.from(" ")) + 1, 32);
}

function coded(b) {
  const text = b.encode(BASE64);
  text.decode(BASE64);
  return text;
}

const sources = {
  "LockedBuffer.fromFd": () => LockedBuffer.fromFd(socket, 4096),
  "LockedBuffer.fromFile": () => LockedBuffer.fromFile(path, 4096),
  "fs.readFileSync": () => stored((alive[0] = fs.readFileSync(path))),
};
const uses = {
  createHmac: lent((s) => crypto.createHmac("sha256", s).update(MESSAGE).digest()),
  createHash: lent((s) => crypto.createHash("sha256").update(s).digest()),
  hkdfSync: lent((s) => Buffer.from(crypto.hkdfSync("sha256", s, SALT, "", 32))),
  pbkdf2Sync: lent((s) => crypto.pbkdf2Sync(s, SALT, 1000, 32, "sha256")),
  "createCipheriv, as key": lent((s) => encrypted(s, "hello")),
  "createCipheriv, as plaintext": lent((s) => encrypted(Buffer.alloc(32), s)),
  timingSafeEqual: lent((s) => String(crypto.timingSafeEqual(s, Buffer.alloc(32)))),
  "b.equal": (b) => String(b.equal(b.part(0, 32)) && !b.equalBytes(Buffer.alloc(32))),
  "b.prefixed, find, part": words,
  "b.encode, decode": coded,
  "b.writeFd": (b) => b.writeFd(socket),
  "b.read": (b) => (alive[0] = b.read(0, b.size())),
  "'Bearer ' + text": lent((s) => (alive[0] = `Bearer ${Buffer.from(s).toString("latin1")}`)),
  "Buffer.from": lent((s) => (alive[0] = Buffer.from(s))),
  "createSecretKey, kept": lent((s) => crypto.createHmac("sha256", (alive[0] = crypto.createSecretKey(s))).update(MESSAGE).digest()),
};

// Of a buffer not its content but an HMAC of it, so that no copy is made to be compared.
function bytesOf(result) {
  if (result instanceof LockedBuffer) return result.with((s) => crypto.createHmac("sha256", s).update("fingerprint").digest());
  return Buffer.from(result ?? "");
}

function answer(key) {
  return bytesOf(name in sources ? sources[name]() : uses[name](key)).toString("hex");
}

const locked = new LockedBuffer(32);
control(lockedSeed).forEach((byte, i) => locked.setByte(i, byte));
const ordinary = Buffer.from(control(ordinarySeed));
const key = name in sources ? new LockedBuffer(0) : LockedBuffer.fromFd(socket, 4096);
const told = answer(key);
gc();
say(`used ${told}`);
alive.length = 0;
gc();
key.close();
say("closed");
locked.close();
if (ordinary.length !== 32) throw new Error(); // until here

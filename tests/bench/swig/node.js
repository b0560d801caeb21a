// SPDX-License-Identifier: MIT OR Apache-2.0
// New and close of a buffer of 32 bytes beside Node's own Buffer of 32 that is not out of its pool: the best of ten rounds each, in turns.
"use strict";

const { LockedBuffer } = require("osmemlock");

const COUNT = 20000;

function nanoseconds(work) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < COUNT; i++) work();
  return Number(process.hrtime.bigint() - start) / COUNT;
}

let kept;
const own = () => {
  kept = Buffer.allocUnsafeSlow(32).fill(0);
};
const locked = () => new LockedBuffer(32).close();

let [bestOwn, bestLocked] = [Infinity, Infinity];
for (let round = 0; round < 10; round++) {
  bestOwn = Math.min(bestOwn, nanoseconds(own));
  bestLocked = Math.min(bestLocked, nanoseconds(locked));
}
console.log(`node: Buffer of 32 ${bestOwn.toFixed(0)} ns, LockedBuffer ${bestLocked.toFixed(0)} ns, ${(bestLocked / bestOwn).toFixed(1)}x`);

// SPDX-License-Identifier: MIT OR Apache-2.0
// The processor's time for new and close of a buffer of 32 bytes, Node's own Buffer of 32 that is not out of its pool, and a call that does nothing:
// the median of ten rounds each, that of all threads, the collector's too.
"use strict";

const { LockedBuffer } = require("osmemlock");

const COUNT = 50000;

function nanoseconds(work) {
  const rounds = Array.from({ length: 10 }, () => {
    const start = process.cpuUsage();
    for (let i = 0; i < COUNT; i++) work();
    const { user, system } = process.cpuUsage(start);
    return ((user + system) * 1000) / COUNT;
  });
  return rounds.sort((a, b) => a - b)[5].toFixed(0);
}

let kept;
const own = () => {
  kept = Buffer.allocUnsafeSlow(32).fill(0);
};
const open = new LockedBuffer(32);
const call = () => {
  kept = open.size();
};
const locked = () => new LockedBuffer(32).close();
console.log(`node: Buffer of 32 ${nanoseconds(own)} ns, call ${nanoseconds(call)} ns, LockedBuffer ${nanoseconds(locked)} ns`);

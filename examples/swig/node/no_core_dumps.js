// SPDX-License-Identifier: MIT OR Apache-2.0
// Switches core dumps off for the time that they would hurt, and hardens the process for good.
"use strict";

const fs = require("node:fs");
const osml = require("osmemlock");

function show(event) {
  const limit = /Max core file size\s+(\S+)/.exec(fs.readFileSync("/proc/self/limits"))[1];
  console.log(event.padEnd(26), limit);
}

show("core dumps may have:");
const guard = osml.disableCoreDumpsWithGuard();
try {
  show("under the guard:");
} finally {
  guard.release();
}
show("the guard is gone:");

// A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too. From then on /proc/self is root's.
osml.disableCoreDumpsForProcess();
show("off for good:");
const done = osml.harden(osml.HARDEN_ALL);
console.log(`core limit: ${(done & osml.HARDEN_CORE_LIMIT) !== 0}, undumpable: ${(done & osml.HARDEN_UNDUMPABLE) !== 0}`);

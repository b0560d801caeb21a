// SPDX-License-Identifier: MIT OR Apache-2.0
// The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards. hold_secret.js [FILE]
"use strict";

const osml = require("osmemlock");

const words = new Map([
  [osml.LOCKED, "locked in RAM"],
  [osml.NODUMP, "left out of core dumps"],
  [osml.WIPEONFORK, "zeros in a forked child"],
]);

function readSecret(path) {
  if (path) return osml.LockedBuffer.fromFile(path, 65536, { flags: osml.TRIM_NEWLINE });
  return osml.LockedBuffer.fromFd(0, 65536, { flags: osml.TRIM_NEWLINE });
}

// Stands for the real use, byte by byte, because a string would be a second secret, and one that cannot be wiped (FNV-1a).
function checksum(secret) {
  let sum = 2166136261;
  for (let position = 0; position < secret.size(); position++) sum = Math.imul(sum ^ secret.getByte(position), 16777619);
  return (sum >>> 0).toString(16).padStart(8, "0");
}

// From Node 24 on: using secret = readSecret(...)
const secret = readSecret(process.argv[2]);
try {
  console.log(`a secret of ${secret.size()} bytes, checksum ${checksum(secret)}`);
  const [said, seen] = [secret.protections(), secret.verify()];
  for (const [bit, word] of words)
    console.log(`  ${word.padEnd(24)} library: ${said & bit ? "yes" : "no "}  kernel: ${seen & bit ? "yes" : "no"}`);
} finally {
  secret.close();
}
console.log(`secrets alive afterwards: ${osml.info(osml.INFO_LIVE_BUFFERS)}`);

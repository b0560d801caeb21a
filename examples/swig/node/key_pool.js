// SPDX-License-Identifier: MIT OR Apache-2.0
// Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way.
"use strict";

const osml = require("osmemlock");

function newKey() {
  const key = new osml.LockedBuffer(32);
  key.random(0, 32);
  return key;
}

const keys = Array.from({ length: 10000 }, newKey);
const locked = osml.info(osml.INFO_LIBRARY_LOCKED_BYTES);
console.log(`${osml.info(osml.INFO_LIVE_BUFFERS)} keys of 32 bytes are alive, ${locked / 1024} KiB are locked for them`);
console.log(`with a page for each key it would be ${(keys.length * osml.info(osml.INFO_PAGE_SIZE)) / 1024} KiB`);
keys.forEach((key) => key.close());
console.log(`after close: ${osml.info(osml.INFO_LIVE_BUFFERS)} keys`);

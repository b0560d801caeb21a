// SPDX-License-Identifier: MIT OR Apache-2.0
// The victim of ../residue.sh: residue.js from-fd|from-env.
"use strict";

const fs = require("node:fs");
const { LockedBuffer } = require("osmemlock");

function ready() {
  fs.writeSync(1, `ready ${process.pid}\n`);
  fs.readSync(0, Buffer.alloc(1));
}

const b = process.argv[2] === "from-fd" ? LockedBuffer.from_fd(3, 4096) : LockedBuffer.from_env("OSML_PROOF_SECRET", 4096);
ready();
b.close();
ready();

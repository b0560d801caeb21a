// SPDX-License-Identifier: MIT OR Apache-2.0
// npm only warns of a Node that is too old; what is then built, or loaded, would fail without saying why.
"use strict";

const [oldest] = require("./package.json").engines.node.match(/\d+/);
if (parseInt(process.versions.node) < oldest) {
  console.error(`osmemlock: Node ${oldest} or later is needed; this is ${process.versions.node}`);
  process.exit(1);
}

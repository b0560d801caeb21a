// SPDX-License-Identifier: MIT OR Apache-2.0
// What test_wait.js runs in a terminal that is its own: prompting.js abort|timeout|handler|exit, which end a prompt once echo is off.
"use strict";

const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const { LockedBuffer } = require("osmemlock");

const how = process.argv[2];
const isOff = () => execFileSync("stty", ["-a", "-F", "/dev/tty"], { encoding: "utf8" }).includes("-echo ");
const controller = new AbortController();
const options = how === "timeout" ? { timeout: 1 } : { signal: controller.signal };
const codes = { timeout: ["ETIMEDOUT"], abort: ["ABORT_ERR"], handler: ["ABORT_ERR", "EINTR"] }; // the prompt may see the signal before the handler
let wasOff = how === "timeout"; // nobody looks then

assert(!isOff());
LockedBuffer.promptAsync("? ", 9, options).then(assert.fail, ({ code }) => {
  assert(codes[how].includes(code), code);
  assert(wasOff && !isOff());
});
(function look() {
  if (how === "timeout") return;
  wasOff = isOff();
  if (!wasOff) setImmediate(look);
  else if (how === "exit") process.exit();
  else if (how === "handler") process.once("SIGINT", () => controller.abort()).kill(process.pid, "SIGINT");
  else controller.abort();
})();

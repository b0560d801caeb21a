// SPDX-License-Identifier: MIT OR Apache-2.0
// children(file, tests, workerTasks): runs each of the tests that a file has, in a child whose exit status is looked at. `node FILE NAME` is the child.
"use strict";

const assert = require("node:assert");
const { spawnSync } = require("node:child_process");
const { isMainThread, workerData } = require("node:worker_threads");

function runs(...given) {
  const run = spawnSync(process.execPath, ["--expose-gc", ...given], { stdio: "inherit" });
  return run.status === 0 && run.signal === null;
}

// A test that nothing is left to wait for ends as well, with the status that stands then.
const never = () => new Promise(() => {});

function child(test) {
  process.exitCode = 1;
  Promise.resolve(test()).then(() => { process.exitCode = 0; }, (error) => {
    console.error(error);
    process.exit(1);
  });
}

function all(file, tests) {
  assert(!runs("-e", "process.kill(process.pid, 'SIGKILL')"), "the control: a crash of a child must be seen");
  assert(!runs(file, "never"), "the control: a test that never ends must be seen");
  const failed = Object.keys(tests).filter((name) => {
    const ok = runs(file, name);
    console.log(`${ok ? "ok   " : "FAILED "}${name}`);
    return !ok;
  });
  console.log(`${Object.keys(tests).length} tests, ${failed.length} failed`);
  process.exitCode = failed.length ? 1 : 0;
}

module.exports = (file, tests, workerTasks) => {
  if (!isMainThread) workerTasks[workerData]();
  else if (process.argv[2]) child({ never, ...tests }[process.argv[2]]);
  else all(file, tests);
};

// SPDX-License-Identifier: MIT OR Apache-2.0
// The calls that may wait: here, with a `timeout` in milliseconds, or on a thread, with a promise, and a `signal` that ends it too.
"use strict";

const MAKING = ["want", "policy"];
const READING = ["flags", ...MAKING];
const NUMBERS = { want: "LOCKED | NODUMP", policy: "POLICY_STRICT", flags: "TRIM_NEWLINE" }; // each with an example

// A misspelt name would be ignored without a word.
function chosen(options = {}, known = READING) {
  if (typeof options !== "object" || options === null) throw new TypeError("an object with options is needed");
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown) throw new TypeError(`there is no option "${unknown}" here`);
  for (const [name, example] of Object.entries(NUMBERS))
    if (options[name] !== undefined && typeof options[name] !== "number") throw new TypeError(`${name}: a number is needed, such as ${example}`);
  return options;
}

function milliseconds({ timeout = Infinity }) {
  if (typeof timeout !== "number") throw new TypeError("timeout: a number is needed");
  if (!(timeout >= 0)) throw new RangeError("timeout: milliseconds from 0 on");
  return timeout;
}

// As Node's own functions do it.
function aborted({ reason }) {
  const error = new Error("The operation was aborted", { cause: reason });
  return Object.assign(error, { name: "AbortError", code: "ABORT_ERR" });
}

// What was started: how it is cancelled, and what the collector must leave alone meanwhile.
const started = new Map();

function endAll() {
  for (const wait of [false, true]) for (const cancel of started.keys()) cancel(wait); // until all are over, so that a terminal is given back
}

// A call is a native wait_..., what it is given but for its end, the options, and which there are. With a function at the end it runs on a thread,
// and returns what cancels it.
async function later([start, given, options, known]) {
  const choice = chosen(options, [...known, "timeout", "signal"]); // what it inherits counts, too
  const { signal } = choice;
  const timeout = milliseconds(choice);
  if (signal !== undefined && ["add", "remove"].some((what) => typeof signal?.[`${what}EventListener`] !== "function")) throw new TypeError("signal: an AbortSignal is needed");
  if (signal?.aborted) throw aborted(signal);
  return new Promise((resolve, reject) => {
    const abort = () => cancel();
    const cancel = start(...given, timeout, (error, result) => {
      started.delete(cancel);
      if (!started.size) process.removeListener("exit", endAll);
      signal?.removeEventListener("abort", abort);
      if (error) reject(signal?.aborted && error.code === "EINTR" ? aborted(signal) : error);
      else resolve(result);
    });
    if (!started.size) process.on("exit", endAll);
    started.set(cancel, given);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

function now([start, given, options, known]) {
  return start(...given, milliseconds(chosen(options, [...known, "timeout"])), undefined);
}

module.exports = { MAKING, READING, chosen, later, now };

// SPDX-License-Identifier: MIT OR Apache-2.0
// Is there a module for this machine? Else npm builds one: npm_config_build_from_source=true asks for that.
"use strict";

try {
  if (process.env.npm_config_build_from_source) throw new Error("build_from_source is set");
  require(`./prebuilds/${process.platform}-${process.arch}/osmemlock.node`);
} catch (error) {
  console.error(`osmemlock: no module for ${process.platform}-${process.arch} (${error.message}); it is built, which takes a C++ compiler`);
  process.exit(1);
}

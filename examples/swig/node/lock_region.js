// SPDX-License-Identifier: MIT OR Apache-2.0
// Locks memory that the program has already, by hand. An ArrayBuffer can be given to another thread from under a lock, so there are no regions as
// in the C example of this name. Nothing is counted: munlock unlocks the pages with whatever else is in them.
"use strict";

const osml = require("osmemlock");

function show(event) {
  console.log(`${event.padEnd(28)} ${osml.info(osml.INFO_PROCESS_LOCKED_BYTES) / 1024} KiB locked`);
}

const token = Buffer.alloc(8192); // room for what the program reads, as in fs.readSync(fd, token)

show("at the start:");
osml.mlock(token);
osml.madviseDontdump(token);
show("locked:");
// ... the program reads the secret into the buffer and uses it there ...
osml.wipe(token);
osml.munlock(token);
show("wiped and unlocked:");

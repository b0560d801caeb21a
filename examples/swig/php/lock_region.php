<?php
// SPDX-License-Identifier: MIT OR Apache-2.0
// Locks memory that the program has already, by hand. A string that is held gets other memory when it is changed, so there are no regions as in
// the C example of this name. Nothing is counted: munlock unlocks the pages with whatever else is in them.
declare(strict_types=1);

function show(string $event): void
{
    printf("%-28s %d KiB locked\n", $event, intdiv(osmemlock\info(osmemlock\INFO_PROCESS_LOCKED_BYTES), 1024));
}

$token = random_bytes(8192); // stands for a string that some other library made

show('at the start:');
osmemlock\mlock($token);
osmemlock\madvise_dontdump($token);
show('locked:');
// ... the program uses it, and neither changes it nor gives it another name ...
osmemlock\wipe($token);
osmemlock\munlock($token);
show('wiped and unlocked:');

<?php
// SPDX-License-Identifier: MIT OR Apache-2.0
// Switches core dumps off for the time that they would hurt, and hardens the process for good.
declare(strict_types=1);

function show(string $when): void
{
    preg_match('/Max core file size\s+(\S+)/', file_get_contents('/proc/self/limits'), $found);
    printf("%-26s %s\n", $when, $found[1]);
}

show('core dumps may have:');
$guard = osmemlock\disable_core_dumps_with_guard();
try {
    show('under the guard:');
} finally {
    $guard->release();
}
show('the guard is gone:');

// A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too.
$done = osmemlock\harden(osmemlock\HARDEN_ALL);
show('hardened for good:');
printf(
    "core limit: %s, undumpable: %s\n",
    $done & osmemlock\HARDEN_CORE_LIMIT ? 'done' : 'refused',
    $done & osmemlock\HARDEN_UNDUMPABLE ? 'done' : 'refused',
);

<?php
// SPDX-License-Identifier: MIT OR Apache-2.0
// Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way.
declare(strict_types=1);

use osmemlock\LockedBuffer;

function new_key(): LockedBuffer
{
    $key = new LockedBuffer(32);
    $key->random(0, 32);
    return $key;
}

$keys = [];
for ($i = 0; $i < 10000; $i++) {
    $keys[] = new_key();
}
$locked = intdiv(osmemlock\info(osmemlock\INFO_LIBRARY_LOCKED_BYTES), 1024);
echo osmemlock\info(osmemlock\INFO_LIVE_BUFFERS), " keys of 32 bytes are alive, $locked KiB are locked for them\n";
echo 'with a page for each key it would be ', intdiv(count($keys) * osmemlock\info(osmemlock\INFO_PAGE_SIZE), 1024), " KiB\n";
foreach ($keys as $key) {
    $key->close();
}
echo 'after close: ', osmemlock\info(osmemlock\INFO_LIVE_BUFFERS), " keys\n";

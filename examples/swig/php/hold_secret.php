<?php
// SPDX-License-Identifier: MIT OR Apache-2.0
// The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards.
//   hold_secret.php [FILE]
declare(strict_types=1);

use osmemlock\LockedBuffer;

const WORDS = [
    osmemlock\LOCKED => 'locked in RAM',
    osmemlock\NODUMP => 'left out of core dumps',
    osmemlock\WIPEONFORK => 'zeros in a forked child',
];

function read_secret(?string $path): LockedBuffer
{
    if ($path !== null) {
        return LockedBuffer::from_file($path, 65536, osmemlock\TRIM_NEWLINE);
    }
    return LockedBuffer::from_fd(STDIN, 65536, osmemlock\TRIM_NEWLINE);
}

// Stands for the real use, byte by byte, because a string would be a second secret to look after (FNV-1a).
function checksum(LockedBuffer $secret): int
{
    $total = 2166136261;
    for ($position = 0; $position < $secret->size(); $position++) {
        $total = ($total ^ $secret->get_byte($position)) * 16777619 & 0xffffffff;
    }
    return $total;
}

$secret = read_secret($argv[1] ?? null);
try {
    printf("a secret of %d bytes, checksum %08x\n", $secret->size(), checksum($secret));
    [$said, $seen] = [$secret->protections(), $secret->verify()];
    foreach (WORDS as $bit => $words) {
        printf("  %-24s library: %-4s kernel: %s\n", $words, $said & $bit ? 'yes' : 'no', $seen & $bit ? 'yes' : 'no');
    }
} finally {
    $secret->close();
}
echo 'secrets alive after the block: ', osmemlock\info(osmemlock\INFO_LIVE_BUFFERS), "\n";

<?php
// SPDX-License-Identifier: MIT OR Apache-2.0
// New and close of a buffer of 32 bytes beside PHP's own string of 32: the median of 21 rounds each, in turns.
declare(strict_types=1);

const COUNT = 20000;

function nanoseconds(callable $work): float
{
    $start = hrtime(true);
    $work();
    return (hrtime(true) - $start) / COUNT;
}

function own(): void
{
    for ($i = 0; $i < COUNT; $i++) {
        $bytes = str_repeat("\0", 32);
        unset($bytes);
    }
}

function locked(): void
{
    for ($i = 0; $i < COUNT; $i++) {
        $b = new osmemlock\LockedBuffer(32);
        $b->close();
    }
}

for ($round = 0; $round < 21; $round++) {
    $owns[] = nanoseconds('own');
    $lockeds[] = nanoseconds('locked');
}
sort($owns);
sort($lockeds);
printf("php: string of 32 %.0f ns, LockedBuffer %.0f ns, %.1fx\n", $owns[10], $lockeds[10], $lockeds[10] / $owns[10]);

<?php
// SPDX-License-Identifier: MIT OR Apache-2.0
// The processor's time for new and close of a buffer of 32 bytes, PHP's own string of 32 and a call that does nothing: the median of 21 rounds each.
declare(strict_types=1);

const COUNT = 50000;

function now(): float
{
    $used = getrusage();
    return ($used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec']) * 1e9 + ($used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec']) * 1e3;
}

function nanoseconds(callable $work): float
{
    for ($round = 0; $round < 21; $round++) {
        $start = now();
        $work();
        $rounds[] = (now() - $start) / COUNT;
    }
    sort($rounds);
    return $rounds[10];
}

function own(): void
{
    for ($i = 0; $i < COUNT; $i++) {
        $bytes = str_repeat("\0", 32);
        unset($bytes);
    }
}

function call(): void
{
    $b = new osmemlock\LockedBuffer(32);
    for ($i = 0; $i < COUNT; $i++) {
        $b->size();
    }
}

function locked(): void
{
    for ($i = 0; $i < COUNT; $i++) {
        $b = new osmemlock\LockedBuffer(32);
        $b->close();
    }
}

printf("php: string of 32 %.0f ns, call %.0f ns, LockedBuffer %.0f ns\n", nanoseconds('own'), nanoseconds('call'), nanoseconds('locked'));

<?php
// SPDX-License-Identifier: MIT OR Apache-2.0
// The victim of ../residue.sh and ../../proof/run: residue.php from-fd|from-env. It obeys commands.
declare(strict_types=1);

use osmemlock\LockedBuffer;

function ready(int|string|null $answer = null): string|false
{
    echo 'ready ', $answer ?? getmypid(), "\n";
    return fgets(STDIN);
}

function sum(LockedBuffer $b): int
{
    $sum = 0;
    for ($i = 0; $i < $b->size(); $i++) {
        $sum += $b->get_byte($i);
    }
    return $sum & 0xff;
}

function more(int $most, array &$others): string
{
    try {
        $others[] = LockedBuffer::from_fd(4, $most);
        return 'held';
    } catch (ValueError | RuntimeException) {
        return 'refused';
    }
}

function fill(int $count, array &$others): int
{
    try {
        while (count($others) < $count) {
            $others[] = new LockedBuffer(64);
        }
    } catch (RuntimeException) {
        // the quota
    }
    return count($others);
}

/** The error stays, with the arguments in its trace. */
function leave_raising(LockedBuffer $b): Exception
{
    try {
        $b->expose(fn(string $key) => throw new Exception('enough'));
    } catch (Exception $error) {
        return $error;
    } finally {
        $b->close();
    }
}

function child(): int
{
    $child = pcntl_fork();
    if ($child === 0) {
        fgets(STDIN);
        exit;
    }
    return $child;
}

function execute(): int
{
    global $cat;
    $cat = popen('echo $$; exec cat', 'r');
    return (int) fgets($cat);
}

function lend(LockedBuffer $b): void
{
    $b->expose(function (string $key): void {
        hash_hmac('sha256', 'message', $key);
        ready();
    });
}

$b = $argv[1] === 'from-fd' ? LockedBuffer::from_fd(3, 4096) : LockedBuffer::from_env('OSML_PROOF_SECRET', 4096);
$others = [];
$answer = null;
while ($line = ready($answer)) {
    $answer = match (strtok(trim($line), ' ')) {
        'release' => $b->close(),
        'use' => sum($b),
        'collect' => $b = null,
        'raise' => ($kept = leave_raising($b)) ? null : 0,
        'refuse' => more(32, $others),
        'more' => more(4096, $others),
        'fill' => fill((int) strtok(' '), $others),
        'fork' => child(),
        'exec' => execute(),
        'lend' => lend($b),
        'copy' => ($kept = $b->read(0, $b->size())) ? null : 0,
        'exit' => exit,
    };
}

<?php
// SPDX-License-Identifier: MIT OR Apache-2.0
// The victim of ../residue.sh: residue.php from-fd|from-env.
declare(strict_types=1);

use osmemlock\LockedBuffer;

function ready(): void
{
    echo 'ready ', getmypid(), "\n";
    fgets(STDIN);
}

$b = $argv[1] === 'from-fd' ? LockedBuffer::from_fd(3, 4096) : LockedBuffer::from_env('OSML_PROOF_SECRET', 4096);
ready();
$b->close();
ready();

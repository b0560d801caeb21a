# SPDX-License-Identifier: MIT OR Apache-2.0
# The victim of ../residue.sh: residue.pl from-fd|from-env.
use strict;
use warnings;
use osmemlock;

$| = 1;

sub ready {
    print "ready $$\n";
    scalar <STDIN>;
}

my $b = $ARGV[0] eq 'from-fd' ? osmemlock::LockedBuffer::from_fd(3, 4096) : osmemlock::LockedBuffer::from_env('OSML_PROOF_SECRET', 4096);
ready();
$b->close;
ready();

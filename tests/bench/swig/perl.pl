# SPDX-License-Identifier: MIT OR Apache-2.0
# The processor's time for new and close of 32 bytes, a string of 32 and a call that does nothing; the best of nine rounds each.
use strict;
use warnings;
use Time::HiRes qw(clock_gettime CLOCK_PROCESS_CPUTIME_ID);
use osmemlock;

my $calls = 50000;

sub measure {
    my ($subject) = @_;
    my $best = 1e18;
    for (1 .. 9) {
        my $start = clock_gettime(CLOCK_PROCESS_CPUTIME_ID);
        $subject->($_) for 1 .. $calls;
        my $taken = (clock_gettime(CLOCK_PROCESS_CPUTIME_ID) - $start) / $calls * 1e9;
        $best = $taken if $taken < $best;
    }
    return $best;
}

my $open = osmemlock::LockedBuffer->new(32);
printf "perl: string of 32 %.0f ns, call %.0f ns, LockedBuffer %.0f ns\n",
    measure(sub { my $s = pack "N8", $_[0] }),
    measure(sub { $open->size }),
    measure(sub { osmemlock::LockedBuffer->new(32)->close });

# SPDX-License-Identifier: MIT OR Apache-2.0
# New and close of 32 bytes beside a string of 32, in turns in one run; the best of each counts.
use strict;
use warnings;
use Time::HiRes qw(time);
use osmemlock;

my $calls = 50000;

sub measure {
    my ($subject) = @_;
    my $start = time;
    $subject->($_) for 1 .. $calls;
    return (time() - $start) / $calls * 1e9;
}

my ($buffer, $own) = (1e18, 1e18);
for (1 .. 9) {
    my $new = measure(sub { osmemlock::LockedBuffer->new(32)->close });
    my $string = measure(sub { my $s = pack "N8", $_[0] });
    $buffer = $new if $new < $buffer;
    $own = $string if $string < $own;
}
printf "perl: string of 32 %.0f ns, LockedBuffer %.0f ns, %.1fx\n", $own, $buffer, $buffer / $own;

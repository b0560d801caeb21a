# SPDX-License-Identifier: MIT OR Apache-2.0
# Switches core dumps off for the time that they would hurt, and hardens the process for good.
use strict;
use warnings;
use osmemlock;

sub show {
    my ($when) = @_;
    open my $limits, '<', "/proc/self/limits" or die "limits: $!\n";
    my ($line) = grep { /^Max core file size/ } <$limits>;
    printf "%-26s %s\n", $when, (split /\s{2,}/, $line)[1];
}

show("core dumps may have:");
{
    my $guard = osmemlock::disable_core_dumps_with_guard();
    show("under the guard:");
}
show("the guard is gone:");

# A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too.
my $done = osmemlock::harden($osmemlock::HARDEN_ALL);
show("hardened for good:");
printf "core limit: %s, undumpable: %s\n", $done & $osmemlock::HARDEN_CORE_LIMIT ? "done" : "refused",
    $done & $osmemlock::HARDEN_UNDUMPABLE ? "done" : "refused";

# SPDX-License-Identifier: MIT OR Apache-2.0
# Locks memory that the program has already, by hand. A string that grows gets other memory, so there are no regions as in the C example of this
# name. Nothing is counted: munlock unlocks the pages with whatever else is in them.
use strict;
use warnings;
use osmemlock;

sub show {
    my ($event) = @_;
    printf "%-28s %d KiB locked\n", $event, osmemlock::info($osmemlock::INFO_PROCESS_LOCKED_BYTES) / 1024;
}

my $token = "\0" x 8192; # room for what the program reads, as in sysread($file, $token, 8192)

show("at the start:");
osmemlock::mlock($token);
osmemlock::madvise_dontdump($token);
show("locked:");

# ... the program reads the secret into the string and uses it there ...
osmemlock::wipe($token);
osmemlock::munlock($token);
show("wiped and unlocked:");

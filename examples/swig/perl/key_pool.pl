# SPDX-License-Identifier: MIT OR Apache-2.0
# Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way.
use strict;
use warnings;
use osmemlock;

sub new_key {
    my $key = osmemlock::LockedBuffer->new(32);
    $key->random(0, 32);
    return $key;
}

my @keys = map { new_key() } 1 .. 10000;
printf "%d keys of 32 bytes are alive, %d KiB are locked for them\n", osmemlock::info($osmemlock::INFO_LIVE_BUFFERS),
    osmemlock::info($osmemlock::INFO_LIBRARY_LOCKED_BYTES) / 1024;
printf "with a page for each key it would be %d KiB\n", @keys * osmemlock::info($osmemlock::INFO_PAGE_SIZE) / 1024;
$_->close for @keys;
printf "after close: %d keys\n", osmemlock::info($osmemlock::INFO_LIVE_BUFFERS);

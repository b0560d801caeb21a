# SPDX-License-Identifier: MIT OR Apache-2.0
# The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards. hold_secret.pl [FILE]
use strict;
use warnings;
use osmemlock;

my %words = (
    $osmemlock::LOCKED => "locked in RAM",
    $osmemlock::NODUMP => "left out of core dumps",
    $osmemlock::WIPEONFORK => "zeros in a forked child",
);

sub read_secret {
    return osmemlock::LockedBuffer::from_file($ARGV[0], 65536, $osmemlock::TRIM_NEWLINE) if @ARGV;
    return osmemlock::LockedBuffer::from_fd(0, 65536, $osmemlock::TRIM_NEWLINE);
}

# Stands for the real use, byte by byte, because a string would be a second secret to look after (FNV-1a).
sub checksum {
    my ($secret) = @_;
    my $total = 2166136261;
    $total = (($total ^ $secret->get_byte($_)) * 16777619) & 0xffffffff for 0 .. $secret->size - 1;
    return $total;
}

{
    my $secret = read_secret();
    printf "a secret of %d bytes, checksum %08x\n", $secret->size, checksum($secret);
    my ($said, $seen) = ($secret->protections, $secret->verify);
    for my $bit (sort { $a <=> $b } keys %words) {
        printf "  %-24s library: %-4s kernel: %s\n", $words{$bit}, $said & $bit ? "yes" : "no", $seen & $bit ? "yes" : "no";
    }
}
print "secrets alive after the block: ", osmemlock::info($osmemlock::INFO_LIVE_BUFFERS), "\n";

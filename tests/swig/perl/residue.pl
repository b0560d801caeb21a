# SPDX-License-Identifier: MIT OR Apache-2.0
# The victim of ../residue.sh and ../../proof/run: residue.pl from-fd|from-env. It obeys commands.
use strict;
use warnings;
use Digest::SHA 'hmac_sha256';
use POSIX ();
use osmemlock;

$| = 1;

sub ready {
    print "ready ", $_[0] // $$, "\n";
    scalar <STDIN>;
}

my $b = $ARGV[0] eq 'from-fd' ? osmemlock::LockedBuffer::from_fd(3, 4096) : osmemlock::LockedBuffer::from_env('OSML_PROOF_SECRET', 4096);
our ($copy, @others);

sub more {
    my $most = shift;
    eval { push @others, osmemlock::LockedBuffer::from_fd(4, $most) } ? 'held' : 'refused';
}

my %obey = (
    release => sub { $b->close; undef },
    collect => sub { undef $b },
    copy => sub { $copy = $b->read(0, $b->size); undef },
    exec => sub { open our $cat, '-|', 'cat' },
    refuse => sub { more(32) },
    more => sub { more(4096) },
    fill => sub {
        my $count = shift;
        eval { push @others, osmemlock::LockedBuffer->new(64) while @others < $count };
        scalar @others;
    },
    exit => sub { $_[0] ? POSIX::_exit(0) : exit },
    use => sub {
        my $sum = 0;
        $sum += $b->get_byte($_) for 0 .. $b->size - 1;
        $sum & 0xff;
    },
    raise => sub {
        eval {
            my $last = $b;
            undef $b;
            $last->expose(sub { die "enough\n" });
        };
        undef;
    },
    fork => sub {
        my $child = fork;
        return $child if $child;
        sysread STDIN, my $none, 1;
        POSIX::_exit(0);
    },
    lend => sub {
        $b->expose(sub { hmac_sha256('message', $_); ready() });
        undef;
    },
);

my $answer;
while (my $line = ready($answer)) {
    my ($command, @words) = split ' ', $line;
    $answer = $obey{$command}->(@words);
}

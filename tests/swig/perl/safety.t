# SPDX-License-Identifier: MIT OR Apache-2.0
# What must never crash: each runs in a child, whose exit status is looked at. safety.t [NAME]: that one, in this process.
use strict;
use warnings;
use Config;
use osmemlock;

our @leaked;
my (%tests, @order);

sub test {
    my ($name, $run) = @_;
    $tests{$name} = $run;
    push @order, $name;
}

sub refused {
    my ($code, $call) = @_;
    die "was not refused\n" if eval { $call->(); 1 };
    die $@ if index("$@", $code) != 0;
}

sub live { osmemlock::info($osmemlock::INFO_LIVE_BUFFERS) }

test use_after_close => sub {
    my $b = osmemlock::LockedBuffer->new(8);
    $b->close;
    $b->close;
    refused "OSML_ECLOSED", sub { $b->wipe };
    refused "OSML_ECLOSED", sub { $b->read(0, 1) };
    my $guard = osmemlock::disable_core_dumps_with_guard();
    $guard->release for 1 .. 3;
};

test use_after_destroy => sub {
    my $b = osmemlock::LockedBuffer->new(8);
    $b->DESTROY;
    refused "OSML_EINVAL", sub { $b->wipe };
    $b->DESTROY;
};

test guard_after_destroy => sub {
    my $guard = osmemlock::disable_core_dumps_with_guard();
    $guard->DESTROY;
    refused "OSML_EINVAL", sub { $guard->release };
    $guard->DESTROY;
};

test handle_used_again_after_destroy => sub {
    my $stale = osmemlock::LockedBuffer->new(8);
    $stale->DESTROY;
    my @fresh = map { osmemlock::LockedBuffer->new(8) } 1 .. 100;
    refused "OSML_EINVAL", sub { $stale->close };
    die "closed\n" if grep { $_->closed } @fresh;
};

test copied_by_storable => sub {
    require Storable;
    my $b = osmemlock::LockedBuffer->new(8);
    my $guard = osmemlock::disable_core_dumps_with_guard();
    die "the control\n" unless Storable::dclone([ [7] ])->[0][0] == 7;
    for my $object ($b, $guard, tied(%$b), tied(%$guard)) {
        refused "OSML_EUNSUPPORTED", sub { Storable::dclone($object) };
        refused "OSML_EUNSUPPORTED", sub { Storable::dclone([$object]) };
        refused "OSML_EUNSUPPORTED", sub { Storable::freeze($object) };
        refused "OSML_EUNSUPPORTED", sub { $object->STORABLE_thaw(0, "") };
    }
    die "freed\n" unless $b->size == 8 && !$b->closed;
};

test undef_and_foreign_objects => sub {
    my $b = osmemlock::LockedBuffer->new(8);
    my $guard = osmemlock::disable_core_dumps_with_guard();
    refused "OSML_EINVAL", sub { osmemlock::LockedBuffer::close(undef) };
    refused "OSML_EINVAL", sub { osmemlock::CoreDumpsGuard::release(undef) };
    refused "OSML_EINVAL", sub { $b->copy(0, undef, 0, 1) };
    refused "OSML_EINVAL", sub { osmemlock::LockedBuffer::from_env(undef, 8) };
    refused "ValueError", sub { osmemlock::LockedBuffer::from_file("/dev/null\0", 8) };
    for my $foreign ($guard, [], {}, sub { 1 }, \*STDOUT, "text", 12, bless({}, "osmemlock::LockedBuffer")) {
        refused "", sub { osmemlock::LockedBuffer::close($foreign) };
        refused "", sub { $b->equal($foreign) };
        refused "", sub { $b->get_byte(ref $foreign ? $foreign : "x") };
    }
};

test closed_in_a_destructor => sub {

    package Holder;
    sub DESTROY { $_[0]{buffer}->close; $_[0]{buffer}->close }

    package main;
    {
        my $holder = bless { buffer => osmemlock::LockedBuffer->new(8) }, "Holder";
        die unless live() == 1;
    }
    die "alive\n" if live();
};

test a_cycle_at_exit => sub {
    my $cycle = { buffer => osmemlock::LockedBuffer->new(8), guard => osmemlock::disable_core_dumps_with_guard() };
    $cycle->{itself} = $cycle;
};

test live_at_exit => sub { @leaked = (osmemlock::LockedBuffer->new(8), osmemlock::LockedBuffer->new(100000), osmemlock::disable_core_dumps_with_guard()) };

test threads => sub {
    return unless $Config{useithreads};
    require threads;
    my $b = osmemlock::LockedBuffer->new(8);
    my @threads = map {
        threads->create(sub {
            my $own = osmemlock::LockedBuffer->new(32) for 1 .. 200;
            die "copied\n" if eval { $b->size; 1 };
        })
    } 1 .. 3;
    $_->join for @threads;
    die if grep { $_->error } @threads;
    die "freed\n" unless $b->size == 8 && !$b->closed;
    die "double frees\n" if osmemlock::info($osmemlock::INFO_DOUBLE_FREES);
};

test fork => sub {
    my $b = osmemlock::LockedBuffer->new(8);
    my $pid = fork;
    if (!$pid) {
        refused "OSML_EFORKED", sub { $b->read(0, 1) };
        exit 0;
    }
    waitpid $pid, 0;
    die if $?;
};

if (@ARGV) {
    $tests{ $ARGV[0] }->();
    exit 0;
}
sub child { system($^X, (map { "-I$_" } @INC), $0, @_) }
{
    open my $stderr, '>&', \*STDERR;
    close STDERR;
    die "the control: a child that fails must be seen\n" unless child("control");
    open STDERR, '>&', $stderr;
}
my $failed = 0;
for my $name (@order) {
    my $ok = child($name) == 0;
    print $ok ? "ok     $name\n" : "FAILED $name\n";
    $failed++ unless $ok;
}
print @order . " tests, $failed failed\n";
exit($failed ? 1 : 0);

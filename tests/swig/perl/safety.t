# SPDX-License-Identifier: MIT OR Apache-2.0
# What must never crash: each runs in a child, whose exit status is looked at. safety.t [NAME]: that one, in this process.
use strict;
use warnings;
use Config;
use Digest::SHA 'hmac_sha256';
use File::Temp;
use POSIX;
use Symbol;
use Time::HiRes;
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

test made_of_a_class => sub {
    my $b = osmemlock::LockedBuffer->new(8);
    refused "Usage", sub { $_->() } for sub { osmemlock::LockedBuffer::new() }, sub { osmemlock::LockedBuffer::new($b, 8) }, sub { $b->new(8) };
    refused "Usage", sub { osmemlock::LockedBuffer->new };
    refused "ValueError", sub { osmemlock::LockedBuffer->new("x") };
    @Mine::ISA = "osmemlock::LockedBuffer";
    my $mine = Mine->new(16, $osmemlock::DEFAULT_PROTECTIONS, $osmemlock::POLICY_STRICT);
    die "class or size\n" unless ref($mine) eq "Mine" && $mine->size == 16 && live() == 2;
    undef $mine;
    die "alive\n" if live() != 1;
};

# The handle goes with the last reference, whoever calls this.
test destroyed_by_hand => sub {
    my ($b, $guard) = (osmemlock::LockedBuffer->new(8), osmemlock::disable_core_dumps_with_guard());
    $_->DESTROY for $b, $guard, $b, $guard;
    die "freed\n" unless live() == 1 && $b->size == 8 && !$b->closed;
    $guard->release;
    undef $b;
    die "alive\n" if live();
};

test copied_by_storable => sub {
    require Storable;
    my $b = osmemlock::LockedBuffer->new(8);
    my $guard = osmemlock::disable_core_dumps_with_guard();
    die "the control\n" unless Storable::dclone([ [7] ])->[0][0] == 7;
    for my $object ($b, $guard) {
        refused "OSML_EUNSUPPORTED", sub { Storable::dclone($object) };
        refused "OSML_EUNSUPPORTED", sub { Storable::dclone([$object]) };
        refused "OSML_EUNSUPPORTED", sub { Storable::freeze($object) };
    }
    die "freed\n" unless $b->size == 8 && !$b->closed;
};

# What Perl code makes is never taken for a handle.
sub refused_everywhere {
    my ($forged) = @_;
    my ($b, $guard) = (osmemlock::LockedBuffer->new(8), osmemlock::disable_core_dumps_with_guard());
    refused "TypeError", sub { osmemlock::LockedBuffer::close($forged) };
    refused "TypeError", sub { osmemlock::LockedBuffer::size($forged) };
    refused "TypeError", sub { $b->copy(0, $forged, 0, 1) };
    refused "TypeError", sub { $b->equal($forged) };
    refused "TypeError", sub { osmemlock::CoreDumpsGuard::release($forged) };
}
sub forged { bless \(my $address = 4660), "osmemlock::$_[0]" }

test forged_by_bless => sub { refused_everywhere(forged($_)) for "LockedBuffer", "CoreDumpsGuard" };

test forged_by_tie => sub {
    for my $class ("LockedBuffer", "CoreDumpsGuard") {
        tie my %hash, "osmemlock::$class", forged($class);
        refused_everywhere(\%hash);
        refused_everywhere(bless \%hash, "osmemlock::$class");
    }
};

test forged_by_an_image_of_storable => sub {
    require Storable;
    for my $class ("LockedBuffer", "CoreDumpsGuard") {
        (my $without_hooks = $class) =~ tr/o/0/;
        my $image = Storable::freeze(\forged($without_hooks));
        die "the control\n" unless $image =~ s/$without_hooks/$class/;
        refused_everywhere(${ Storable::thaw($image) });
    }
};

test forged_by_a_dump => sub {
    require Data::Dumper;
    for my $object (osmemlock::LockedBuffer->new(8), osmemlock::disable_core_dumps_with_guard()) {
        refused_everywhere(eval Data::Dumper->new([$object])->Terse(1)->Dump);
    }
};

test forged_by_another_class => sub {
    my $guard = bless osmemlock::disable_core_dumps_with_guard(), "osmemlock::LockedBuffer";
    my $b = osmemlock::LockedBuffer->new(8);
    refused "TypeError", sub { $guard->close };
    refused "TypeError", sub { $b->equal($guard) };
};

test overwritten => sub {
    my $b = osmemlock::LockedBuffer->new(8);
    $$b = 4660;
    undef $$b;
    die "freed\n" unless live() == 1 && $b->size == 8 && !$b->closed;
};

# Perl copies what lies in magic to a variable that is local.
our $alias;
test localized => sub {
    my $b = osmemlock::LockedBuffer->new(8);
    *alias = $b;
    {
        local $alias;
        refused_everywhere(bless \$alias, "osmemlock::LockedBuffer");
    }
    die "freed\n" unless live() == 1 && !$b->closed && !osmemlock::info($osmemlock::INFO_DOUBLE_FREES);
};

sub Calling::TIESCALAR { bless $_[1], "Calling" }
sub Calling::FETCH { $_[0]->() }

test dropped_by_an_argument => sub {
    my $b = osmemlock::LockedBuffer->new(8);
    tie my $offset, "Calling", sub { undef $b; my @others = map { osmemlock::LockedBuffer->new(8) } 1 .. 100; 8 };
    refused "OSML_ERANGE", sub { $b->get_byte($offset) };
    die "alive\n" if live();
};

test changed_by_an_argument => sub {
    my $path = join "/", "", "", "dev", "null"; # in memory of its own, not of a constant
    tie my $max, "Calling", sub { substr($path, 0, 1) = "?"; 9 };
    osmemlock::LockedBuffer::from_file($path, $max, $osmemlock::ALLOW_EMPTY);
};

# Strings that Perl makes when they are asked for, and takes back when they are changed.
test the_number_of_arguments => sub {
    my $b = osmemlock::LockedBuffer->new(8);
    my %calls = (
        '$buffer->write(offset, bytes)' => sub { $b->write(0) },
        '$buffer->close()' => sub { $b->close(1) },
        '$buffer->piped(bytes, max, flags, want, policy)' => sub { $b->piped },
        '$guard->release()' => sub { osmemlock::disable_core_dumps_with_guard()->release(1) },
        'osmemlock::LockedBuffer->new(size, want, policy)' => sub { osmemlock::LockedBuffer->new },
        'osmemlock::LockedBuffer::take(into)' => sub { osmemlock::LockedBuffer::take() },
        'osmemlock::LockedBuffer::from_fd(fd, max, flags, want, policy)' => sub { osmemlock::LockedBuffer::from_fd() },
        'osmemlock::mlock(memory)' => sub { osmemlock::mlock() },
        'osmemlock::purge()' => sub { osmemlock::purge(1) },
    );
    refused "Usage: $_ at $0 line ", $calls{$_} for keys %calls;
};

test magic_strings => sub {
    my $b = osmemlock::LockedBuffer->new(6);
    my $text = "pw=secret and more";
    $text =~ /pw=(\w+)/;
    $b->write(0, $1);
    die unless $b->read(0, 6) eq "secret";
    $b->write(0, substr($text, 7, 6));
    die unless $b->read(0, 6) eq "et and";
    for (substr($text, 3, 6)) { die unless length($_) == 6; osmemlock::wipe($_) }
    die unless $text eq "pw=\0\0\0\0\0\0 and more";
    for (substr($text, 3, 6)) { $b->read_into(0, $_) }
    die unless $text eq "pw=et and and more";
    "constant" =~ /(.*)/;
    eval { osmemlock::wipe($1); 1 } and die "was not refused";
};

# What was asked for is named, but never a name that was refused itself, which may hold the secret.
test the_message_names_what_failed => sub {
    my $class = "osmemlock::LockedBuffer";
    refused "ENOENT: OSML_NONE: That environment variable is not set.", sub { $class->from_env("OSML_NONE", 8) };
    refused "ENOENT: /no/such/file: No such file", sub { $class->from_file("/no/such/file", 8) };
    refused "ENOENT: /no/?\?x: No such file", sub { $class->from_file("/no/\n\xe9x", 8) };
    refused "OSML_EEMPTY: /dev/null: There was no secret", sub { $class->from_file("/dev/null", 8) };
    refused "ENOENT: no-such-program: ", sub { $class->from_command("no-such-program\0pw", 8) };
    refused "OSML_EINVAL: invalid argument.", sub { $class->from_env("NAME=secret", 8) };
    refused "OSML_EINVAL: invalid argument.", sub { $class->from_env("", 8) };
    refused "ENOENT: " . "/x" x 99 . "/: ", sub { $class->from_file("/x" x 2000, 8) };
    refused "OSML_ERANGE: outside the buffer.", sub { $class->new(1)->get_byte(1) };
    my $message = eval { $class->from_file("/dev/null", 8) } || $@;
    die $message unless $message =~ /The flag ALLOW_EMPTY takes an empty one\. at /;
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
            refused "OSML_EINVAL", sub { $b->verify };
            $b->DESTROY;
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

# What waits for ever, because nobody writes to the pipe or the FIFO, and nobody reads.
sub waits {
    my $folder = File::Temp::tempdir(CLEANUP => 1);
    POSIX::mkfifo("$folder/fifo", 0600) or die $!;
    $ENV{CREDENTIALS_DIRECTORY} = $folder;
    pipe $_->[0], $_->[1] or die $! for \my (@empty, @full);
    return (
        sub { osmemlock::LockedBuffer::from_fd(fileno $empty[0], 9) },
        sub { osmemlock::LockedBuffer::from_file("$folder/fifo", 9) },
        sub { osmemlock::LockedBuffer::from_credential("fifo", 9) },
        sub { my $b = osmemlock::LockedBuffer->new(100000); $b->write_fd(fileno $full[1]) },
    );
}

# What it dies with when that handler runs. The signal comes again and again until then, so that one of them finds it waiting.
sub interrupted {
    my ($handler, $wait) = @_;
    local $SIG{ALRM} = sub { Time::HiRes::ualarm(0); $handler->() };
    Time::HiRes::ualarm(20000, 20000);
    eval { $wait->(); 1 } and die "was not interrupted\n";
    return $@;
}

test a_handler_that_dies_ends_a_wait => sub {
    my $object = bless {}, "Exception";
    for my $wait (waits()) {
        for my $thrown ($object, [ 1, 2 ], "text\n", "\x{20ac}\n") {
            my $died = interrupted(sub { die $thrown }, $wait);
            die "not what was thrown: $died" unless $died eq $thrown && ref $died eq ref $thrown;
            die "alive\n" if live();
        }
    }
};

# The numbers of what was closed are those of the next files, which get nothing of a secret, and give nothing.
test a_handler_that_closes_ends_a_wait => sub {
    my $b = osmemlock::LockedBuffer->new(200000);
    my @waits = (
        sub { $b->write_fd($_[1]) },
        sub { $b->write_fd(fileno $_[1]) },
        sub { $b->read_fd(0, 9, $_[0]) },
        sub { osmemlock::LockedBuffer::from_fd($_[0], 9) },
    );
    for my $wait (@waits) {
        pipe my $reader, my $writer or die $!;
        my @next;
        my $died = interrupted(sub {
            close $_ for $reader, $writer;
            open $next[$_], "+>", undef or die $! for 0, 1;
        }, sub { $wait->($reader, $writer) });
        die "not the wait: $died" unless $died =~ /^EINTR: /;
        die "the next file was used\n" if grep { -s } @next;
    }
    $b->close;
    my $died = interrupted(sub { die "of the handler\n" }, sub { osmemlock::LockedBuffer::from_command("sleep\0" . "60", 9) });
    die "not what was thrown: $died" unless $died eq "of the handler\n";
};

test a_handler_that_dies_calls_the_hook_as_elsewhere => sub {
    pipe my $reader, my $writer or die $!;
    my @called;
    for my $wait (sub { sysread $reader, my $bytes, 1 }, waits()) {
        local $SIG{__DIE__} = sub { $called[-1]++ };
        push @called, 0;
        interrupted(sub { die "text\n" }, $wait);
    }
    die "called @called times\n" if !$called[0] || grep { $_ != $called[0] } @called;
};

test a_wait_goes_on_after_a_handler => sub {
    pipe my $reader, my $writer or die $!;
    my $kept = osmemlock::LockedBuffer->new(8);
    syswrite $writer, "1234";
    local $SIG{ALRM} = sub {
        refused "OSML_ERANGE", sub { $kept->get_byte(8) };
        syswrite $writer, "5678";
        close $writer;
    };
    $@ = "before";
    Time::HiRes::ualarm(20000);
    my $b = osmemlock::LockedBuffer::from_fd(fileno $reader, 9);
    die "changed: $@\n" if $@ ne "before";
    die "lost\n" if $b->read(0, $b->size) ne "12345678";
};

test a_write_goes_on_after_a_handler => sub {
    pipe my $reader, my $writer or die $!;
    my $b = osmemlock::LockedBuffer->new(100000);
    $b->fill(0, 7, 100000);
    local $SIG{ALRM} = sub { fork or do { close $writer; POSIX::_exit(length(do { local $/; <$reader> }) != 100000) } };
    Time::HiRes::ualarm(20000);
    $b->write_fd(fileno $writer);
    close $writer;
    wait;
    die "lost\n" if $?;
};

test a_wait_inside_a_handler => sub {
    my @waits = waits();
    for my $outer (@waits) {
        for my $inner (@waits) {
            my $seen;
            my $handler = sub {
                POSIX::sigprocmask(POSIX::SIG_UNBLOCK, POSIX::SigSet->new(POSIX::SIGALRM)); # which Perl blocks meanwhile
                $seen = interrupted(sub { die "inner\n" }, $inner);
                die "outer\n";
            };
            my $died = interrupted($handler, $outer);
            die "seen: $seen$died" if $seen ne "inner\n" || $died ne "outer\n";
        }
    }
    die "alive\n" if live();
};

test exit_in_a_handler => sub {
    for my $wait (waits()) {
        my $pid = fork;
        interrupted(sub { exit 3 }, $wait) if !$pid;
        waitpid $pid, 0;
        die "ended with $?\n" if $? != 3 << 8;
    }
};
END { $? = 4 if $? == 3 && live() }

# A terminal that nobody types on. The prompt holds the signal back until it has restored it.
test a_handler_that_dies_ends_the_prompt => sub {
    open my $master, "+<", "/dev/ptmx" or die $!;
    my $number = pack "i", 0;
    ioctl $master, 0x40045431, $number or die $!; # TIOCSPTLCK
    ioctl $master, 0x80045430, $number or die $!; # TIOCGPTN
    my $pid = fork;
    if (!$pid) {
        POSIX::setsid();
        open my $terminal, "+<", "/dev/pts/" . unpack("i", $number) or die $!;
        my $died = interrupted(sub { die "text\n" }, sub { osmemlock::LockedBuffer::prompt("?", 9) });
        my $settings = POSIX::Termios->new;
        $settings->getattr(fileno $terminal);
        exit !($died eq "text\n" && $settings->getlflag & POSIX::ECHO && !live());
    }
    waitpid $pid, 0;
    die "ended with $?\n" if $?;
};

sub holding {
    my ($text) = @_;
    my $b = osmemlock::LockedBuffer->new(length $text, @_[1 .. $#_]);
    $b->write(0, $text);
    return $b;
}

sub same {
    my ($found, $wanted) = @_;
    die "'$found' instead of '$wanted'\n" unless $found eq $wanted;
}

# The bytes at an address, of a string that may lie elsewhere by now.
sub lies { my ($address, $length) = @_; unpack "P$length", pack "J", $address }
sub address { unpack "J", pack "P", $_[0] }

# What the whole string lay in, also where Perl had two bytes for a character, and what was in front.
test nothing_is_left_beside_a_string => sub {
    my %gone = (
        take => sub { osmemlock::LockedBuffer::take($_[0]) },
        wipe => sub { osmemlock::wipe($_[0]) },
        read_into => sub { osmemlock::LockedBuffer->new(length $_[0])->read_into(0, $_[0]) },
        written => sub { holding("x")->equal_bytes($_[0]); osmemlock::wipe($_[0]) },
    );
    for my $how (sort keys %gone) {
        utf8::upgrade(my $wide = join "", map { chr(0xC0 + $_) } 0 .. 59);
        my $cut = "Bearer " . "s" x 60 . "e" x 60;
        my ($at_wide, $at_cut) = (address($wide), address($cut));
        substr($cut, 0, 67, "");
        $gone{$how}->($_) for $wide, $cut;
        same unpack("H*", lies($at_wide, 120)), "00" x 120;
        same unpack("H*", lies($at_cut, 127)), "00" x 127;
        same "$wide$cut", "\0" x 120;
    }
};

test used_in_place => sub {
    for my $size (0, 1, 6, 5000, 1 << 20) {
        my $b = holding("s" x $size);
        same $b->expose(sub { hmac_sha256("message", $_) }), hmac_sha256("message", "s" x $size);
        same $b->expose(sub { my ($outer) = \@_; $b->expose(sub { $_[0] eq $outer->[0] }) }), 1;
    }
    my $b = holding("secret");
    same join(",", $b->expose(sub { my @both = (length $_, ord $_); @both })), "6,115";
    local $_ = "mine";
    for my $change (sub { $_ .= "x" }, sub { s/s/x/ }, sub { substr($_, 0, 1) = "x" }) {
        $b->expose(sub { refused "Modification of a read-only", $change });
    }
    $b->expose(sub { utf8::upgrade($_) });
    same "$_ " . $b->read(0, 6), "mine secret";
    for my $work (undef, 1, "text", []) { refused "Usage", sub { $b->expose($work) } }
    refused "a LockedBuffer", sub { osmemlock::LockedBuffer::expose("text", sub { }) };
    refused "OSML_EINVAL", sub { osmemlock::LockedBuffer::expose(undef, sub { }) };
    refused "mine", sub { $b->expose(sub { $b->close; die "mine\n" }) };
};

# As `system` says it, and where it says nothing. Perl takes -T only when it starts.
test in_taint_mode => sub {
    if (!${^TAINT}) {
        my @command = ($^X, "-T", (map { "-I$_" } @INC), $0, "in_taint_mode");
        die "failed\n" if system @command;
        return;
    }
    require Scalar::Util;
    @ENV{qw(PATH SECRET)} = ("/usr/bin:/bin", "from outside");
    delete @ENV{qw(IFS CDPATH ENV BASH_ENV)};
    my ($outside, $b) = (substr($^X, 0, 0), holding("secret"));
    my %runs = (
        from_command => sub { osmemlock::LockedBuffer::from_command("echo\0text$_[0]", 100) },
        piped => sub { $b->piped("cat\0-$_[0]", 100) },
        system => sub { system "true", $_[0] },
    );
    for my $name (keys %runs) {
        refused "Insecure dependency in $name while running with -T switch", sub { $runs{$name}->($outside) };
        $runs{$name}->("");
        local $ENV{PATH} = "/usr/bin:$outside/bin";
        refused "Insecure \$ENV{PATH} while running with -T switch", sub { $runs{$name}->("") };
    }
    my $into = "s" x 6;
    my $result = $b->read_into(0, $into);
    $result = $b->expose(sub { $_ });
    die "not tainted\n" if grep { !Scalar::Util::tainted($_) } $into, $result, $b->read(0, 6), $b->get_byte(0);
    same "$into,$result," . $b->get_byte(0), "secret,secret,115";
    my $locked = "l" x 100;
    osmemlock::mlock($locked);
    osmemlock::munlock($locked);
    die "tainted\n" if grep { Scalar::Util::tainted($_) } $locked, $b->size, $b->find(0, "c");
    $b->expose(sub { same hmac_sha256("message", $_), hmac_sha256("message", "secret") });
    same osmemlock::LockedBuffer::from_file("$outside/etc/hostname", 1000)->closed, "";
};

test sources_called_of_a_class => sub {
    my ($path, $secret) = ("/etc/hostname", "secret");
    $ENV{SECRET} = "secret";
    @Mine::ISA = "osmemlock::LockedBuffer";
    for my $class ("osmemlock::LockedBuffer", "Mine") {
        my @made = ($class->from_file($path, 1000), $class->from_command("echo\0text", 100), $class->take(my $text = $secret), $class->new(8));
        die "@made\n" if grep { ref ne $class || $_->closed } @made;
        same $made[2]->read(0, 6), "secret";
        same osmemlock::LockedBuffer::from_file($path, 1000)->equal($made[0]), 1;
        refused "OSML_EINVAL", sub { $class->from_env(undef, 8) };
        refused "ENOENT", sub { $class->from_file("/nowhere", 8) };
        refused "ValueError", sub { $class->from_file($path, "x") };
        refused "Usage", sub { $class->from_file($path) };
    }
    same join(",", (map { $_->size } osmemlock::LockedBuffer->from_env("SECRET", 9)), "after"), "6,after";
    if ($Config{useithreads}) {
        require threads;
        my $thread = threads->create(sub { osmemlock::LockedBuffer->from_file($path, 1000)->closed || "open" });
        same $thread->join, "open";
    }
    same live(), 0;
};

# A pipe with nothing more to come.
sub filled {
    pipe my $reader, my $writer or die $!;
    syswrite $writer, $_[0];
    return $reader;
}

sub text_of { my $b = $_[0]; $b->read(0, $b->size) }

test handles => sub {
    same text_of(osmemlock::LockedBuffer::from_fd(filled("secret"), 9)), "secret";
    my $kept = filled("secret");
    same text_of(osmemlock::LockedBuffer->from_fd(fileno $kept, 9)), "secret";
    open local *GLOB, "<", "/etc/hostname" or die $!;
    my $name = text_of(osmemlock::LockedBuffer::from_fd(*GLOB, 1000));
    for my $handle (\*GLOB, *GLOB{IO}) { seek GLOB, 0, 0; same text_of(osmemlock::LockedBuffer::from_fd($handle, 1000)), $name }
    for my $read (sub { readline $_[0] }, sub { read $_[0], my $byte, 1 }, sub { getc $_[0] }) {
        for my $layer ("", ":encoding(UTF-8)") {
            my $reader = filled("text\nthe secret");
            binmode $reader, $layer if $layer;
            $read->($reader);
            refused "RuntimeError the handle has read ahead", sub { osmemlock::LockedBuffer::from_fd($reader, 100) };
        }
    }
    my $reader = filled("text\nthe secret");
    sysread $reader, my $line, 5;
    same text_of(osmemlock::LockedBuffer::from_fd($reader, 100)), "the secret";
};

# Behind what was printed, and what was read, and not what was read ahead.
test handles_that_are_written => sub {
    my $b = holding("SEC");
    pipe my $reader, my $writer or die $!;
    print $writer "here is ";
    $b->write_fd($writer);
    close $writer;
    same readline($reader), "here is SEC";
    my $file = File::Temp->new;
    print $file "line1\nline2\nline3\n";
    seek $file, 0, 0;
    readline $file;
    $b->write_fd($file);
    seek $file, 0, 0;
    same join("", readline $file), "line1\nSECe2\nline3\n";
};

sub Tied::TIEHANDLE { bless [] }

test no_handles => sub {
    my $b = holding("secret");
    open my $memory, "+<", \my $string or die $!;
    open my $closed, "<", "/dev/null" or die $!;
    close $closed;
    tie *TIED, "Tied";
    my %why = (
        "TypeError the handle has no descriptor" => [$memory],
        "TypeError a handle that is tied" => [\*TIED],
        "RuntimeError the handle is closed" => [ $closed, Symbol::gensym() ],
        "TypeError neither a handle nor a descriptor's number" => [ "STDIN", undef, {}, [], sub { }, 1.5, \1, $b ],
    );
    for my $said (keys %why) {
        for my $foreign (@{ $why{$said} }) {
            refused $said, sub { osmemlock::LockedBuffer::from_fd($foreign, 9) };
            refused $said, sub { $b->write_fd($foreign) };
            refused $said, sub { $b->read_fd(0, 1, $foreign) };
        }
    }
};

test closed_in_the_scope => sub {
    for my $end (sub { $_[0]->close }, sub { osmemlock::purge() }) {
        my $b = holding("secret");
        my $mac;
        refused "OSML_ECLOSED", sub { $mac = $b->expose(sub { $end->($b); hmac_sha256("message", $_) }) };
        refused "OSML_ECLOSED", sub { $b->expose(sub { die "lent\n" }) };
        die "given out\n" if defined $mac;
    }
    no warnings "exiting";
    for my $once (1) {
        my $b = holding("secret");
        refused "Can't \"last\" outside", sub { $b->expose(sub { $b->close; last }) };
    }
    my $b = holding("secret", $osmemlock::DEFAULT_PROTECTIONS | $osmemlock::GUARDED);
    $b->protect($osmemlock::ACCESS_NONE);
    refused "OSML_EACCESS", sub { $b->expose(sub { die "lent\n" }) };
    $b->protect($osmemlock::ACCESS_READ);
    same $b->expose(sub { $_ }), "secret";
};

# What caller() hands out, Carp writes into its messages.
test traced_in_the_scope => sub {
    require Carp;
    my $b = holding("secret");
    my $confess = sub { Carp::confess("mine") };
    for my $work ($confess, sub { &$confess }, sub { Carp::croak("mine") }) {
        eval { $b->expose($work) };
        die $@ unless $@ =~ /^mine .*__ANON__ called/s && $@ !~ /secret/;
    }
    eval { $b->expose(sub { $confess->($_) }) };
    die "the control: $@" unless $@ =~ /__ANON__\("secret"\) called/;
    sub { $b->expose(sub { same scalar(@_) . shift, "1secret" }); same "@_", "mine too" }->("mine", "too");
};

test kept_is_undef => sub {
    my @kept;
    for (1 .. 2000) {
        my $b = holding("secret");
        $b->expose(sub { push @kept, \$_, \$_[0], \substr($_, 0, 3) });
        eval { $b->expose(sub { push @kept, \$_; die "mine\n" }) };
    }
    my @others = map { holding("SECRET") } 1 .. 2000;
    no warnings;
    die "alive\n" if grep { defined $$_ && length $$_ } @kept;
    die "live\n" unless live() == 2000;
};

test nothing_refers_to_it_after_the_scope => sub {
    my $b = holding("secret");
    my @kept;
    local $_ = "mine";
    my $before = Internals::SvREFCNT($_);
    $b->expose(sub { push @kept, \$_ });
    eval { $b->expose(sub { push @kept, \$_; die "mine\n" }) };
    $b->expose(sub { local $_ = "theirs"; $b->expose(sub { push @kept, \$_ }) });
    same join(" ", map { Internals::SvREFCNT($$_) } @kept), "1 1 1";
    same "$_ " . Internals::SvREFCNT($_), "mine $before";
};

test a_thread_in_the_scope => sub {
    return print "SKIP: a_thread_in_the_scope: a Perl without threads\n" unless $Config{useithreads};
    require threads;
    my $b = holding("secret");
    my $seen = $b->expose(sub {
        my $kept = \$_;
        return threads->create(sub { defined $$kept || defined $_ ? "alive" : "undef" })->join;
    });
    same $seen, "undef";
    same $b->expose(sub { $_ }), "secret";
};

test forked_in_the_scope => sub {
    my $b = holding("secret");
    my $pid;
    my $said = eval { $b->expose(sub { $pid = fork; $_ }) } // $@;
    if (!$pid) {
        POSIX::_exit(index($said, "OSML_EFORKED") == 0 && !eval { $b->expose(sub { }); 1 } ? 0 : 1);
    }
    waitpid $pid, 0;
    die "ended with $?\n" if $?;
    same $said, "secret";
};

# What perldoc tells: every sub of a buffer, and nothing else but what Perl and SWIG have for themselves.
test the_manual_is_what_there_is => sub {
    my %told = map { $_ => 1 } `python3 bindings/describe.py perl .` =~ /^=head2 (?:\$buffer->|osmemlock::LockedBuffer(?:::|->))(\w+)/mg;
    my @there = grep { defined &{"osmemlock::LockedBuffer::$_"} && !/^[A-Z]|^(?:swig_|this$|acquire$|disown$)/ } keys %osmemlock::LockedBuffer::;
    my @absent = grep { !defined &{"osmemlock::LockedBuffer::$_"} } keys %told;
    my @missing = grep { !$told{$_} } @there;
    die "told, and absent: @absent; not told: @missing\n" if !%told || @absent || @missing;
};

test exit_in_the_scope => sub {
    our $kept;
    holding("secret")->expose(sub { $kept = \$_; exit 0 });
};

if (@ARGV) {
    $tests{ $ARGV[0] }->();
    exit 0;
}
sub child { system("timeout", 60, $^X, (map { "-I$_" } @INC), $0, @_) }
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

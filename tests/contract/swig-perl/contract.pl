# SPDX-License-Identifier: MIT OR Apache-2.0
# The contract of ../README.md, told in Perl. `contract.pl quota` is the child of scenario 24.
use strict;
use warnings;
use File::Temp;
use POSIX ();
use osmemlock;

my @scenarios;
sub scenario { push @scenarios, [@_] }

sub must { $_[0] or die "does not hold, line " . (caller)[2] . "\n" }

# The call must die, with the code's name in front; the message is the result.
sub refused {
    my ($code, $call) = @_;
    die "was not refused, line " . (caller)[2] . "\n" if eval { $call->(); 1 };
    die "refused by $@" if index("$@", $code) != 0;
    return $@;
}

sub buffer { osmemlock::LockedBuffer->new(@_) }
sub live { osmemlock::info($osmemlock::INFO_LIVE_BUFFERS) }
sub content { $_[0]->read(0, $_[0]->size) }

sub holding {
    my ($text) = @_;
    my $b = buffer(length $text);
    $b->write(0, $text);
    return $b;
}

sub read_file {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!\n";
    local $/;
    return scalar <$file>;
}

scenario "born zero", sub {
    my $b = buffer(32);
    must $b->size == 32 && content($b) eq "\0" x 32;
    my $none = buffer(0);
    must $none->size == 0 && content($none) eq "";
    $none->close;
};

scenario "bytes go in and out", sub {
    my $b = buffer(32);
    $b->write(5, "\0key\xff");
    my $into = "...";
    $b->read_into(6, $into);
    must $into eq "key" && content($b) eq "\0" x 5 . "\0key\xff" . "\0" x 22;
    $b->set_byte(31, 200);
    must $b->get_byte(9) == 255 && $b->get_byte(31) == 200;
    $b->fill(0, 7, 2);
    $b->copy(2, $b, 0, 2);
    must $b->read(0, 5) eq "\7\7\7\7\0";
};

scenario "positions outside are refused", sub {
    my $b = buffer(8);
    for my $position (-1, 8, 2**31, 2**63, -2**63, ~0, 2**70) {
        refused "", sub { $b->get_byte($position) };
        refused "", sub { $b->set_byte($position, 1) };
        refused "", sub { $b->write($position, "x") };
        refused "", sub { $b->read($position, 1) };
    }
    for my $range ([7, 2], [0, 9], [8, 1], [1, 2**53], [2**53, 2]) {
        refused "OSML_ERANGE", sub { $b->read(@$range) };
        refused "OSML_ERANGE", sub { $b->fill($range->[0], 1, $range->[1]) };
    }
    refused "OSML_ERANGE", sub { $b->write(4, "12345") };
    refused "OSML_EINVAL", sub { $b->set_byte(0, 256) };
    must content($b) eq "\0" x 8;
};

scenario "wrong arguments are refused", sub {
    my $start = live();
    for my $size (-1, 2**47, 2**53, 2**80, ~0, 1.5, "nan", "inf", "text", "", undef, [], {}, buffer(1)) {
        refused "", sub { buffer($size) };
    }
    refused "", sub { buffer() };
    refused "OSML_EINVAL", sub { buffer(8, 1 << 31) };
    refused "OSML_EINVAL", sub { buffer(8, $osmemlock::DEFAULT_PROTECTIONS, 99) };
    {
        my $b = buffer(8);
        my $constant = \"constant";
        refused "OSML_EINVAL", sub { osmemlock::LockedBuffer::read(undef, 0, 1) };
        refused "", sub { osmemlock::LockedBuffer::read({}, 0, 1) };
        refused "", sub { $b->write(0, undef) };
        refused "", sub { $b->write(0, 12) };
        refused "", sub { $b->write(0, "\x{100}") };
        refused "", sub { $b->read_into(0, $$constant) };
        refused "OSML_EINVAL", sub { $b->equal(undef) };
        refused "", sub { $b->equal("text") };
    }
    must live() == $start;
};

scenario "close wipes", sub {
    my $b = holding("key");
    my $before = live();
    must !$b->closed;
    $b->close;
    must $b->closed && live() == $before - 1;
};

scenario "close twice", sub {
    my $b = buffer(8);
    $b->close;
    $b->close;
    must $b->closed;
};

scenario "closed is refused", sub {
    my ($b, $other, $into) = (buffer(8), buffer(8), "x");
    $b->close;
    my @calls = (
        sub { $b->write(0, "x") }, sub { $b->read(0, 1) }, sub { $b->read_into(0, $into) }, sub { $b->get_byte(0) }, sub { $b->set_byte(0, 1) },
        sub { $b->fill(0, 1, 1) }, sub { $b->random(0, 8) }, sub { $b->copy(0, $other, 0, 1) }, sub { $other->copy(0, $b, 0, 1) }, sub { $b->wipe },
        sub { $b->equal($other) }, sub { $other->equal($b) }, sub { $b->protect($osmemlock::ACCESS_READ) }, sub { $b->protections },
        sub { $b->verify }, sub { $b->decode($osmemlock::HEX) }, sub { $b->encode($osmemlock::HEX) }, sub { $b->part(0, 1) },
        sub { $b->joined($b) }, sub { $b->prefixed("x") }, sub { $b->suffixed("x") }, sub { $b->find(0, "x") }, sub { $b->equal_bytes("x") }, sub { $b->write_fd(1) }, sub { $b->read_fd(0, 1, 0) }, sub { $b->piped("cat", 9) },
    );
    refused "OSML_ECLOSED", $_ for @calls;
    must $b->closed && $b->size == 8;
};

scenario "the scope closes", sub {
    my $start = live();
    {
        my $b = buffer(8);
        must live() == $start + 1;
    }
    must live() == $start;
    eval {
        my $b = buffer(8);
        die "mine\n";
    };
    must live() == $start;
};

scenario "the user's error survives", sub {
    my $mine = { mine => 1 };
    eval {
        my $b = buffer(8);
        my $guard = osmemlock::disable_core_dumps_with_guard();
        $guard->release;
        $b->close;
        die $mine;
    };
    must ref $@ && $@ == $mine;
};

scenario "dropped is collected", sub {
    my $start = live();
    my @dropped = map { buffer(32) } 1 .. 100;
    must live() == $start + 100;
    @dropped = ();
    must live() == $start;
};

scenario "equal", sub {
    my ($a, $b, $longer) = (holding("same bytes"), holding("same bytes"), holding("same bytes!"));
    must $a->equal($b) && !$a->equal($longer);
    $b->set_byte(9, $b->get_byte(9) ^ 1);
    must !$a->equal($b);
    $b->close;
    refused "OSML_ECLOSED", sub { $a->equal($b) };
};

scenario "random", sub {
    my ($a, $b, $zero) = (buffer(32), buffer(32), buffer(32));
    $a->random(0, 32);
    $b->random(0, 32);
    must !$a->equal($b) && !$a->equal($zero) && !$b->equal($zero);
};

scenario "wipe", sub {
    my $b = holding("key");
    $b->wipe;
    must content($b) eq "\0\0\0" && !$b->closed;
};

scenario "protections are true", sub {
    my $wanted = $osmemlock::LOCKED | $osmemlock::NODUMP | $osmemlock::WIPEONFORK | $osmemlock::CANARY;
    my $b = buffer(32);
    must $wanted == $osmemlock::DEFAULT_PROTECTIONS;
    must(($b->protections & $wanted) == $wanted && ($b->verify & $wanted) == $wanted);
};

scenario "guarded buffers can be shut", sub {
    my $b = buffer(8, $osmemlock::DEFAULT_PROTECTIONS | $osmemlock::GUARDED);
    $b->protect($osmemlock::ACCESS_READ);
    must $b->get_byte(0) == 0;
    refused "OSML_EACCESS", sub { $b->write(0, "x") };
    $b->protect($osmemlock::ACCESS_NONE);
    refused "OSML_EACCESS", sub { $b->get_byte(0) };
    refused "OSML_EACCESS", sub { $b->write(0, "x") };
    $b->protect($osmemlock::ACCESS_READWRITE);
    $b->write(0, "x");
    must $b->read(0, 1) eq "x";
    my $plain = buffer(8);
    refused "OSML_EUNSUPPORTED", sub { $plain->protect($osmemlock::ACCESS_READ) };
};

scenario "from a file", sub {
    my $file = File::Temp->new;
    print $file "the key\n";
    $file->flush;
    my $name = $file->filename;
    must content(osmemlock::LockedBuffer::from_file($name, 100)) eq "the key\n";
    must content(osmemlock::LockedBuffer::from_file($name, 8, $osmemlock::TRIM_NEWLINE)) eq "the key";
    refused "OSML_ETOOBIG", sub { osmemlock::LockedBuffer::from_file($name, 7) };
    refused "OSML_EEMPTY", sub { osmemlock::LockedBuffer::from_file("/dev/null", 7) };
    undef $file;
    refused "ENOENT", sub { osmemlock::LockedBuffer::from_file($name, 7) };
    refused "ENOENT", sub { osmemlock::LockedBuffer::from_credential("no-such-credential", 7) };
};

scenario "from a descriptor, and out again", sub {
    pipe my $reader, my $writer or die "pipe: $!\n";
    my $b = holding("\0through\0a pipe\0");
    $b->write_fd(fileno $writer);
    $b->write_fd(fileno $writer);
    close $writer;
    my $part = osmemlock::LockedBuffer->new(20);
    must $part->read_fd(2, 16, fileno $reader) == 16 && content($part) =~ /^\0\0\0t/;
    refused "OSML_ERANGE", sub { $part->read_fd(19, 2, fileno $reader) };
    must $b->equal(osmemlock::LockedBuffer::from_fd(osmemlock::fd_from_os_handle(fileno $reader), 100));
    refused "OSML_EINVAL", sub { osmemlock::fd_from_os_handle(-1) };
};

scenario "from the environment", sub {
    my $name = "OSML_CONTRACT_SECRET";
    my $value = $ENV{$name}; # Perl's own copy, from the start
    must `printenv $name` eq "$value\n"; # a child gets what the C library has
    must content(osmemlock::LockedBuffer::from_env($name, 100)) eq $value;
    must `printenv $name` eq "";
    refused "ENOENT", sub { osmemlock::LockedBuffer::from_env($name, 100) };
};

scenario "decode", sub {
    my ($hex, $base64, $base32, $neither) = (holding("00ff6B"), holding("AP9r/w=="), holding("ad7w x7y\n"), holding("neither!"));
    $hex->decode($osmemlock::HEX);
    $base64->decode($osmemlock::BASE64);
    $base32->decode($osmemlock::BASE32);
    must content($hex) eq "\0\xffk" && content($base64) eq "\0\xffk\xff" && content($base32) eq "\0\xffk\xff";
    must refused("OSML_EFORMAT", sub { $neither->decode($osmemlock::HEX) }) =~ /Line 1/;
    refused "OSML_EFORMAT", sub { $neither->decode($osmemlock::BASE64) };
    must content($neither) eq "neither!";
};

sub vmlck { read_file("/proc/self/status") =~ /^VmLck:\s+(\d+)/m ? $1 : die "no VmLck\n" }

scenario "locks by address", sub {
    my $own = "x" x (1 << 20);
    my $before = vmlck();
    osmemlock::mlock($own);
    must vmlck() >= $before + 1024;
    osmemlock::munlock($own);
    must vmlck() == $before;
    osmemlock::madvise_dontdump($own);
    osmemlock::wipe($own);
    must $own eq "\0" x (1 << 20);
    refused "", sub { osmemlock::mlock(undef) };
    refused "", sub { osmemlock::mlock([]) };
};

sub soft { read_file("/proc/self/limits") =~ /^Max core file size\s+(\S+)/m ? $1 : die "no limit\n" }

scenario "core dumps off and on", sub {
    my $before = soft();
    must $before ne "0";
    {
        my $guard = osmemlock::disable_core_dumps_with_guard();
        must soft() eq "0";
    }
    must soft() eq $before;
    my ($first, $second) = (osmemlock::disable_core_dumps_with_guard(), osmemlock::disable_core_dumps_with_guard());
    $first->release;
    must soft() eq "0";
    $second->release;
    $second->release;
    must soft() eq $before;
    osmemlock::disable_core_dumps_for_process();
    must soft() eq "0";
};

scenario "Windows helpers", sub {
    must $osmemlock::SEM_FAILCRITICALERRORS == 1 && $osmemlock::SEM_NOGPFAULTERRORBOX == 2 && $osmemlock::SEM_NOOPENFILEERRORBOX == 0x8000;
    refused "OSML_EUNSUPPORTED", sub { osmemlock::set_windows_error_mode(1) };
    refused "OSML_EUNSUPPORTED", sub { osmemlock::suppress_windows_error_dialogs_for_process() };
};

scenario "the report", sub {
    must osmemlock::info($osmemlock::INFO_PAGE_SIZE) == POSIX::sysconf(&POSIX::_SC_PAGESIZE);
    must live() == 0;
    my $b = buffer(8);
    must live() == 1;
    $b->close;
    must live() == 0 && osmemlock::version() =~ /^\d+\.\d+\.\d+(-\w+)?$/ && osmemlock::error_name(-10001) eq "OSML_EUNSUPPORTED";
    refused "OSML_EINVAL", sub { osmemlock::info(999) };
};

scenario "the lock limit is explained", sub {
    open my $child, '-|', $ENV{OSML_QUOTA}, $^X, (map { "-I$_" } @INC), $0, "quota" or die "quota: $!\n";
    my $message = join "", <$child>;
    must $message =~ /^OSML_ELIMIT/ && $message =~ /65536/ && $message =~ /ulimit -l/;
};

scenario "purge closes everything", sub {
    my @ended = (holding("secret"), buffer(100_000, $osmemlock::DEFAULT_PROTECTIONS | $osmemlock::GUARDED));
    osmemlock::purge();
    must live() == 0;
    for my $b (@ended) {
        must $b->closed;
        refused "OSML_ECLOSED", sub { $b->get_byte(0) };
        $b->close;
    }
    my $new = holding("new");
    must live() == 1 && content($new) eq "new";
    osmemlock::purge();
};

scenario "trim gives idle memory back", sub {
    my $figures = sub { map { osmemlock::info($_) } $osmemlock::INFO_IDLE_BYTES, $osmemlock::INFO_LIBRARY_LOCKED_BYTES };
    my $stays = holding("stays");
    my @made = map { buffer(1000) } 1 .. 100;
    $_->close for @made;
    my ($idle, $locked) = $figures->();
    osmemlock::trim();
    my ($idle_now, $locked_now) = $figures->();
    must $idle_now < $idle && $locked_now < $locked && content($stays) eq "stays";
};

scenario "encode", sub {
    my $b = holding("\0\xffk\xff");
    my %texts = ($osmemlock::HEX => "00ff6bff", $osmemlock::BASE64 => "AP9r/w==", $osmemlock::BASE64URL => "AP9r_w", $osmemlock::BASE32 => "AD7WX7Y=");
    for my $coding (keys %texts) {
        my $encoded = $b->encode(0 + $coding);
        must content($encoded) eq $texts{$coding};
        $encoded->decode(0 + $coding);
        must $encoded->equal($b);
    }
    refused "OSML_EINVAL", sub { $b->encode(0) };
};

scenario "words around a secret", sub {
    my $b = holding("t0k3n");
    my $header = $b->prefixed("Bearer ")->suffixed("\r\n");
    my $twice = $b->joined($b);
    must content($b) eq "t0k3n" && content($header) eq "Bearer t0k3n\r\n" && content($twice) eq "t0k3nt0k3n";
    must content($header->part(7, 5)) eq "t0k3n";
    must $header->find(0, "t0k3n") == 7 && $header->find(8, "t0k3n") == -1 && $twice->find(1, "t0") == 5;
    must $b->equal_bytes("t0k3n") && !$b->equal_bytes("t0k3N") && !$b->equal_bytes("t0k3");
    refused "OSML_ERANGE", sub { $b->part(1, 5) };
    my $memory = join "", "ta", "ken";
    must content(osmemlock::LockedBuffer::take($memory)) eq "taken" && $memory eq "\0" x 5;
};

scenario "used in place", sub {
    my $b = holding("secret");
    my $kept;
    must $b->expose(sub { $kept = \$_; reverse $_ }) eq "terces" && !defined $$kept;
    must !eval { $b->expose(sub { die "mine\n" }); 1 } && $@ eq "mine\n";
    refused("OSML_ECLOSED", sub { $b->expose(sub { $b->close; 7 }) });
    refused("OSML_ECLOSED", sub { $b->expose(sub { die "lent\n" }) });
};

scenario "from a command", sub {
    my $run = sub { my $most = shift; osmemlock::LockedBuffer::from_command(join("\0", @_), $most) };
    must content($run->(100, "printf", "%s", "\$HOME; `id`")) eq "\$HOME; `id`";
    my $long = osmemlock::LockedBuffer->new(300000);
    must $long->equal($long->piped("cat", 300000));
    must refused("OSML_ECOMMAND", sub { $long->piped("sh\0-c\0exit 3", 9) }) =~ /exit status was 3/;
    refused "OSML_ETOOBIG", sub { $run->(3, "echo", "long") };
    refused "OSML_EEMPTY", sub { $run->(3, "true") };
    refused "ENOENT", sub { $run->(3, "/nonexistent/program") };
};

if (@ARGV) {
    print refused("OSML_ELIMIT", sub { buffer(1 << 20) });
    exit 0;
}
print "1.." . @scenarios . "\n";
for my $number (1 .. @scenarios) {
    my ($name, $told) = @{ $scenarios[$number - 1] };
    my $ok = eval { $told->(); 1 };
    print $ok ? "ok $number - $name\n" : "not ok $number - $name\n# $@\n";
}

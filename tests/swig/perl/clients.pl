# SPDX-License-Identifier: MIT OR Apache-2.0
# The process that is searched: clients.pl CLIENT SEED SEED SOCKET PATH. What it says is told in tests/python/clients/victim.py. Which result a
# client must have, and what may be left of it, is in ../clients/clients.py.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256 sha256);
use JSON::PP 'encode_json';
use osmemlock;

my ($name, $locked_seed, $ordinary_seed, $socket, $path) = @ARGV;
my $message = 'a message that everybody may read';
my @alive; # what a client wants to be alive while its process is searched
$| = 1;

sub say_and_wait {
    print "$_[0]\n";
    scalar <STDIN>;
}

# As tests/python/clients/control.py. A seed has 64 bits, more than a signed number, so it is read digit by digit.
sub control {
    use integer;
    my $state = 0;
    $state = $state * 10 + $_ for split //, $_[0];
    return map { $state = $state * 6364136223846793005 + 1442695040888963407; $state >> 56 & 255 } 1 .. 32;
}

sub exposed {
    my $use = shift;
    return sub { $_[0]->expose($use) };
}

sub read_file {
    open my $file, '<:raw', $path or die;
    local $/;
    return $alive[0] = <$file>;
}

sub stored {
    my $buffer = osmemlock::LockedBuffer->new(length $_[0]);
    $buffer->write(0, $_[0]);
    return $buffer;
}

my %sources = (
    'LockedBuffer::from_fd'   => sub { osmemlock::LockedBuffer::from_fd(0 + $socket, 4096) },
    'LockedBuffer::from_file' => sub { osmemlock::LockedBuffer::from_file($path, 4096) },
    '<$file>'                 => sub { stored(read_file()) },
);

my %uses = (
    'Digest::SHA::hmac_sha256' => exposed(sub { hmac_sha256($message, $_) }),
    'Digest::SHA::sha256'      => exposed(sub { sha256($_) }),
    '$b->equal'                => sub { $_[0]->equal($_[0]->part(0, 32)) && !$_[0]->equal_bytes('x' x 32) ? 'true' : 'false' },
    '$b->prefixed, find, part' => sub { my $header = $_[0]->prefixed('Bearer '); $header->part($header->find(0, ' ') + 1, 32) },
    '$b->encode, decode'       => sub { my $text = $_[0]->encode($osmemlock::BASE64); $text->decode($osmemlock::BASE64); $text },
    '$b->write_fd'             => sub { $_[0]->write_fd(0 + $socket); undef },
    '$b->read'                 => sub { $alive[0] = $_[0]->read(0, $_[0]->size) },
    '"Bearer $_"'              => exposed(sub { "Bearer $_" }),
    'JSON::PP'                 => exposed(sub { encode_json([$_]) }),
    'print $file $_'           => exposed(sub { open my $file, '>:raw', '/dev/null' or die; print $file $_; close $file; undef }),
);

# Of a buffer not its content but an HMAC of it, so that no copy is made to be compared.
sub text_of {
    my $result = shift;
    return ref $result ? $result->expose(sub { hmac_sha256('fingerprint', $_) }) : $result // '';
}

my $locked = osmemlock::LockedBuffer->new(32);
my @bytes = control($locked_seed);
$locked->set_byte($_, $bytes[$_]) for 0 .. 31;
my $ordinary = pack 'C*', control($ordinary_seed);
my $key = $sources{$name} ? osmemlock::LockedBuffer->new(0) : osmemlock::LockedBuffer::from_fd(0 + $socket, 4096);
my $answer = unpack 'H*', text_of($sources{$name} ? $sources{$name}->() : ($uses{$name} // die "no such client: $name\n")->($key));
say_and_wait("used $answer");
@alive = ();
undef $answer;
$key->close;
say_and_wait('closed');
$locked->close;
die unless length $ordinary == 32; # until here
